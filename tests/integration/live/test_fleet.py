# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openstack.compute.v2.server import Server
    from openstack.connection import Connection

    from .conftest import Modules

IMAGE = os.environ.get("MODEL_SERVING_TEST_IMAGE", "model-server")
FLAVOR = os.environ.get("MODEL_SERVING_TEST_FLAVOR", "serving.small")
NETWORK = os.environ.get("MODEL_SERVING_TEST_NETWORK", "private")
HOSTS = int(os.environ.get("MODEL_SERVING_TEST_HOSTS", "4"))


def servers_of(cloud: Connection, name: str) -> list[Server]:
    return [server for server in cloud.compute.servers() if server.metadata.get("model_serving.service") == name]


@pytest.fixture
def fleet(modules: Modules, name: str) -> dict[str, Any]:
    modules.run("server_group", {"name": name, "policy": "anti-affinity"})
    modules.run("security_group", {"name": name, "rules": [{"protocol": "icmp"}]})
    return {
        "name": name,
        "replicas": 2,
        "image": IMAGE,
        "flavor": FLAVOR,
        "networks": [NETWORK],
        "server_group": name,
        "config_drive": True,
    }


def test_life_of_a_fleet(cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str) -> None:
    modules.converges("server_fleet", fleet)
    first = servers_of(cloud, name)
    assert {server.status for server in first} == {"ACTIVE"}
    assert len({server.host_id for server in first}) == 2
    assert len({server.name for server in first}) == 2

    cloud.compute.set_server_metadata(first[0].id, theirs="kept")
    modules.converges("server_fleet", {**fleet, "metadata": {"stage": "test"}, "security_groups": [name]})
    changed = servers_of(cloud, name)
    assert {server.id for server in changed} == {server.id for server in first}
    assert {server.metadata["stage"] for server in changed} == {"test"}
    assert any(server.metadata.get("theirs") == "kept" for server in changed)
    assert all(server.security_groups == [{"name": name}] for server in changed)

    left_alone = modules.run("server_fleet", {**fleet, "user_data": "#cloud-config", "update_policy": "none"})
    assert left_alone["changed"] is False
    assert left_alone["fleet"]["replicas"][0]["drift"] == ["user_data"]
    modules.converges("server_fleet", {**fleet, "user_data": "#cloud-config"})
    second = servers_of(cloud, name)
    assert len(second) == 2
    assert not {server.id for server in first} & {server.id for server in second}

    modules.converges("server_fleet", {**fleet, "user_data": "#cloud-config", "replicas": 1})
    assert len(servers_of(cloud, name)) == 1
    modules.converges("server_fleet", {"name": name, "state": "absent"})
    assert servers_of(cloud, name) == []


def test_what_was_deleted_by_hand_comes_back(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str
) -> None:
    modules.run("server_fleet", fleet)
    victim, other = servers_of(cloud, name)
    cloud.compute.delete_server(victim.id, ignore_missing=False)

    modules.run("server_fleet", fleet)

    ids = {server.id for server in servers_of(cloud, name)}
    assert len(ids) == 2
    assert other.id in ids
    assert victim.id not in ids


def test_too_few_hosts(cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str) -> None:
    failed = modules.fails("server_fleet", {**fleet, "replicas": HOSTS + 1})

    assert "No valid host" in failed["msg"]
    # As many as there are hosts for.
    made = servers_of(cloud, name)
    assert len({server.host_id for server in made}) == len(made) == HOSTS
    assert modules.run("server_fleet", {**fleet, "replicas": HOSTS})["changed"] is False


@pytest.mark.parametrize("write", [1, 2])
def test_a_killed_run_is_completed(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str, write: int
) -> None:
    zones = [zone.name for zone in cloud.compute.availability_zones()]
    spread_out = {**fleet, "availability_zones": zones}

    modules.killed_after_write(write, "server_fleet", spread_out)
    modules.run("server_fleet", spread_out)

    servers = servers_of(cloud, name)
    assert {server.status for server in servers} == {"ACTIVE"}
    assert len({server.host_id for server in servers}) == len(servers) == 2
    assert len({server.name for server in servers}) == 2
    assert modules.run("server_fleet", spread_out)["changed"] is False


@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_killed_replacement_is_completed(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str, write: int
) -> None:
    modules.run("server_fleet", fleet)
    old = {server.id for server in servers_of(cloud, name)}
    changed = {**fleet, "user_data": "#cloud-config"}

    modules.killed_after_write(write, "server_fleet", changed)
    modules.run("server_fleet", changed)

    new = {server.id for server in servers_of(cloud, name)}
    assert len(new) == 2
    assert not old & new
    assert modules.run("server_fleet", changed)["changed"] is False


def test_everything_wrong_is_told_before_anything_is_made(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str
) -> None:
    wrong = {
        "image": "no-image",
        "flavor": "no-flavor",
        "networks": ["no-network"],
        "server_group": "no-server-group",
        "security_groups": ["no-security-group"],
        "availability_zones": ["no-zone"],
        "key_name": "no-key",
    }

    refused = modules.fails("server_fleet", {**fleet, **wrong})

    assert len(refused["failure"]["problems"]) == len(wrong)
    assert servers_of(cloud, name) == []


def test_capacity(cloud: Connection, modules: Modules) -> None:
    names = {"images": [IMAGE, "no-image"], "flavors": [FLAVOR], "networks": [NETWORK], "key_pairs": ["no-key"]}

    capacity = modules.run("capacity_info", names)["capacity"]

    assert [entry["found"] for entry in capacity["images"]] == [True, False]
    assert capacity["flavors"][0]["found"]
    assert capacity["networks"][0]["found"]
    assert not capacity["key_pairs"][0]["found"]
    limits = cloud.compute.get_limits().absolute
    assert capacity["quotas"]["instances"]["limit"] in {limits.instances, None}
    assert {zone["name"] for zone in capacity["availability_zones"]} == {
        zone.name for zone in cloud.compute.availability_zones()
    }
