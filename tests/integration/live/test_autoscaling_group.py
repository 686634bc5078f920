# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Autoscaling groups that a real Heat makes and that real alarms of Aodh scale."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from .balancers import left_behind, offered, set_status, tree
from .prometheus import METRIC, gauge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.connection import Connection

    from .conftest import Modules
    from .prometheus import Gauge

__all__ = ["gauge"]

KEY = "model_serving.autoscaling_group"
TEMPLATE: dict[str, Any] = {
    "min_size": 1,
    "max_size": 2,
    "image": "model-server",
    "flavor": "serving.small",
    "networks": ["private"],
    "user_data": "#cloud-config\n{}\n",
}
QUICK = {"granularity": 5, "evaluation_periods": 2, "estimated_instance_warmup": 5}


@pytest.fixture
def group(modules: Modules, cloud: Connection) -> Iterator[dict[str, Any]]:
    arguments = {**TEMPLATE, "name": f"live-{uuid.uuid4().hex[:8]}"}
    yield arguments
    modules.run("autoscaling_group", {"name": arguments["name"], "state": "absent"})
    assert servers(cloud, arguments["name"]) == []


def servers(cloud: Connection, name: str) -> list[str]:
    found = cloud.compute.servers()
    return sorted(server.id for server in found if (server.metadata or {}).get(KEY) == name)


def stacks(cloud: Connection, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.orchestration.get("/stacks", params={"show_nested": "true"}).json()["stacks"]
    return [stack for stack in found if stack["stack_name"].startswith(name)]


def wait_for_size(cloud: Connection, name: str, size: int, seconds: float) -> None:
    """Wait until there are so many servers and nothing is in progress."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        busy = [stack for stack in stacks(cloud, name) if stack["stack_status"].endswith("_IN_PROGRESS")]
        if len(servers(cloud, name)) == size and not busy:
            return
        time.sleep(2)
    pytest.fail(f"there are {len(servers(cloud, name))} servers, not {size}, after {seconds} s")


def signal(cloud: Connection, name: str, policy: str) -> None:
    """Do what an alarm does."""
    zones = [stack for stack in stacks(cloud, name) if stack["stack_name"].count("-") == name.count("-") + 2]
    for zone in zones:
        path = f"/stacks/{zone['stack_name']}/{zone['id']}/resources/{policy}/signal"
        assert cloud.orchestration.post(path, json={}).ok


def test_a_deployment_keeps_the_size_that_scaling_chose(
    modules: Modules, cloud: Connection, group: dict[str, Any]
) -> None:
    group["target_tracking"] = {"target_value": 50, "disable_scale_in": True}
    made = modules.converges("autoscaling_group", group)
    assert made["diff"]["after"]["preview"]["OS::Nova::Server"] == 1
    signal(cloud, group["name"], "out_3")
    wait_for_size(cloud, group["name"], 2, 90)
    before = servers(cloud, group["name"])

    assert modules.run("autoscaling_group", group)["changed"] is False
    updated = modules.converges("autoscaling_group", {**group, "user_data": "#cloud-config\nruncmd: [[true]]\n"})

    assert updated["diff"]["after"]["preview"] == {"group": {"updated": ["zone_1"]}, "zone_1": {"updated": ["group"]}}
    assert updated["group"]["size"] == 2
    assert len(servers(cloud, group["name"])) == 2
    assert not set(servers(cloud, group["name"])) & set(before)
    explicit = {**group, "user_data": "#cloud-config\nruncmd: [[true]]\n", "desired_capacity": 1}
    assert modules.converges("autoscaling_group", explicit)["group"]["size"] == 1


def test_a_size_by_hand_goes_on_after_a_killed_run(modules: Modules, cloud: Connection, group: dict[str, Any]) -> None:
    """Heat is told first that the size is held, then the zones their shares, then to let go of it."""
    modules.run("autoscaling_group", group)
    for writes, size in ((1, 2), (2, 1), (3, 2)):
        wanted = {"name": group["name"], "desired_capacity": size}
        modules.killed_after_write(writes, "autoscaling_capacity", wanted)

        assert modules.run("autoscaling_capacity", wanted)["group"]["size"] == size
        assert len(servers(cloud, group["name"])) == size
        assert modules.run("autoscaling_capacity", wanted)["changed"] is False
        assert modules.run("autoscaling_group", group)["changed"] is False


def test_a_new_version_comes_where_all_replicas_were_to_be_replaced(
    modules: Modules, cloud: Connection, group: dict[str, Any]
) -> None:
    group["min_size"] = 2
    modules.run("autoscaling_group", group)
    before = servers(cloud, group["name"])
    modules.killed_after_write(2, "autoscaling_capacity", {"name": group["name"], "replace": before})

    group["user_data"] = "#cloud-config\nruncmd: [[true]]\n"
    modules.run("autoscaling_group", group)

    assert len(servers(cloud, group["name"])) == 2
    assert not set(servers(cloud, group["name"])) & set(before)
    assert modules.run("autoscaling_group", group)["changed"] is False


def test_a_locked_server_is_not_left_to_heat(modules: Modules, cloud: Connection, group: dict[str, Any]) -> None:
    modules.run("autoscaling_group", group)
    (server,) = servers(cloud, group["name"])
    (before,) = (each for each in stacks(cloud, group["name"]) if each["stack_name"] == group["name"])
    cloud.compute.lock_server(server, locked_reason="somebody looks at it")
    try:
        for change in ({**group, "user_data": "#cloud-config\nruncmd: [[true]]\n"}, {**group, "state": "absent"}):
            assert "it is locked (somebody looks at it)" in modules.fails("autoscaling_group", change)["msg"]

        assert before in stacks(cloud, group["name"])
        assert servers(cloud, group["name"]) == [server]
        assert modules.run("autoscaling_group", group)["changed"] is False
    finally:
        cloud.compute.unlock_server(server)


def test_a_server_of_which_heat_does_not_know_goes_with_the_group(
    modules: Modules, cloud: Connection, group: dict[str, Any]
) -> None:
    """As one that Heat could not delete because it was locked."""
    name = group["name"]
    modules.run("autoscaling_group", group)
    made_from = {"image": group["image"], "flavor": group["flavor"], "network": group["networks"][0]}
    stray = cloud.create_server(f"{name}-old", **made_from, meta={KEY: name}, wait=True)

    told = modules.run("autoscaling_group", {**group, "describe_replicas": True})
    gone = modules.converges("autoscaling_group", {"name": name, "state": "absent"})

    assert stray.id in str(told["warnings"])
    assert len(told["group"]["server_groups"]) == 2, "Heat gives them other names"
    assert f"delete server '{name}-old' ({stray.id}), of which Heat does not know" in gone["actions"]
    assert servers(cloud, name) == []


def test_a_query_of_prometheus_scales(modules: Modules, cloud: Connection, group: dict[str, Any], gauge: Gauge) -> None:
    group["target_tracking"] = {"target_value": 10, "query": f"avg({METRIC}{{job='test'}})", **QUICK}
    gauge.value = 10
    modules.run("autoscaling_group", group)

    gauge.value = 25
    wait_for_size(cloud, group["name"], 2, 120)
    suspension = {"name": group["name"], "suspended_processes": ["scaling"]}
    modules.converges("autoscaling_capacity", suspension)
    gauge.value = 1
    # Ten periods of five seconds, and two looks of Aodh: it would have shrunk.
    time.sleep(90)
    assert len(servers(cloud, group["name"])) == 2
    modules.converges("autoscaling_capacity", {**suspension, "suspended_processes": []})
    wait_for_size(cloud, group["name"], 1, 120)


def test_steps_on_another_metric_of_gnocchi(modules: Modules, cloud: Connection, group: dict[str, Any]) -> None:
    # Whatever a server uses of its memory is more than nothing.
    steps = [{"lower_bound": 0, "upper_bound": 100000, "adjustment": 1}, {"lower_bound": 100000, "adjustment": 5}]
    group["step_scaling"] = [{"metric": "memory.usage", "steps": steps, **QUICK}]
    modules.run("autoscaling_group", group)

    wait_for_size(cloud, group["name"], 2, 180)


@pytest.fixture
def behind_amphora(modules: Modules, cloud: Connection, group: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The group behind a load balancer, which goes after it."""
    name = group["name"]
    balancer = tree(offered(cloud, "amphora"), name)
    for pool in balancer["pools"]:
        pool |= {"name": name}
        # Nobody answers on these servers, and a group without a member that is well cannot be changed.
        del pool["members"], pool["healthmonitor"]
    balancer["listeners"][0]["default_pool"] = name
    yield balancer
    modules.run("autoscaling_group", {"name": name, "state": "absent"})
    modules.run("load_balancer", {"name": name, "state": "absent"})
    assert left_behind(cloud, name) == []


def members_of_heat(cloud: Connection, name: str) -> set[str]:
    (root,) = [stack for stack in stacks(cloud, name) if stack["stack_name"] == name]
    path = f"/stacks/{name}/{root['id']}/resources"
    found = cloud.orchestration.get(path, params={"nested_depth": "5"}).json()["resources"]
    return {one["physical_resource_id"] for one in found if one["resource_type"] == "OS::Octavia::PoolMember"}


@pytest.mark.parametrize("health_check_type", ["load_balancer", "none"])
def test_a_group_moves_when_its_load_balancer_is_made_again(
    modules: Modules,
    cloud: Connection,
    group: dict[str, Any],
    behind_amphora: dict[str, Any],
    health_check_type: str,
) -> None:
    name = group["name"]
    group |= {
        "min_size": 2,
        "pools": [{"pool": name, "protocol_port": 8080}],
        "drain_timeout": 60,
        "health_check_type": health_check_type,
    }
    made = modules.run("load_balancer", behind_amphora)["load_balancer"]
    modules.run("autoscaling_group", group)
    before = servers(cloud, name)
    set_status(made, "ERROR")
    again = modules.run("load_balancer", behind_amphora)["load_balancer"]
    pool = again["pools"][0]["id"]
    copies = {member.id for member in cloud.load_balancer.members(pool)}
    assert pool != made["pools"][0]["id"]
    assert len(copies) == 2

    # Two previews, the update, and the first copy: Heat goes on without the run, but does not come to an end.
    modules.killed_after_write(4, "autoscaling_group", group)
    (root,) = [stack for stack in stacks(cloud, name) if stack["stack_name"] == name]
    assert root["stack_status"] == "UPDATE_IN_PROGRESS"
    moved = modules.run("autoscaling_group", group)

    assert moved["actions"] == [f"move autoscaling group '{name}' to the pools that were made again"]
    assert servers(cloud, name) == before
    members = {member.id for member in cloud.load_balancer.members(pool)}
    assert members == members_of_heat(cloud, name)
    assert not members & copies
    assert modules.run("autoscaling_group", group)["changed"] is False
