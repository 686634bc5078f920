# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes lead to a new pool when somebody answers there, and never where nobody does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arrival import (
    NOBODY,
    arriving_pools,
    held_tree,
)
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

    Groups = Sequence[dict[str, Any]]

LETTERS, WORDS = "/v2/models/letters/infer", "/v2/models/words/infer"
PATHS = (LETTERS, WORDS, "/v2/models/digits/infer")
MAIN = "replicas-http"


def server(number: int) -> dict[str, Any]:
    return {"name": f"s{number}", "status": "ACTIVE", "addresses": {"private": [f"10.0.0.{number}"]}}


def group(name: str, *servers: int, routes: tuple[str, ...] = (), pool: str | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "pool": pool or f"{name}-http",
        "server_port": 8080,
        "servers": [server(number) for number in servers],
        "routes": [{"path": f"/v2/models/{model}"} for model in routes],
    }


ALL_IN_ONE = [group("chat", 1, 2, pool=MAIN)]
APART = [*ALL_IN_ONE, group("chat.l", 3, routes=("letters",))]
TAKEN_OVER = [*ALL_IN_ONE, group("chat.new", 4, routes=("letters", "words"))]
JOINED = [group("words", 9, pool="words-http", routes=("words",))]


class Requests:
    """Who answers requests, and whether anybody does, at each look at the load balancer and before each write."""

    def __init__(self, octavia: Octavia, run_module: RunModule) -> None:
        self.octavia, self.run_module = octavia, run_module
        self.lost: set[str] = set()
        self._add = octavia.add
        octavia.add = self._add_untested  # type: ignore[method-assign]
        octavia.after = lambda _balancer: self.go_on()
        octavia.refuse = lambda _method, _path: self._look()
        self.deploy(ALL_IN_ONE)
        self.lost.clear()

    def deploy(self, groups: Groups, service: str | None = None, *, held: bool = False) -> dict[str, Any]:
        monitor = {"type": "TCP", "delay": 2, "timeout": 1, "max_retries": 1}
        tree = balancer_tree(groups, "HTTP", 80, healthmonitor=monitor, service=service)
        if held:
            tree = held_tree(tree, self.balancer, service)
        whose = {"service": service} if service else {"vip_subnet": "private", "provider": "amphora"}
        answer = self.run_module("load_balancer", {"name": "chat", **whose, **tree, "wait_for_members": "all"})
        assert not answer.get("failed"), answer["msg"]
        return answer

    @property
    def balancer(self) -> dict[str, Any]:
        (found,) = self.run_module("load_balancer_info", {"name": "chat"})["load_balancers"]
        return dict(found)

    def arriving(self, groups: Groups) -> list[str]:
        return arriving_pools(groups, self.balancer, "HTTP", 80)

    def pools_of(self, path: str) -> set[str]:
        """Return the names of the pools that can get a request: several when one of its policies is about to go."""
        rows = self.octavia.rows
        taking = {
            rows["pools"][policy["redirect_pool_id"]]["name"]
            for policy in rows["l7policies"].values()
            if policy["admin_state_up"]
            and (rules := [rule for rule in rows["rules"].values() if rule["owner"] == policy["id"]])
            and all(rule["type"] == "PATH" and re.search(rule["value"], path) for rule in rules)
        }
        return taking or {MAIN}

    def _add_untested(self, kind: str, **values: Any) -> dict[str, Any]:
        row = self._add(kind, **values)
        if kind == "members":
            row["operating_status"] = "OFFLINE"
        return row

    def _look(self) -> None:
        rows = self.octavia.rows
        for path in PATHS:
            pools = [pool for pool in rows["pools"].values() if pool["name"] in self.pools_of(path)]
            for pool in pools:
                if all(member["operating_status"] == "OFFLINE" for member in self.octavia.members(pool["id"])):
                    self.lost.add(f"{path} at {pool['name']}")

    def go_on(self) -> None:
        """Let Octavia test the pools that its configuration has, some time later."""
        self._look()
        rows = self.octavia.rows
        ruled = {rule["owner"] for rule in rows["rules"].values()}
        inside = {one.get("default_pool_id") for one in rows["listeners"].values()}
        for policy in rows["l7policies"].values():
            inside |= {policy["redirect_pool_id"]} if policy["admin_state_up"] and policy["id"] in ruled else set()
        for member in rows["members"].values():
            member["operating_status"] = "ONLINE" if member["owner"] in inside else "OFFLINE"


@pytest.fixture
def requests(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> Requests:
    assert not neutron.ports
    return Requests(octavia, run_module)


def test_without_all_this_requests_are_lost(requests: Requests) -> None:
    """So the other tests can fail."""
    requests.deploy(APART)

    assert requests.lost == {f"{LETTERS} at chat.l-http"}


def test_a_model_moves_to_a_fleet_of_its_own(requests: Requests) -> None:
    assert requests.arriving(APART) == ["chat.l-http"]
    requests.deploy(APART, held=True)
    assert requests.pools_of(LETTERS) == {MAIN}
    assert requests.arriving(APART) == []
    requests.deploy(APART)

    assert requests.pools_of(LETTERS) == {"chat.l-http"}
    assert requests.lost == set()
    assert requests.deploy(APART)["actions"] == []


def test_routes_of_a_fleet_that_goes_stay_until_another_has_them(requests: Requests) -> None:
    requests.deploy(APART, held=True)
    requests.deploy(APART)

    assert requests.arriving(TAKEN_OVER) == ["chat.new-http"]
    requests.deploy(TAKEN_OVER, held=True)
    assert requests.pools_of(LETTERS) == {"chat.l-http"}
    assert requests.pools_of(WORDS) == {MAIN}
    requests.deploy(TAKEN_OVER)

    assert requests.pools_of(LETTERS) == requests.pools_of(WORDS) == {"chat.new-http"}
    assert requests.lost == set()


def test_a_service_that_joins(requests: Requests) -> None:
    assert requests.arriving(JOINED) == ["words-http"]
    requests.deploy(JOINED, "words", held=True)
    assert requests.pools_of(WORDS) == {MAIN}
    requests.deploy(JOINED, "words")

    assert requests.pools_of(WORDS) == {"words-http"}
    assert requests.lost == set()
    # The owner's fleets come and go without the guest.
    requests.deploy(APART, held=True)
    assert requests.pools_of(WORDS) == {"words-http"}


def test_pools_whose_servers_come_later_are_made_and_not_waited_for(requests: Requests) -> None:
    """Those of autoscaling groups."""
    apart = [*ALL_IN_ONE, {**APART[1], "servers": None}]

    requests.deploy(apart, held=True)

    assert requests.pools_of(LETTERS) == {MAIN}
    assert requests.arriving(apart) == ["chat.l-http"]
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

    assert requests.arriving(APART) == ["chat.l-http"]
    requests.deploy(APART, held=True)
    assert requests.pools_of(LETTERS) == {MAIN}
    requests.deploy(APART)
    assert requests.lost == set()


def test_a_route_that_works_is_not_held_when_its_last_replica_breaks(requests: Requests) -> None:
    requests.deploy(APART, held=True)
    requests.deploy(APART)
    for member in requests.octavia.rows["members"].values():
        member["operating_status"] = "ERROR"

    assert requests.arriving(APART) == []


@pytest.mark.parametrize(("protocol", "port"), [("HTTP", 8080), ("TERMINATED_HTTPS", 80)])
def test_nothing_is_held_when_the_listener_is_replaced(requests: Requests, protocol: str, port: int) -> None:
    assert arriving_pools(APART, requests.balancer, protocol, port) == []


@pytest.mark.parametrize("there", [None, {}, {"provisioning_status": "ERROR"}, {"listeners": []}])
def test_nothing_is_held_where_nobody_is_served(requests: Requests, there: dict[str, Any] | None) -> None:
    balancer = {**requests.balancer, **there} if there else there

    assert arriving_pools(APART, balancer, "HTTP", 80) == []


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
