# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A group whose stack a real Heat has suspended, and resumed as far as it can.

Where the hypervisor cannot suspend a server, as that of the local cloud, Nova puts it into ERROR.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from .test_autoscaling_group import group, servers, signal, stacks, wait_for_size

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules

__all__ = ["group"]


def act(cloud: Connection, name: str, action: str) -> None:
    """Suspend or resume the group's stack, and wait until Heat has ended that, in whatever way."""
    (root,) = [stack for stack in stacks(cloud, name) if stack["stack_name"] == name]
    assert cloud.orchestration.post(f"/stacks/{name}/{root['id']}/actions", json={action: None}).ok
    deadline = time.monotonic() + 180
    while any(stack["stack_status"].endswith("_IN_PROGRESS") for stack in stacks(cloud, name)):
        if time.monotonic() > deadline:
            pytest.fail(f"Heat does not end to {action} the stack {name}")
        time.sleep(2)


def enabled(cloud: Connection, name: str) -> dict[str, bool]:
    """Return for each alarm of a group whether Aodh evaluates it."""
    found = cloud.session.get("/v2/alarms", endpoint_filter={"service_type": "alarming"}).json()
    return {alarm["name"]: alarm["enabled"] for alarm in found if alarm["name"].startswith(name)}


@pytest.mark.parametrize("suspended", [[], ["scaling"]])
def test_a_run_does_the_rest(modules: Modules, cloud: Connection, group: dict[str, Any], suspended: list[str]) -> None:
    name = group["name"]
    group["target_tracking"] = {"target_value": 50, "disable_scale_in": True}
    modules.run("autoscaling_group", group)
    if suspended:
        modules.run("autoscaling_capacity", {"name": name, "suspended_processes": suspended})
    act(cloud, name, "suspend")
    assert "openstack stack resume" in modules.fails("autoscaling_group", group)["msg"]

    act(cloud, name, "resume")
    modules.converges("autoscaling_group", group)

    assert set(enabled(cloud, name).values()) == {not suspended}
    assert len(servers(cloud, name)) == 1
    signal(cloud, name, "out_3")
    wait_for_size(cloud, name, 2, 120)
