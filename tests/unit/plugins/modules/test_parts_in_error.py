# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts in ERROR: they are sent again, and nothing waits for them as for those that are being changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, MEMBER, only, response
from .fleet_behind_pool import CHAT as FLEET
from .fleet_behind_pool import POOL, weights
from .test_load_balancer_guests import policy

if TYPE_CHECKING:
    from ..conftest import FakeClock, RunModule
    from .conftest import Nova
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

ANOTHER = {"load_balancer": "chat", "pool": "replicas", "members": [{"address": "10.0.0.99", "protocol_port": 8080}]}
ROUTE = {**policy("own"), "redirect_pool": "replicas"}
ROUTED = {**CHAT, "listeners": [{**CHAT["listeners"][0], "l7policies": [ROUTE]}]}
SOON = 10
"""Seconds in which a run that nothing can help has to say so."""


def stays_in_error(octavia: Octavia, part: dict[str, Any]) -> None:
    """An amphora that is out of reach stays so, whatever it is told."""
    part["provisioning_status"] = "ERROR"
    octavia.after = lambda _balancer: part.update(provisioning_status="ERROR")


def puts(octavia: Octavia, path: str) -> list[Any]:
    return [body for method, asked, body in octavia.requests if (method, asked) == ("PUT", path)]


@pytest.mark.parametrize("kind", ["listeners", "pools", "healthmonitors", "l7policies", "rules", "members"])
def test_part_in_error_is_told_again_to_a_balancer_that_stays(
    kind: str, octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    before = run_module("load_balancer", ROUTED)["load_balancer"]
    assert neutron.ports
    only(octavia.rows[kind])["provisioning_status"] = "ERROR"

    answer = run_module("load_balancer", ROUTED)

    assert len(answer["actions"]) == 1
    assert "ERROR" in answer["actions"][0] or "its last change failed" in answer["actions"][0]
    assert len(answer["diff"]["before"]["failed"]) == 1
    assert "failed" not in answer["diff"]["after"]
    assert answer["load_balancer"] == before
    again = run_module("load_balancer", ROUTED)
    assert again["changed"] is False
    assert again["diff"]["before"] == again["diff"]["after"] == answer["diff"]["after"]


def test_a_check_shows_that_the_balancer_is_made_again(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    run_module("load_balancer", ROUTED)
    assert neutron.ports
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"

    predicted = run_module("load_balancer", ROUTED, check=True)
    done = run_module("load_balancer", ROUTED)

    assert predicted["diff"]["before"].pop("status") == "ERROR"
    assert predicted["diff"]["before"] == predicted["diff"]["after"] == done["diff"]["after"]
    for answer in (predicted, done):
        (warning,) = answer["warnings"]
        assert "load balancer 'chat' (loadbalancer1) has to be made again, because it is in ERROR" in warning
        # One of two amphorae, or both with what they had before a change, may serve all the same.
        assert warning.endswith("it may still answer, but nobody is answered at its addresses while it is made again")
    assert run_module("load_balancer", ROUTED)["warnings"] == []


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("listeners", "listener 'http'"),
        ("pools", "pool 'replicas'"),
        ("healthmonitors", "the health monitor of pool 'replicas'"),
        ("l7policies", "L7 policy 'own'"),
        ("rules", "a rule of L7 policy 'own'"),
    ],
)
def test_part_that_goes_into_error_fails_the_run(
    kind: str, told: str, octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    octavia.after = lambda _balancer: only(octavia.rows[kind]).update(provisioning_status="ERROR")

    answer = run_module("load_balancer", ROUTED)

    assert f"{told} is in ERROR" in answer["msg"]
    assert "state: absent" in answer["msg"]
    assert len(octavia.rows["loadbalancers"]) == len(neutron.ports) == 1


def test_a_pool_is_sent_again_so_that_members_can_be_set(
    pool: Octavia, clock: FakeClock, run_module: RunModule
) -> None:
    pool.rows["pools"][POOL].update(provisioning_status="ERROR", admin_state_up=False)

    answer = run_module("pool_members", ANOTHER)

    assert [member["address"] for member in answer["pool"]["members"]] == ["10.0.0.99"]
    assert puts(pool, f"/lbaas/pools/{POOL}") == [{"pool": {"admin_state_up": False}}]
    assert clock.now < SOON


def test_a_pool_that_cannot_be_repaired_is_told_soon(pool: Octavia, clock: FakeClock, run_module: RunModule) -> None:
    stays_in_error(pool, pool.rows["pools"][POOL])

    answer = run_module("pool_members", ANOTHER)

    assert f"Could not repair pool 'replicas' ({POOL}): it is in ERROR again" in answer["msg"]
    assert "Is an amphora out of reach?" in answer["msg"]
    assert len(puts(pool, f"/lbaas/pools/{POOL}")) == 1
    assert pool.members(POOL) == []
    assert clock.now < SOON


def test_a_pool_that_is_only_at_work_is_neither_sent_nor_looked_at(pool: Octavia, run_module: RunModule) -> None:
    busy = [response(409, {"faultstring": f"Pool {POOL} is immutable and cannot be updated."})]
    pool.refuse = lambda _method, _path: busy.pop() if busy else None

    assert run_module("pool_members", ANOTHER)["changed"] is True

    assert [request for request in pool.requests if request[1] == f"/lbaas/pools/{POOL}"] == []


def test_a_fleet_replaces_what_broke_though_its_pool_is_in_error(
    pool: Octavia, nova: Nova, fleet: dict[str, Any], run_module: RunModule
) -> None:
    assert fleet["changed"] is True
    nova.servers["s1"]._update(status="ERROR")
    pool.rows["pools"][POOL]["provisioning_status"] = "ERROR"

    answer = run_module("server_fleet", FLEET)

    assert "failed" not in answer, answer
    assert weights(pool) == {"chat-1-2": 1, "chat-1-3": 1, "chat-2-1": 1}


def test_a_pool_that_falls_back_into_error_does_not_hold_up_its_members(
    octavia: Octavia, neutron: Neutron, clock: FakeClock, run_module: RunModule
) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    stays_in_error(octavia, only(octavia.rows["pools"]))
    began = clock.now
    members = [{**MEMBER, "weight": 5}]

    answer = run_module("load_balancer", {**CHAT, "pools": [{**CHAT["pools"][0], "members": members}]})

    assert "Could not repair pool 'replicas'" in answer["msg"]
    assert clock.now - began < SOON


def test_an_l7_policy_is_sent_again_so_that_it_gets_its_rule(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """It went into ERROR when it was made, and without its rule it matches nothing."""
    run_module("load_balancer", CHAT)
    assert neutron.ports

    def lost(_balancer: dict[str, Any]) -> None:
        for row in octavia.rows["l7policies"].values():
            row["provisioning_status"] = "ERROR"
            octavia.after = lambda _balancer: None

    octavia.after = lost

    answer = run_module("load_balancer", ROUTED)

    assert "failed" not in answer, answer
    assert only(octavia.rows["rules"])["value"] == "/v2/models/x"
    assert only(octavia.rows["l7policies"])["provisioning_status"] == "ACTIVE"
