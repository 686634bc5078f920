# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a check of the stack (openstack stack check), Heat repairs replicas from within, server by server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT
from .test_autoscaling_group_repair import READY, version_of

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_heat import Heat


def checked(heat: Heat, *, server: str = "CHECK_FAILED") -> str:
    """A check has found the server of the first replica gone; return the version of the replicas."""
    version = version_of(heat)
    for number in range(heat.size):
        lost = number == 0
        heat.resource(f"server_{version}", "OS::Nova::Server", server if lost else "CHECK_COMPLETE", f"r{number}")
        heat.resource(f"handle_{version}", "OS::Heat::WaitConditionHandle", "CHECK_COMPLETE", f"r{number}")
        heat.resource(f"ready_{version}", "OS::Heat::WaitCondition", "CHECK_COMPLETE", f"r{number}")
        heat.resource("settled", "OS::Heat::Value", "CHECK_COMPLETE", f"r{number}")
    for one in heat.resources:
        if one["resource_name"] in ("r0", "group", "zone_1"):
            one["resource_status"] = "CHECK_FAILED"
    assert heat.stack is not None
    heat.stack["stack_status"] = "CHECK_FAILED"
    heat.statuses = {name: ["CHECK_FAILED"] for name in ("zone", "group", "r0")}
    heat.metadata[f"handle_{version}"] = {"replica": {"status": "SUCCESS", "reason": "ready"}}
    heat.writes.clear()
    return version


def test_the_server_that_comes_is_waited_for(heat: Heat, run_module: RunModule) -> None:
    """Heat would take what the server before it has signalled."""
    run_module("autoscaling_group", READY)
    version = checked(heat)

    answer = run_module("autoscaling_group", READY)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    waited = [f"mark handle_{version} True", f"mark ready_{version} True"]
    assert sorted(heat.writes[:2]) == waited
    assert heat.writes[2:] == ["update", "patch {'pinned_1': 0}"]


def test_what_a_killed_run_has_marked_is_not_marked_again(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", READY)
    version = checked(heat)
    next(one for one in heat.resources if one["resource_name"] == f"handle_{version}")["resource_status"] = (
        "CHECK_FAILED"
    )

    run_module("autoscaling_group", READY)

    assert heat.writes == [f"mark ready_{version} True", "update", "patch {'pinned_1': 0}"]


@pytest.mark.parametrize(
    ("asked", "begun"),
    [
        ({"desired_capacity": 3}, "patch {'desired_1': 3, 'pinned_1': 0}"),
        ({"replace": ["s1"]}, "patch {}"),
        ({"suspended_processes": ["scaling"]}, "patch {'scaling_enabled': False, 'healing_enabled': True}"),
    ],
)
def test_the_same_goes_for_every_other_update(
    heat: Heat, run_module: RunModule, asked: dict[str, Any], begun: str
) -> None:
    run_module("autoscaling_group", READY)
    version = checked(heat)
    servers = [one for one in heat.resources if one["resource_type"] == "OS::Nova::Server"]
    for number, server in enumerate(servers):
        server["physical_resource_id"] = f"s{number}"

    answer = run_module("autoscaling_capacity", {"name": "chat", **asked})

    assert not answer.get("failed"), answer["msg"]
    before = heat.writes[: heat.writes.index(begun)]
    assert {f"mark handle_{version} True", f"mark ready_{version} True"} <= set(before)


def test_without_readiness_there_is_nothing_to_wait_for(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.resource(f"server_{version_of(heat)}", "OS::Nova::Server", "CHECK_FAILED", "r0")
    heat.failed_zone = True
    heat.writes.clear()

    run_module("autoscaling_group", CHAT)

    assert heat.writes == ["update", "patch {'pinned_1': 0}"]


@pytest.mark.parametrize("reported", [True, False])
def test_a_check_does_not_make_a_replica_ready(heat: Heat, run_module: RunModule, *, reported: bool) -> None:
    """Heat calls a condition complete when it is checked, also one that nobody has met."""
    run_module("autoscaling_group", READY)
    version = checked(heat, server="CHECK_COMPLETE")
    unfinished = [one for one in heat.resources if one["parent_resource"] == "r1" and one["resource_name"] == "settled"]
    unfinished[0]["resource_status"] = "INIT_COMPLETE"
    if not reported:
        del heat.metadata[f"handle_{version}"]

    run_module("autoscaling_group", READY)

    assert heat.writes == [*([] if reported else ["mark r1 True"]), "update", "patch {'pinned_1': 0}"]
