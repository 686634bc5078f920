# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listener or health monitor that had to be deleted for one that Octavia then refuses comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, only, response
from .shared_balancer import AGAIN, LISTENER, LISTENERS, MONITORS, POOL, SAME_PORT, TCP, refusing, told
from .test_load_balancer_guests import names

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


OTHER_MONITOR = {**CHAT, "pools": [{**POOL, "healthmonitor": TCP}]}


def test_the_listener_of_a_port_comes_back_with_its_policies(
    former: dict[str, Any], octavia: Octavia, run_module: RunModule
) -> None:
    refusing(octavia, LISTENERS)

    answer = run_module("load_balancer", SAME_PORT)

    assert "Could not create listener 'http': the cloud answered 400: no such secret." in answer["msg"]
    assert f"{AGAIN}listener 'http'." in answer["msg"]
    assert AGAIN in answer["failure"]["hint"]
    assert told(octavia) == former
    assert names(octavia, "l7policies") == ["b", "hand"]
    assert run_module("load_balancer", CHAT)["changed"] is False


@pytest.mark.usefixtures("former")
def test_it_comes_back_without_networks_where_security_groups_decide(octavia: Octavia, run_module: RunModule) -> None:
    only(octavia.rows["loadbalancers"])["vip_sg_ids"] = ["sg1"]
    only(octavia.rows["listeners"])["allowed_cidrs"] = ["10.0.0.0/8"]
    refusing(octavia, LISTENERS)

    answer = run_module("load_balancer", SAME_PORT)

    assert f"{AGAIN}listener 'http'." in answer["msg"]
    assert names(octavia, "l7policies") == ["b", "hand"]


@pytest.mark.parametrize("writes", range(5))
def test_so_it_does_when_one_of_its_policies_cannot_follow(
    writes: int, former: dict[str, Any], octavia: Octavia, run_module: RunModule
) -> None:
    """The new listener is there then, and has the port."""
    answers = iter([False] * (writes + 2) + [True])
    octavia.refuse = lambda _method, _path: response(400, {"faultstring": "no"}) if next(answers, False) else None

    answer = run_module("load_balancer", SAME_PORT)

    assert f"{AGAIN}listener 'http'." in answer["msg"]
    assert told(octavia) == former


def test_two_listeners_that_swap_ports_both_come_back(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    other = {**LISTENER, "name": "other", "protocol_port": 81}
    run_module("load_balancer", {**CHAT, "listeners": [LISTENER, other]})
    assert neutron.ports
    former = told(octavia)
    swapped = [{**LISTENER, "protocol_port": 81}, {**other, "protocol_port": 80}]
    for skip in (0, 1):
        refusing(octavia, LISTENERS, skip=skip)

        answer = run_module("load_balancer", {**CHAT, "listeners": swapped})

        assert f"{AGAIN}listener 'http', listener 'other'." in answer["msg"]
        assert told(octavia) == former


def test_a_listener_that_is_whole_stays_whatever_comes_after_it(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    run_module("load_balancer", {**CHAT, "pools": [POOL, {**POOL, "name": "old", "healthmonitor": None}]})
    assert neutron.ports
    octavia.refuse = lambda method, path: (
        response(400, {"faultstring": "no"}) if method == "DELETE" and "/pools/" in path else None
    )

    answer = run_module("load_balancer", SAME_PORT)

    assert "Could not delete pool 'old'" in answer["msg"]
    assert "deleted for it" not in answer["msg"]
    assert only(octavia.rows["listeners"])["protocol"] == "TERMINATED_HTTPS"


def test_a_health_monitor_comes_back_when_one_of_another_type_is_refused(
    former: dict[str, Any], octavia: Octavia, run_module: RunModule
) -> None:
    refusing(octavia, MONITORS)

    answer = run_module("load_balancer", OTHER_MONITOR)

    assert f"{AGAIN}health monitor 'of pool replicas'." in answer["msg"]
    assert only(octavia.rows["healthmonitors"])["type"] == "HTTP"
    assert told(octavia) == former
    octavia.refuse = lambda _method, _path: None
    assert run_module("load_balancer", OTHER_MONITOR)["load_balancer"]["pools"][2]["healthmonitor"]["type"] == "TCP"


@pytest.mark.usefixtures("former")
def test_what_was_not_wanted_any_more_stays_away(octavia: Octavia, run_module: RunModule) -> None:
    refusing(octavia, LISTENERS)

    answer = run_module("load_balancer", {**SAME_PORT, "pools": [{**POOL, "healthmonitor": {}}]})

    assert f"{AGAIN}listener 'http'." in answer["msg"]
    assert not octavia.rows["healthmonitors"]


@pytest.mark.usefixtures("former")
def test_what_does_not_come_back_is_named(octavia: Octavia, run_module: RunModule) -> None:
    refusing(octavia, LISTENERS, times=2)

    answer = run_module("load_balancer", SAME_PORT)

    missing = "Missing: listener 'http', L7 policy 'http/b', L7 policy 'http/hand'."
    assert f"could not be made again (no such secret). {missing}" in answer["msg"]
    assert "other services by a run of theirs" in answer["msg"]


@pytest.mark.usefixtures("former")
def test_what_came_back_of_it_is_not_called_missing(octavia: Octavia, run_module: RunModule) -> None:
    answers = iter([True, False, False, True])
    octavia.refuse = lambda method, _path: (
        response(400, {"faultstring": "no"}) if method == "POST" and next(answers, False) else None
    )

    answer = run_module("load_balancer", SAME_PORT)

    assert only(octavia.rows["listeners"])["protocol"] == "HTTP"
    assert "could not be made again (no). Missing: L7 policy 'http/b', L7 policy 'http/hand'." in answer["msg"]


def test_a_balancer_that_breaks_on_the_way_has_the_policies_of_others_again(
    former: dict[str, Any], octavia: Octavia, run_module: RunModule
) -> None:
    """It goes into ERROR when its listener has been deleted."""
    octavia.outcomes = ["ERROR"]

    answer = run_module("load_balancer", SAME_PORT)

    assert "failed" not in answer, answer
    assert "It is made again now." in answer["warnings"][0]
    assert names(octavia, "l7policies") == ["b", "hand"]
    assert only(octavia.rows["listeners"])["protocol"] == "TERMINATED_HTTPS"
    assert told(octavia)["rules"] == former["rules"]
