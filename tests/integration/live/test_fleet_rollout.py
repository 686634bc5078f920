# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacement of replicas by the cloud's own means, and where replicas go when there are too few hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def test_more_replicas_than_hosts(cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str) -> None:
    more = {**fleet, "replicas": HOSTS + 1}

    refused = modules.fails("server_fleet", more)
    assert "No valid host" in refused["msg"]
    assert len(servers_of(cloud, name)) == 0

    softened = modules.converges("server_fleet", {**more, "fallback": "soft"})
    assert "fallback: soft" in str(softened["warnings"])
    assert len({server.host_id for server in servers_of(cloud, name)}) == HOSTS
    modules.converges("server_fleet", {"name": name, "server_group": name, "state": "absent"})
    assert [group.name for group in cloud.compute.server_groups() if group.name.startswith(f"{name}-")] == []
