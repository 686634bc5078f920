# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A load balancer in ERROR is not deleted when it is known that Octavia would refuse the one in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import raise_from_response
from openstack.load_balancer.v2.availability_zone import AvailabilityZone
from openstack.load_balancer.v2.flavor import Flavor

from .fake_octavia import ABSENT, CHAT, only, response
from .shared_balancer import LISTENER, POOL, broken
from .test_load_balancer_guests import guest

if TYPE_CHECKING:
    from collections.abc import Callable
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            {"pools": [{**POOL, "healthmonitor": {**POOL["healthmonitor"], **each}}]}
            for each in (
                {"expected_codes": "200,201-204"},
                {"expected_codes": "2xx"},
                {"url_path": "/v2/health ready"},
                {"delay": -1},
                {"domain_name": "models_a", "http_version": "1.1"},
            )
        ),
        {"pools": [{**POOL, "session_persistence": {"type": "APP_COOKIE", "cookie_name": "a b"}}]},
        {"listeners": [{**LISTENER, "connection_limit": -5}]},
        {"listeners": [{**LISTENER, "insert_headers": {"X-Model": True}}]},
        {"description": "x" * 256},
    ],
)
def test_nothing_is_deleted_for_a_value_that_octavia_refuses(
    wrong: dict[str, Any], octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    broken(octavia)
    octavia.requests.clear()

    answer = run_module("load_balancer", {**CHAT, **wrong})

    assert len(answer["failure"]["problems"]) == 1
    assert octavia.requests == []


FLAVOR = {"flavor": "small"}
ZONE = {"availability_zone": "az1"}


@pytest.fixture
def offer(conn: Mock) -> Callable[[bool], None]:
    """Let the operator enable or disable the flavor and the availability zone."""

    def offered(enabled: bool) -> None:
        conn.load_balancer.flavors.side_effect = lambda: [Flavor(id="f1", name="small", is_enabled=enabled)]
        conn.load_balancer.availability_zones.side_effect = lambda: [AvailabilityZone(name="az1", is_enabled=enabled)]

    return offered


@pytest.mark.parametrize(("place", "kind"), [(FLAVOR, "flavor 'small'"), (ZONE, "availability zone 'az1'")])
def test_nothing_is_deleted_for_a_place_that_the_operator_has_disabled(
    place: dict[str, str],
    kind: str,
    offer: Callable[[bool], None],
    octavia: Octavia,
    neutron: Neutron,
    run_module: RunModule,
) -> None:
    told = f"load balancer {kind} is disabled, and Octavia makes no load balancer with it"
    offer(False)
    first = run_module("load_balancer", {**CHAT, **place})
    assert told in first["msg"]
    assert not neutron.ports
    offer(True)
    run_module("load_balancer", {**CHAT, **place})
    offer(False)
    # What is there goes on.
    assert run_module("load_balancer", {**CHAT, **place})["changed"] is False
    broken(octavia)
    octavia.requests.clear()

    # The flavor and the zone are those that it was made with, declared or not.
    for wanted in (CHAT, {**CHAT, **place}):
        answer = run_module("load_balancer", wanted)
        assert told in answer["msg"]
        assert octavia.writes == []
    assert run_module("load_balancer", {"name": "chat", "state": "absent"})["load_balancer"] is None


def test_nor_for_the_guests_of_an_owner_that_leaves(
    offer: Callable[[bool], None], octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    offer(True)
    for one in ({**CHAT, **FLAVOR}, guest("b")):
        run_module("load_balancer", one)
    offer(False)
    assert neutron.ports
    broken(octavia)
    octavia.requests.clear()

    answer = run_module("load_balancer", {"name": "chat", "state": "absent"})

    assert "flavor 'small' is disabled" in answer["msg"]
    assert octavia.writes == []


def test_a_removal_does_not_depend_on_what_octavia_lists(
    offer: Callable[[bool], None], conn: Mock, octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    offer(True)
    run_module("load_balancer", {**CHAT, **FLAVOR})
    broken(octavia)
    conn.load_balancer.flavors.side_effect = lambda: raise_from_response(response(503))

    answer = run_module("load_balancer", ABSENT)

    assert "failed" not in answer, answer["msg"]
    assert not octavia.rows["loadbalancers"]
    assert not neutron.ports


@pytest.mark.parametrize(("status", "repaired"), [(403, True), (404, True), (503, False)])
def test_what_octavia_does_not_let_be_listed_is_not_known_to_be_disabled(
    status: int,
    repaired: bool,
    offer: Callable[[bool], None],
    conn: Mock,
    octavia: Octavia,
    neutron: Neutron,
    run_module: RunModule,
) -> None:
    offer(True)
    run_module("load_balancer", {**CHAT, **FLAVOR})
    assert neutron.ports
    broken(octavia)
    conn.load_balancer.flavors.side_effect = lambda: raise_from_response(response(status))

    answer = run_module("load_balancer", CHAT)

    assert ("msg" not in answer) is repaired
    assert (only(octavia.rows["loadbalancers"])["provisioning_status"] == "ACTIVE") is repaired
