# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixed ports of server_fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server_group import ServerGroup
from openstack.network.v2.port import Port

from .fleet_with_ports import CHAT, FIXED, PLACE

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server

    from ..conftest import RunModule
    from .conftest import Nova


def test_fixed_ports_outlive_replicas(nova: Nova, ports: dict[str, Port], run_module: RunModule) -> None:
    first = run_module("server_fleet", FIXED)
    again = run_module("server_fleet", FIXED)
    used = {port.device_id for port in ports.values()}
    replaced = run_module("server_fleet", {**FIXED, "user_data": "x"})

    assert again["changed"] is False
    assert used == {"s1", "s2"}
    assert [port["name"] for port in first["fleet"]["ports"]] == ["chat-port-1", "chat-port-2"]
    assert {port.device_id for port in ports.values()} == {"s3", "s4"} == nova.servers.keys()
    assert [replica["slot"] for replica in replaced["fleet"]["replicas"]] == [1, 2]
    assert {port.description for port in ports.values()} == {"model_serving.fixed_port=chat"}
    assert {tuple(port.tags) for port in ports.values()} == {("model_serving.service=chat",)}


def test_replicas_with_fixed_ports_are_requested_one_by_one(
    conn: Mock, nova: Nova, ports: dict[str, Port], run_module: RunModule
) -> None:
    conn.compute.server_groups.side_effect = lambda: [
        ServerGroup(id="g1", name="chat", policy="anti-affinity", member_ids=list(nova.servers))
    ]

    run_module("server_fleet", {**FIXED, "server_group": "chat"})

    assert [request["name"] for request in nova.requests] == ["chat-1-1", "chat-1-2"]
    by_name = {port.name: port.id for port in ports.values()}
    wanted = [[{"port": by_name[name]}] for name in ("chat-port-1", "chat-port-2")]
    assert [request["networks"] for request in nova.requests] == wanted
    assert [request["metadata"]["model_serving.slot"] for request in nova.requests] == ["1", "2"]


@pytest.mark.parametrize(("surge", "slots"), [({}, [1, 3]), ({"max_surge": 0, "max_unavailable": 1}, [1, 2])])
@pytest.mark.usefixtures("nova")
def test_a_roll_keeps_to_the_ports(
    ports: dict[str, Port], run_module: RunModule, surge: dict[str, int], slots: list[int]
) -> None:
    rolling = {**FIXED, "update_policy": "rolling", **surge}
    run_module("server_fleet", rolling)

    first = run_module("server_fleet", {**rolling, "user_data": "x"})
    second = run_module("server_fleet", {**rolling, "user_data": "y"})

    assert sorted(replica["slot"] for replica in first["fleet"]["replicas"]) == slots
    assert len(second["fleet"]["ports"]) == max(slots)
    used = {port.name: port.device_id for port in ports.values() if port.device_id}
    assert used == {f"chat-port-{one['slot']}": one["id"] for one in second["fleet"]["replicas"]}


def test_replicas_that_find_a_place_elsewhere_get_the_slots(
    conn: Mock, nova: Nova, ports: dict[str, Port], run_module: RunModule
) -> None:
    """The second one finds no host in the first zone, so that the third one of that zone is not even asked for."""
    conn.compute.server_groups.side_effect = lambda: [
        ServerGroup(id="g1", name="chat", policy="anti-affinity", member_ids=list(nova.servers))
    ]
    create = conn.compute.create_server.side_effect
    full = {"status": "ERROR", "host_id": "", "fault": {"message": "No valid host was found."}}

    def place(**request: Any) -> Server:
        taken = [one for one in nova.servers.values() if one.availability_zone == "az1" and one.status == "ACTIVE"]
        nova.outcome = full if request["availability_zone"] == "az1" and taken else {"status": "ACTIVE"}
        created: Server = create(**request)
        return created

    conn.compute.create_server.side_effect = place
    options = {"replicas": 5, "availability_zones": ["az1", "az2"], "server_group": "chat"}

    answer = run_module("server_fleet", {**FIXED, **options})

    assert sorted(replica["slot"] for replica in answer["fleet"]["replicas"]) == [1, 2, 3, 4, 5]
    zones = [replica["availability_zone"] for replica in answer["fleet"]["replicas"]]
    assert (zones.count("az1"), zones.count("az2")) == (1, 4)
    used = {port.device_id: port.name for port in ports.values()}
    assert used == {one["id"]: f"chat-port-{one['slot']}" for one in answer["fleet"]["replicas"]}


def test_a_port_in_use_by_a_server_that_goes_is_waited_for(
    conn: Mock, nova: Nova, ports: dict[str, Port], run_module: RunModule
) -> None:
    run_module("server_fleet", FIXED)
    del nova.servers["s1"]
    looks: list[str] = []

    def find(server_id: str, **_options: Any) -> object | None:
        looks.append(server_id)
        if len(looks) == 4:
            next(port for port in ports.values() if port.device_id == "s1")._update(device_id="")
        return object() if len(looks) > 1 else None

    conn.compute.find_server.side_effect = find

    run_module("server_fleet", FIXED)

    assert len(looks) == 4
    assert {port.device_id for port in ports.values()} == {"s2", "s3"}


def test_a_port_whose_server_is_gone_is_released(nova: Nova, ports: dict[str, Port], run_module: RunModule) -> None:
    run_module("server_fleet", FIXED)
    del nova.servers["s2"]

    run_module("server_fleet", FIXED)

    assert {port.device_id for port in ports.values()} == {"s1", "s3"}


def test_ports_stay_when_the_fleet_shrinks_and_go_with_it(
    nova: Nova, ports: dict[str, Port], run_module: RunModule
) -> None:
    run_module("server_fleet", FIXED)
    ports["theirs"] = Port(id="theirs", name="chat-port-3", description="", **PLACE)
    run_module("server_fleet", {**FIXED, "replicas": 1})
    kept = len(ports)
    gone = run_module("server_fleet", {"name": "chat", "state": "absent"})

    assert kept == 3
    assert list(ports) == ["theirs"]
    assert nova.servers == {}
    assert gone["diff"]["before"]["ports"] == ["chat-port-1 on n1", "chat-port-2 on n1"]
    assert gone["diff"]["after"] == {}
    # A replica uses its port until it is gone.
    assert [action.split()[1] for action in gone["actions"]] == ["replica", "port", "port"]
    assert run_module("server_fleet", {"name": "chat", "state": "absent"})["changed"] is False


@pytest.mark.usefixtures("nova")
def test_ports_get_the_security_groups(conn: Mock, ports: dict[str, Port], run_module: RunModule) -> None:
    run_module("server_fleet", {**FIXED, "replicas": 1, "security_groups": ["web"]})
    (port,) = ports.values()
    assert port.security_group_ids == ["sg1"]

    port._update(security_groups=["other"])
    run_module("server_fleet", {**FIXED, "replicas": 1, "security_groups": ["web"], "user_data": "x"})

    conn.network.update_port.assert_called_once_with(port.id, security_group_ids=["sg1"])


def test_given_ports(nova: Nova, ports: dict[str, Port], run_module: RunModule) -> None:
    for name in ("a", "b"):
        ports[f"p{name}"] = Port(id=f"p{name}", name=name, **PLACE)
    given = {**CHAT, "networks": [{"network": "private", "ports": ["a", "pb"]}]}

    made = run_module("server_fleet", given)
    again = run_module("server_fleet", given)
    few = run_module("server_fleet", {**given, "replicas": 3})
    missing = run_module("server_fleet", {**CHAT, "networks": [{"network": "private", "ports": ["a", "z"]}]})

    assert [request["networks"] for request in nova.requests] == [[{"port": "pa"}], [{"port": "pb"}]]
    assert made["fleet"]["ports"] == []
    assert again["changed"] is False
    assert "2 ports on 'private', but 3 are needed" in few["msg"]
    assert "there is no port 'z' on network 'private'" in missing["msg"]


@pytest.mark.usefixtures("nova", "ports")
def test_info_has_ports(run_module: RunModule) -> None:
    run_module("server_fleet", FIXED)

    (fleet,) = run_module("server_fleet_info", {"name": "chat"})["fleets"]

    assert [port["slot"] for port in fleet["ports"]] == [1, 2]
    assert [port["server_id"] for port in fleet["ports"]] == ["s1", "s2"]
    assert [replica["slot"] for replica in fleet["replicas"]] == [1, 2]


@pytest.mark.usefixtures("ports")
def test_calls_of_an_unchanged_run_do_not_grow_with_fixed_ports(conn: Mock, run_module: RunModule) -> None:
    counts = []
    for replicas in (2, 12):
        run_module("server_fleet", {**FIXED, "replicas": replicas})
        conn.compute.reset_mock()
        conn.network.reset_mock()
        assert run_module("server_fleet", {**FIXED, "replicas": replicas})["changed"] is False
        counts.append(len(conn.compute.mock_calls) + len(conn.network.mock_calls))

    assert counts[0] == counts[1]
