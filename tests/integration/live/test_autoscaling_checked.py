# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run makes of a group after a check of its stack (openstack stack check)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from .test_autoscaling_group import behind_amphora, group, servers, stacks

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules

__all__ = ["behind_amphora", "group"]

HEAT = os.environ.get("LIVE_HEAT_ENDPOINT", "http://198.51.100.1:8004")
SERVES = "#cloud-config\nruncmd: [[sh, -c, 'nohup python3 -m http.server 8080 >/dev/null 2>&1 &']]\n"


def root(cloud: Connection, name: str) -> tuple[str, str]:
    """Return path and status of the group's own stack."""
    (found,) = [stack for stack in stacks(cloud, name) if stack["stack_name"] == name]
    return f"/stacks/{name}/{found['id']}", found["stack_status"]


def handles(cloud: Connection, name: str) -> dict[str, dict[str, Any]]:
    """Return by id what the handle of each replica has been told."""
    path, _status = root(cloud, name)
    found = cloud.orchestration.get(f"{path}/resources", params={"nested_depth": "5"}).json()["resources"]
    told = {}
    for one in found:
        if one["resource_type"] == "OS::Heat::WaitConditionHandle":
            href = next(link["href"] for link in one["links"] if link["rel"] == "self")
            metadata = cloud.orchestration.get(f"{href[href.index('/stacks/') :]}/metadata").json()["metadata"]
            told[one["physical_resource_id"]] = metadata
    return told


def check(cloud: Connection, name: str) -> str:
    """Let Heat check a stack and return what it is then."""
    path, status = root(cloud, name)
    assert cloud.orchestration.post(f"{path}/actions", json={"check": None}).ok
    deadline = time.monotonic() + 120
    while not status.startswith("CHECK_") or status.endswith("_IN_PROGRESS"):
        if time.monotonic() > deadline:
            pytest.fail(f"the stack is {status}")
        time.sleep(2)
        _path, status = root(cloud, name)
    return status


def test_only_a_server_that_has_reported_takes_the_place_of_one_that_a_check_missed(
    modules: Modules, cloud: Connection, group: dict[str, Any], behind_amphora: dict[str, Any]
) -> None:
    name = group["name"]
    group |= {
        "user_data": SERVES,
        "pools": [{"pool": name, "protocol_port": 8080}],
        "drain_timeout": 1,
        "readiness": {"url": "http://127.0.0.1:8080/", "timeout": 300, "endpoint": HEAT},
    }
    pool = modules.run("load_balancer", behind_amphora)["load_balancer"]["pools"][0]["id"]
    modules.run("autoscaling_group", group)
    before = handles(cloud, name)
    (lost,) = servers(cloud, name)
    victim = cloud.compute.get_server(lost)
    cloud.compute.delete_server(victim)
    cloud.compute.wait_for_delete(victim)
    assert check(cloud, name) == "CHECK_FAILED"

    repaired = modules.run("autoscaling_group", group)

    assert repaired["actions"] == [f"repair autoscaling group '{name}'"]
    (server,) = servers(cloud, name)
    (member,) = cloud.load_balancer.members(pool)
    after = handles(cloud, name)
    addresses = cloud.compute.get_server(server).addresses.values()
    assert member.address in {address["addr"] for found in addresses for address in found}
    assert server != lost
    # Not what the server before it has signalled: another handle, with a signal of its own.
    assert not after.keys() & before.keys()
    assert [signal["status"] for told in after.values() for signal in told.values()] == ["SUCCESS"]
    assert modules.run("autoscaling_group", group)["changed"] is False
