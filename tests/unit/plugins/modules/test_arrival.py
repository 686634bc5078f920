# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes lead where somebody answers, and to fleets that have been changed for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arrival import (
    NOBODY,
    early_fleets,
    held_tree,
)
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

from .moving_models import ALL_IN_ONE, APART, JOINED, LETTERS, MAIN, TAKEN_OVER, WORDS, Requests, group, untouched

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia
    from .moving_models import Groups


@pytest.fixture
def requests(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> Requests:
    assert not neutron.ports
    return Requests(octavia, run_module)


def test_without_all_this_requests_are_lost(requests: Requests) -> None:
    """So the other tests can fail."""
    requests.deploy(APART)

    assert requests.lost == {f"{LETTERS} at chat.l-http"}


def test_a_model_moves_to_a_fleet_of_its_own(requests: Requests) -> None:
    assert requests.early(APART) == ["chat.l"]
    requests.deploy(APART, held=True)
    assert requests.pools_of(LETTERS) == {MAIN}
    # A run that is killed here is gone on with.
    assert requests.early(APART) == ["chat.l"]
    assert requests.deploy(APART, held=True)["actions"] == []
    requests.deploy(untouched(APART, "chat"))

    assert requests.pools_of(LETTERS) == {"chat.l-http"}
    assert requests.lost == set()
    assert requests.early(APART) == []
    assert requests.deploy(APART)["actions"] == []


def test_a_model_moves_to_a_fleet_that_is_there(requests: Requests) -> None:
    """Its replicas are changed before they get the requests."""
    requests.deploy(APART, held=True)
    requests.deploy(APART)
    more = [*ALL_IN_ONE, group("chat.l", 3, routes=("letters", "words"))]

    assert requests.early(more) == ["chat.l"]
    requests.deploy(untouched(more, "chat"), held=True)
    assert requests.pools_of(LETTERS) == {"chat.l-http"}
    assert requests.pools_of(WORDS) == {MAIN}
    requests.deploy(untouched(more, "chat"))
    assert requests.pools_of(WORDS) == {"chat.l-http"}
    assert requests.lost == set()
    assert requests.deploy(more)["actions"] == []


@pytest.mark.parametrize("left", [[], [group("chat.l", 3, routes=("words",))]])
def test_who_takes_requests_over_is_changed_before_routes_go(requests: Requests, left: Groups) -> None:
    both = [*ALL_IN_ONE, group("chat.l", 3, routes=("letters", "words"))]
    requests.deploy(both, held=True)
    requests.deploy(both)

    assert requests.early([*ALL_IN_ONE, *left]) == ["chat"]
    assert requests.deploy([*ALL_IN_ONE, *left], held=True)["actions"] == []
    requests.deploy([*ALL_IN_ONE, *untouched(left, "chat.l")])
    assert requests.pools_of(LETTERS) == {MAIN}
    assert requests.lost == set()


def test_who_gets_routes_is_changed_before_who_loses_them(requests: Requests) -> None:
    requests.deploy(APART, held=True)
    requests.deploy(APART)
    swapped = [*ALL_IN_ONE, group("chat.l", 3, routes=("words",)), group("chat.new", 4, routes=("letters",))]

    assert requests.early(swapped) == ["chat.l", "chat.new"]


def test_routes_that_never_worked_are_not_lost(requests: Requests) -> None:
    requests.deploy(APART, held=True)

    assert requests.early(ALL_IN_ONE) == []
    assert requests.early(JOINED, "words") == ["words"]


def test_routes_of_a_fleet_that_goes_stay_until_another_has_them(requests: Requests) -> None:
    requests.deploy(APART, held=True)
    requests.deploy(APART)

    assert requests.early(TAKEN_OVER) == ["chat.new"]
    requests.deploy(TAKEN_OVER, held=True)
    assert requests.pools_of(LETTERS) == {"chat.l-http"}
    assert requests.pools_of(WORDS) == {MAIN}
    requests.deploy(TAKEN_OVER)

    assert requests.pools_of(LETTERS) == requests.pools_of(WORDS) == {"chat.new-http"}
    assert requests.lost == set()


def test_a_service_that_joins(requests: Requests) -> None:
    assert requests.early(JOINED, "words") == ["words"]
    requests.deploy(JOINED, "words", held=True)
    assert requests.pools_of(WORDS) == {MAIN}
    requests.deploy(JOINED, "words")

    assert requests.pools_of(WORDS) == {"words-http"}
    assert requests.lost == set()
    assert requests.early(ALL_IN_ONE) == requests.early(JOINED, "words") == []
    # The owner's fleets come and go without the guest.
    requests.deploy(APART, held=True)
    assert requests.pools_of(WORDS) == {"words-http"}


def test_pools_whose_servers_come_later_are_made_and_not_waited_for(requests: Requests) -> None:
    """Those of autoscaling groups."""
    apart = [*ALL_IN_ONE, {**APART[1], "servers": None}]

    requests.deploy(apart, held=True)

    assert requests.pools_of(LETTERS) == {MAIN}
    assert requests.early(apart) == ["chat.l"]
    # The group has come.
    (pool,) = [row for row in requests.octavia.rows["pools"].values() if row["name"] == "chat.l-http"]
    requests.octavia.add("members", owner=pool["id"], address="10.0.0.3", protocol_port=8080, weight=1)
    requests.go_on()
    requests.deploy(apart)
    assert requests.pools_of(LETTERS) == {"chat.l-http"}
    assert requests.lost == set()


def test_what_a_killed_run_left_is_completed(requests: Requests) -> None:
    """It had made the policy, without its second rule, and nobody was in the pool yet."""
    requests.deploy([*ALL_IN_ONE, {**APART[1], "servers": None}], held=True)
    rules = requests.octavia.rows["rules"]
    (guard,) = [rule_id for rule_id, rule in rules.items() if rule["value"] == NOBODY["value"]]
    del rules[guard]
    (policy,) = requests.octavia.rows["l7policies"].values()
    policy["admin_state_up"] = False

    assert requests.early(APART) == ["chat.l"]
    requests.deploy(APART, held=True)
    assert requests.pools_of(LETTERS) == {MAIN}
    requests.deploy(APART)
    assert requests.lost == set()


def test_a_route_that_works_is_not_held_when_its_last_replica_breaks(requests: Requests) -> None:
    requests.deploy(APART, held=True)
    requests.deploy(APART)
    for member in requests.octavia.rows["members"].values():
        member["operating_status"] = "ERROR"

    assert requests.early(APART) == []


@pytest.mark.parametrize(("protocol", "port"), [("HTTP", 8080), ("TERMINATED_HTTPS", 80)])
def test_nothing_is_held_when_the_listener_is_replaced(requests: Requests, protocol: str, port: int) -> None:
    assert early_fleets(APART, requests.balancer, protocol, port) == []


@pytest.mark.parametrize("there", [None, {}, {"provisioning_status": "ERROR"}, {"listeners": []}])
def test_nothing_is_held_where_nobody_is_served(requests: Requests, there: dict[str, Any] | None) -> None:
    balancer = {**requests.balancer, **there} if there else there

    assert early_fleets(APART, balancer, "HTTP", 80) == []


def test_one_that_is_being_changed_sends_requests(requests: Requests) -> None:
    there = {**requests.balancer, "provisioning_status": "PENDING_UPDATE"}

    assert early_fleets(APART, there, "HTTP", 80) == early_fleets(APART, requests.balancer, "HTTP", 80) == ["chat.l"]


def test_a_load_balancer_that_is_being_changed_loses_no_routes(requests: Requests) -> None:
    """Whoever calls the role with it may have looked a moment before another change ended."""
    requests.deploy(APART, held=True)
    requests.deploy(APART)
    there = {**requests.balancer, "provisioning_status": "PENDING_UPDATE"}

    (listener,) = held_tree(balancer_tree(TAKEN_OVER, "HTTP", 80), there)["listeners"]

    assert [policy["rules"][-1]["value"] for policy in listener["l7policies"]] == [
        "^/v2/models/letters(/|$)",
        *(NOBODY["value"],) * 2,
    ]


def test_a_load_balancer_without_listener_gets_everything_at_once(requests: Requests) -> None:
    wanted = balancer_tree(APART, "HTTP", 80)

    assert held_tree(wanted, {**requests.balancer, "listeners": []}) == wanted
