# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixed ports that servers keep after their deletion, and ports that something else uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import raise_from_response
from openstack.network.v2.port import Port

from .answers import answer
from .fleet_behind_pool import CHAT as BEHIND_POOL
from .fleet_behind_pool import fail_new_members
from .fleet_with_ports import CHAT, FIXED

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

ROLLING = {**FIXED, "update_policy": "rolling", "max_surge": 0, "max_unavailable": 1}
GIVEN = {**CHAT, "replicas": 1, "networks": [{"network": "private", "ports": ["pa", "pb"]}], "security_groups": ["web"]}


@pytest.fixture
def kept(conn: Mock, nova: Nova, ports: dict[str, Port]) -> dict[str, Server]:
    """What Nova keeps of deleted servers: they are not listed, can be looked up, and have their ports."""
    assert ports == {}
    found: dict[str, Server] = {}
    delete = conn.compute.delete_server.side_effect

    def delete_softly(server_id: str, **options: bool) -> None:
        if options.get("force"):
            delete(server_id, **options)
        else:
            found[server_id] = nova.servers.pop(server_id)

    conn.compute.delete_server.side_effect = delete_softly
    conn.compute.find_server.side_effect = lambda server_id, **_options: {**found, **nova.servers}.get(server_id)
    return found


def test_a_replica_lets_go_of_its_ports_where_nova_keeps_deleted_servers(
    kept: dict[str, Server], ports: dict[str, Port], run_module: RunModule
) -> None:
    run_module("server_fleet", ROLLING)

    found = run_module("server_fleet", {**ROLLING, "user_data": "x"})

    assert not found.get("failed"), found["msg"]
    assert [replica["slot"] for replica in found["fleet"]["replicas"]] == [1, 2]
    assert {port.device_id for port in ports.values()} == {"s3", "s4"}
    assert kept == {}


def test_a_replica_that_is_taken_back_lets_go_of_its_ports(
    kept: dict[str, Server], pool: Octavia, ports: dict[str, Port], run_module: RunModule
) -> None:
    fleet = {**BEHIND_POOL, "networks": FIXED["networks"]}
    run_module("server_fleet", fleet)
    fail_new_members(pool)

    found = run_module("server_fleet", {**fleet, "user_data": "x", "timeout": 60})

    assert "Its new replicas were removed again" in found["msg"]
    assert {port.name: port.device_id for port in ports.values()}["chat-port-4"] == ""
    assert kept == {}


def test_a_port_of_a_deleted_server_that_nova_keeps_goes_with_the_fleet(
    conn: Mock, kept: dict[str, Server], ports: dict[str, Port], run_module: RunModule
) -> None:
    run_module("server_fleet", ROLLING)
    conn.compute.delete_server("s1")
    kept["s1"]._update(status="SOFT_DELETED")

    found = run_module("server_fleet", {"name": ROLLING["name"], "state": "absent"})

    assert not found.get("warnings"), found["warnings"]
    assert ports == {}


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.usefixtures("ports")
def test_a_deletion_that_cannot_be_forced_is_an_ordinary_one(
    conn: Mock, nova: Nova, run_module: RunModule, status: int
) -> None:
    """The cloud's policy forbids it, or the server is gone already, which the SDK does not ignore then."""
    run_module("server_fleet", ROLLING)
    delete = conn.compute.delete_server.side_effect

    def refuse(server_id: str, **options: bool) -> None:
        if options.get("force"):
            raise_from_response(answer({}, status))
        delete(server_id, **options)

    conn.compute.delete_server.side_effect = refuse

    found = run_module("server_fleet", {**ROLLING, "user_data": "x"})

    assert not found.get("failed"), found["msg"]
    assert nova.servers.keys() == {"s3", "s4"}


@pytest.mark.usefixtures("ports")
def test_another_answer_to_a_forced_deletion_is_an_error(conn: Mock, run_module: RunModule) -> None:
    run_module("server_fleet", ROLLING)
    conn.compute.delete_server.side_effect = lambda *_args, **_options: raise_from_response(answer({}, 409))

    found = run_module("server_fleet", {**ROLLING, "replicas": 1})

    assert "Could not delete replica" in found["msg"]
    conn.compute.delete_server.assert_called_once()


@pytest.mark.usefixtures("nova")
def test_replicas_without_fixed_ports_let_go_of_their_security_group(conn: Mock, run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    run_module("server_fleet", {**CHAT, "replicas": 1})

    conn.compute.delete_server.assert_called_once_with("s1", force=True)


@pytest.mark.parametrize("owner", ["Octavia", "network:dhcp", ""])
def test_a_port_that_something_else_uses_is_not_touched(
    conn: Mock, nova: Nova, ports: dict[str, Port], run_module: RunModule, owner: str
) -> None:
    """No server has such an id."""
    ports["pa"] = Port(id="pa", name="a", network_id="n1", fixed_ips=[], project_id="p1", device_owner=owner)
    ports["pa"]._update(device_id="lb-1")
    ports["pb"] = Port(id="pb", name="b", network_id="n1", fixed_ips=[], project_id="p1")

    run_module("server_fleet", GIVEN)

    assert [request["networks"] for request in nova.requests] == [[{"port": "pb"}]]
    assert ports["pa"].device_id == "lb-1"
    assert {call.args[0] for call in conn.network.update_port.call_args_list} == {"pb"}


def test_a_port_that_something_else_takes_meanwhile_is_not_released(
    conn: Mock, nova: Nova, ports: dict[str, Port], run_module: RunModule
) -> None:
    ports["pa"] = Port(id="pa", name="a", network_id="n1", fixed_ips=[], project_id="p1", security_groups=["sg1"])
    ports["pb"] = Port(id="pb", name="b", network_id="n1", fixed_ips=[], project_id="p1")
    listed = conn.network.ports.side_effect
    looks: list[Any] = []

    def take(**query: Any) -> list[Port]:
        looks.append(query)
        # After the names were looked up and the fleet was.
        if len(looks) > 3:
            ports["pa"]._update(device_id="lb-1", device_owner="Octavia")
        found: list[Port] = listed(**query)
        return found

    conn.network.ports.side_effect = take

    found = run_module("server_fleet", {**GIVEN, "timeout": 30})

    assert "port 'a' (pa) is used by lb-1" in found["msg"]
    assert nova.requests == []
    conn.network.update_port.assert_not_called()


def test_a_port_of_its_own_that_something_else_uses_outlives_the_fleet(
    ports: dict[str, Port], run_module: RunModule
) -> None:
    """Somebody attached the ports of a server that was gone to something else, or another server."""
    run_module("server_fleet", {**FIXED, "replicas": 3})
    run_module("server_fleet", {**FIXED, "replicas": 1})
    taken, free = (port for port in ports.values() if not port.device_id)
    taken._update(device_id="lb-1", device_owner="Octavia")
    gone = {"name": "chat", "state": "absent", "timeout": 60}

    answer = run_module("server_fleet", gone)

    assert list(ports) == [taken.id]
    assert f"({taken.id}) stays: it was made for a replica, and lb-1, which is none, uses it" in answer["warnings"][0]
    assert free.id not in " ".join(answer["warnings"])
    assert run_module("server_fleet", gone)["changed"] is False

    taken._update(device_id="", device_owner="")
    assert run_module("server_fleet", gone)["changed"] is True
    assert ports == {}
