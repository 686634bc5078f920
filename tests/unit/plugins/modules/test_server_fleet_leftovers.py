# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers: members that replicas left behind, and members whose weight is another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fleet_behind_pool import CHAT, POOL, weights

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia


@pytest.fixture
def internal(pool: Octavia) -> str:
    """Id of a pool that is called like that of the first balancer, behind another one."""
    monitor = {"type": "HTTP", "delay": 2, "timeout": 1, "max_retries": 1, "max_retries_down": 2}
    tree = {"name": "replicas", "protocol": "HTTP", "healthmonitor": monitor, "members": []}
    balancer = pool.create_tree({"name": "internal", "provider": "amphora", "pools": [tree]})
    balancer["provisioning_status"] = "ACTIVE"
    (made,) = [row["id"] for row in pool.rows["pools"].values() if row["loadbalancer_id"] == balancer["id"]]
    return str(made)


def behind_both(chat: dict[str, Any], internal: dict[str, Any]) -> dict[str, Any]:
    """Options of a fleet behind both balancers, with what differs of its use of their pools."""
    use = CHAT["pools"][0]
    return {**CHAT, "pools": [{**use, **chat}, {**use, "load_balancer": "internal", **internal}]}


@pytest.mark.usefixtures("nova")
def test_another_port_in_one_pool_leaves_its_namesake_alone(
    pool: Octavia, internal: str, run_module: RunModule
) -> None:
    run_module("server_fleet", behind_both({}, {}))

    answer = run_module("server_fleet", behind_both({"protocol_port": 8443}, {}))

    assert not answer.get("failed"), answer["msg"]
    assert [row["protocol_port"] for row in pool.members(POOL)] == [8443] * 3
    assert [(row["protocol_port"], row["weight"]) for row in pool.members(internal)] == [(8080, 1)] * 3


@pytest.mark.usefixtures("nova")
def test_another_weight_in_one_pool_leaves_its_namesake_alone(
    pool: Octavia, internal: str, run_module: RunModule
) -> None:
    run_module("server_fleet", behind_both({"weight": 1}, {"weight": 3}))
    pool.members(internal)[0]["weight"] = 0
    pool.requests.clear()

    run_module("server_fleet", behind_both({"weight": 5}, {"weight": 3}))

    assert set(weights(pool).values()) == {5}
    assert [row["weight"] for row in pool.members(internal)] == [0, 3, 3]
    assert {path for _method, path in pool.writes} == {f"/lbaas/pools/{POOL}/members"}


@pytest.mark.usefixtures("fleet")
def test_a_member_that_was_drained_since_the_plan_was_made_stays_drained(
    pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    """Drained by somebody while a new replica is brought into rotation."""
    del nova.servers["s2"]

    def drain(_balancer: dict[str, Any]) -> None:
        pool.after = lambda _balancer: None
        pool.members(POOL)[0].update(weight=0)

    pool.after = drain

    run_module("server_fleet", {**CHAT, "pools": [{**CHAT["pools"][0], "weight": 2}]})

    assert weights(pool) == {"chat-1-1": 0, "chat-1-3": 2, "chat-2-1": 2}


@pytest.mark.usefixtures("fleet")
def test_the_member_of_a_new_replica_at_the_address_of_a_lost_one_stays(
    pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    """As with fixed ports: the new replica uses the port of the lost one again."""
    del nova.servers["s2"]
    address = {"addr": "10.0.0.2", "OS-EXT-IPS:type": "fixed"}
    nova.outcome = {"status": "ACTIVE", "addresses": {"private": [address]}}

    run_module("server_fleet", CHAT)
    again = run_module("server_fleet", CHAT)

    assert {(row["address"], row["weight"]) for row in pool.members(POOL)} == {(f"10.0.0.{n}", 1) for n in (1, 2, 3)}
    assert again["changed"] is False
