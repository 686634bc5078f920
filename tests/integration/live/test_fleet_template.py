# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several networks, fixed ports, tags, description and lock of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ConflictException

from .test_fleet import FLAVOR, IMAGE, NETWORK, servers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.connection import Connection
    from openstack.network.v2.port import Port

    from .conftest import Modules


@pytest.fixture
def second_network(cloud: Connection, name: str) -> Iterator[str]:
    """A network beside the first one; the fleet on it is gone when it is removed."""
    network = cloud.network.create_network(name=f"{name}-second")
    cloud.network.create_subnet(
        network_id=network.id, name=f"{name}-second", cidr="10.97.0.0/24", ip_version=4, gateway_ip=None
    )
    yield network.name
    cloud.network.delete_network(network.id, ignore_missing=False)


@pytest.fixture
def fleet(cloud: Connection, modules: Modules, name: str, second_network: str) -> Iterator[dict[str, Any]]:
    modules.run("server_group", {"name": name, "policy": "anti-affinity"})
    yield {
        "name": name,
        "replicas": 2,
        "image": IMAGE,
        "flavor": FLAVOR,
        "networks": [{"network": NETWORK, "fixed_ports": True}, second_network],
        "server_group": name,
        "config_drive": True,
    }
    for server in servers_of(cloud, name):
        cloud.compute.unlock_server(server.id)
    modules.run("server_fleet", {"name": name, "state": "absent"})


def addresses_of(cloud: Connection, name: str, network: str = NETWORK) -> set[str]:
    return {server.addresses[network][0]["addr"] for server in servers_of(cloud, name)}


def ports_of(cloud: Connection, name: str) -> list[Port]:
    return list(cloud.network.ports(description=f"model_serving.fixed_port={name}"))


def test_addresses_survive_replacement(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str, second_network: str
) -> None:
    modules.converges("server_fleet", fleet)
    first, second = servers_of(cloud, name)
    addresses = addresses_of(cloud, name)
    assert len(addresses) == 2
    assert len(addresses_of(cloud, name, second_network)) == 2
    assert len({first.host_id, second.host_id}) == 2
    assert {port.fixed_ips[0]["ip_address"] for port in ports_of(cloud, name)} == addresses
    assert {tuple(port.tags) for port in ports_of(cloud, name)} == {(f"model_serving.service={name}",)}

    (again, _other) = modules.run("server_fleet", fleet)["fleet"]["replicas"]
    assert list(again["addresses"]) == [NETWORK, second_network]

    # By hand, and not waited for: the run finds a server that is going, and its port in use.
    cloud.compute.delete_server(first.id, ignore_missing=False)
    modules.run("server_fleet", fleet)
    assert addresses_of(cloud, name) == addresses
    assert first.id not in {server.id for server in servers_of(cloud, name)}

    modules.converges("server_fleet", {**fleet, "user_data": "#cloud-config", "update_policy": "recreate"})
    assert addresses_of(cloud, name) == addresses
    assert second.id not in {server.id for server in servers_of(cloud, name)}

    modules.converges("server_fleet", {**fleet, "user_data": "#cloud-config", "replicas": 1})
    assert len(ports_of(cloud, name)) == 2
    modules.run("server_fleet", {**fleet, "user_data": "#cloud-config"})
    assert addresses_of(cloud, name) == addresses

    modules.converges("server_fleet", {"name": name, "state": "absent"})
    assert ports_of(cloud, name) == []


@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_killed_run_is_completed(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str, write: int
) -> None:
    modules.killed_after_write(write, "server_fleet", fleet)
    modules.run("server_fleet", fleet)
    addresses = addresses_of(cloud, name)
    assert len(addresses) == len(ports_of(cloud, name)) == 2

    changed = {**fleet, "user_data": "#cloud-config", "update_policy": "recreate"}
    modules.killed_after_write(write, "server_fleet", changed)
    modules.run("server_fleet", changed)

    assert addresses_of(cloud, name) == addresses
    assert len({server.host_id for server in servers_of(cloud, name)}) == 2
    assert len(ports_of(cloud, name)) == 2
    assert modules.run("server_fleet", changed)["changed"] is False


def test_a_roll_without_surge_keeps_the_addresses(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str
) -> None:
    rolling = {**fleet, "update_policy": "rolling", "max_surge": 0, "max_unavailable": 1}
    modules.run("server_fleet", rolling)
    addresses, old = addresses_of(cloud, name), {server.id for server in servers_of(cloud, name)}

    modules.run("server_fleet", {**rolling, "user_data": "#cloud-config"})

    assert addresses_of(cloud, name) == addresses
    assert not old & {server.id for server in servers_of(cloud, name)}
    assert len(ports_of(cloud, name)) == 2


def test_given_ports_are_used_and_kept(cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str) -> None:
    network = cloud.network.find_network(NETWORK, ignore_missing=False)
    ports = [cloud.network.create_port(network_id=network.id, name=f"{name}-{number}") for number in (1, 2)]
    given = {**fleet, "networks": [{"network": NETWORK, "ports": [port.name for port in ports]}]}
    try:
        modules.converges("server_fleet", given)
        assert addresses_of(cloud, name) == {port.fixed_ips[0]["ip_address"] for port in ports}
        refused = modules.fails("server_fleet", {**given, "replicas": 3})
        assert "2 ports" in refused["msg"]
        assert "3 are needed" in refused["msg"]
        modules.run("server_fleet", {"name": name, "state": "absent"})
        assert all(cloud.network.find_port(port.id, ignore_missing=True) for port in ports)
    finally:
        modules.run("server_fleet", {"name": name, "state": "absent"})
        for port in ports:
            cloud.network.delete_port(port.id, ignore_missing=True)


def test_labels_are_changed_in_place(cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str) -> None:
    small = {**fleet, "replicas": 1, "networks": [NETWORK]}
    modules.converges("server_fleet", {**small, "tags": ["a", "b c"], "description": "first"})
    (server,) = servers_of(cloud, name)
    assert (sorted(server.tags), server.description) == (["a", "b c"], "first")

    cloud.compute.add_tag_to_server(server.id, "theirs")
    modules.converges("server_fleet", {**small, "tags": ["a", "d#e"], "description": "second"})
    (same,) = servers_of(cloud, name)
    assert same.id == server.id
    assert (sorted(same.tags), same.description) == (["a", "d#e", "theirs"], "second")

    assert modules.run("server_fleet", small)["changed"] is False
    modules.converges("server_fleet", {**small, "tags": [], "description": ""})
    (same,) = servers_of(cloud, name)
    assert same.id == server.id
    assert (same.tags, same.description or "") == (["theirs"], "")


def test_locks(cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str) -> None:
    locked = {**fleet, "networks": [NETWORK], "lock": True}
    modules.converges("server_fleet", locked)
    servers = servers_of(cloud, name)
    assert {server.locked_reason for server in servers} == {f"model_serving.service={name}"}
    with pytest.raises(ConflictException, match="locked"):
        cloud.compute.delete_server(servers[0].id)

    # Nova wants it open for this, and it is closed again.
    modules.converges("server_fleet", {**locked, "metadata": {"stage": "test"}, "tags": ["a"]})
    assert all(server.is_locked and server.metadata["stage"] == "test" for server in servers_of(cloud, name))

    modules.converges("server_fleet", {**locked, "replicas": 1})
    (left,) = servers_of(cloud, name)
    cloud.compute.unlock_server(left.id)
    cloud.compute.lock_server(left.id, locked_reason="mine")
    assert modules.run("server_fleet", {**locked, "replicas": 1})["changed"] is False
    refused = modules.fails("server_fleet", {"name": name, "state": "absent"})
    assert "locked (mine)" in refused["msg"]

    cloud.compute.unlock_server(left.id)
    modules.converges("server_fleet", {**locked, "replicas": 1})
    modules.converges("server_fleet", {"name": name, "state": "absent"})
