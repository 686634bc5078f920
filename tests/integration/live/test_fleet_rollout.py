# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacement of replicas by the cloud's own means, and where replicas go when there are too few hosts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from .balancers import tree
from .test_fleet import HOSTS, fleet, servers_of

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules

__all__ = ["fleet"]


def addresses(cloud: Connection, name: str) -> set[str]:
    return {
        address["addr"]
        for server in servers_of(cloud, name)
        for found in server.addresses.values()
        for address in found
    }


def test_in_place_keeps_servers_and_addresses(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str
) -> None:
    modules.converges("server_fleet", fleet)
    ids, before = {server.id for server in servers_of(cloud, name)}, addresses(cloud, name)

    done = modules.converges("server_fleet", {**fleet, "user_data": "#cloud-config", "update_policy": "in_place"})

    assert all("rebuild" in action for action in done["actions"])
    assert {server.id for server in servers_of(cloud, name)} == ids
    assert addresses(cloud, name) == before


def test_a_roll_goes_to_another_server_group_and_back(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str
) -> None:
    """With as many replicas as hosts, hard anti-affinity leaves no host for a new one in the same group."""
    full = {**fleet, "replicas": HOSTS}
    modules.converges("server_fleet", full)

    for user_data, expected in (("#cloud-config", f"{name}_2"), ("#cloud-config\n", name)):
        modules.converges("server_fleet", {**full, "user_data": user_data})
        groups = {group.name: len(group.member_ids) for group in cloud.compute.server_groups() if name in group.name}
        assert groups[expected] == HOSTS
        assert sum(groups.values()) == HOSTS
        assert len({server.host_id for server in servers_of(cloud, name)}) == HOSTS
    modules.converges("server_fleet", {"name": name, "server_group": name, "state": "absent"})


@pytest.mark.parametrize("replicas", [HOSTS - 1, HOSTS])
def test_a_replica_that_differs_alone_stays_apart_if_it_can(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str, replicas: int
) -> None:
    """With a host to spare, the new one is kept apart from those that stay; else it goes to another group."""
    several = {**fleet, "replicas": replicas}
    modules.converges("server_fleet", several)
    old = servers_of(cloud, name)[0]
    cloud.compute.delete_server_metadata(old, ["model_serving.template"])

    done = modules.converges("server_fleet", several)

    groups = {group.name: len(group.member_ids) for group in cloud.compute.server_groups() if name in group.name}
    assert old.id not in {server.id for server in servers_of(cloud, name)}
    if replicas < HOSTS:
        assert groups == {name: replicas}
        assert len({server.host_id for server in servers_of(cloud, name)}) == replicas
    else:
        assert groups == {name: replicas - 1, f"{name}_2": 1}
        assert "There are too few hosts" in str(done["warnings"])
    modules.converges("server_fleet", {"name": name, "server_group": name, "state": "absent"})
    assert not [group.name for group in cloud.compute.server_groups() if group.name.startswith(f"{name}_")]


def test_more_replicas_than_hosts(cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str) -> None:
    more = {**fleet, "replicas": HOSTS + 1}

    refused = modules.fails("server_fleet", more)
    assert "No valid host" in refused["msg"]
    assert len(servers_of(cloud, name)) == HOSTS

    softened = modules.converges("server_fleet", {**more, "fallback": "soft"})
    assert "fallback: soft" in str(softened["warnings"])
    assert len({server.host_id for server in servers_of(cloud, name)}) == HOSTS
    modules.converges("server_fleet", {"name": name, "server_group": name, "state": "absent"})
    assert [group.name for group in cloud.compute.server_groups() if group.name.startswith(f"{name}_")] == []


def test_a_replica_that_cannot_be_deleted_gets_requests_again(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], balancer_name: str, provider: str
) -> None:
    """Somebody locks it while the run drains it."""
    balancer = tree(provider, balancer_name)
    del balancer["pools"][0]["members"], balancer["pools"][0]["healthmonitor"]
    pool = modules.run("load_balancer", balancer)["load_balancer"]["pools"][0]["id"]
    uses = [{"pool": "replicas", "load_balancer": balancer_name, "protocol_port": 8080}]
    behind = {**fleet, "pools": uses, "max_surge": 0, "max_unavailable": 1, "drain_timeout": 20}
    modules.run("server_fleet", behind)
    changed = {**behind, "user_data": "#cloud-config"}

    roll = modules.start("server_fleet", changed)
    victim = drained(cloud, pool)
    (server,) = [each for each in servers_of(cloud, balancer_name) if each.name == victim]
    cloud.compute.lock_server(server.id, locked_reason="somebody looks at it")
    failed = modules.answer(roll)

    assert "locked" in failed["msg"]
    assert "the old ones that are left get requests as before" in failed["msg"]
    assert len(servers_of(cloud, balancer_name)) == 2
    assert {(each.weight, each.is_admin_state_up) for each in cloud.load_balancer.members(pool)} == {(1, True)}
    assert victim in {each.name for each in cloud.load_balancer.members(pool)}
    cloud.compute.unlock_server(server.id)
    modules.converges("server_fleet", changed)


def drained(cloud: Connection, pool: str) -> str:
    """Wait until a member of a pool is drained, and return its name."""
    for _unused in range(240):
        for member in cloud.load_balancer.members(pool):
            if not member.weight or not member.is_admin_state_up:
                return str(member.name)
        time.sleep(0.5)
    raise AssertionError("no member was drained")
