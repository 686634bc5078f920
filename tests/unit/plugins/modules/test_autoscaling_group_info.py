# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a closer look at a group shows: its alarms, what has failed in it, and what a run does not repair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .test_autoscaling_alarms_missing import WATCHED, Aodh, aodh, group

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_heat import Heat

__all__ = ["aodh", "group"]


def shown(run_module: RunModule) -> dict[str, Any]:
    (group,) = run_module("autoscaling_group_info", {"name": "chat", "describe_alarms": True})["groups"]
    return dict(group)


def test_it_is_shown(aodh: Aodh, run_module: RunModule) -> None:
    del aodh.rows["id-healing"]

    group = shown(run_module)

    states = {alarm["name"]: (alarm["state"], alarm["enabled"]) for alarm in group["alarms"]}
    assert states == {"alarm_step_1_out_1": ("ok", True), "zone_1/healing": ("missing", False)}


def test_what_is_wrong_below_a_stack_that_is_well_is_shown(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    """A zone failed to heal, and its alarm is gone."""
    next(one for one in heat.resources if one["resource_name"] == "group")["resource_status"] = "UPDATE_FAILED"
    del aodh.rows["id-healing"]

    group = shown(run_module)

    assert group["status"] == "CREATE_COMPLETE"
    assert group["failed"] == ["zone_1/group"]
    gone = {"enabled": False, "state": "missing", "state_reason": ""}
    assert {"name": "zone_1/healing", "id": "id-healing", **gone} in group["alarms"]


def test_what_is_only_marked_is_shown_apart(heat: Heat, run_module: RunModule) -> None:
    """A run repairs stacks that have failed, and not what waits in others for the next change."""
    next(one for one in heat.resources if one["resource_name"] == "r0")["resource_status"] = "CHECK_FAILED"

    marked = shown(run_module)
    repaired = run_module("autoscaling_group", WATCHED, check=True)["changed"]
    heat.statuses = {"group": ["CHECK_FAILED"]}
    failed = shown(run_module)

    assert (marked["failed"], marked["marked"], repaired) == ([], ["group/r0"], False)
    assert (failed["failed"], failed["marked"]) == (["group/r0"], [])
    assert run_module("autoscaling_group", WATCHED, check=True)["changed"] is True


@pytest.mark.parametrize(("status", "asleep"), [("SUSPEND_FAILED", "chat"), ("RESUME_FAILED", None)])
def test_what_is_to_be_resumed_is_shown(heat: Heat, run_module: RunModule, status: str, asleep: str | None) -> None:
    assert heat.stack is not None
    heat.stack["stack_status"] = status
    heat.resources[0]["resource_status"] = "SUSPEND_FAILED"

    group = shown(run_module)

    assert (group["failed"], group["suspended_stack"]) == (["zone_1"], asleep)
