# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stack that Heat has suspended (openstack stack suspend): no server of it runs, and Heat takes no update of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_heat import Heat

OTHER = {**CHAT, "user_data": "#cloud-config\nnew: true\n"}
ASKED = [
    ("autoscaling_group", CHAT),
    ("autoscaling_group", OTHER),
    ("autoscaling_group", {**CHAT, "desired_capacity": 3}),
    ("autoscaling_capacity", {"name": "chat"}),
    ("autoscaling_capacity", {"name": "chat", "desired_capacity": 3}),
    ("autoscaling_capacity", {"name": "chat", "replace": ["s0"]}),
    ("autoscaling_capacity", {"name": "chat", "suspended_processes": ["scaling"]}),
]


@pytest.fixture(autouse=True)
def group(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.writes.clear()
    heat.previews.clear()


def put_into(heat: Heat, status: str) -> None:
    assert heat.stack is not None
    heat.stack["stack_status"] = status
    later = status.replace("IN_PROGRESS", "COMPLETE")
    heat.statuses = {name: [status, later] for name in ("zone", "group", "r0", "r1")}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("status", ["SUSPEND_COMPLETE", "SUSPEND_FAILED", "SUSPEND_IN_PROGRESS"])
@pytest.mark.parametrize(("module", "asked"), ASKED)
def test_it_is_to_be_resumed_first(
    heat: Heat, run_module: RunModule, module: str, asked: dict[str, Any], status: str, check: bool
) -> None:
    put_into(heat, status)

    answer = run_module(module, asked, check=check)

    assert "the stack 'chat' (st1) is suspended" in answer["msg"]
    assert "openstack stack resume chat" in answer["msg"]
    assert heat.writes == []
    assert heat.previews == []


def test_a_zone_alone_is_to_be_resumed_first(heat: Heat, run_module: RunModule) -> None:
    heat.statuses = {"zone": ["SUSPEND_COMPLETE"]}

    answer = run_module("autoscaling_group", CHAT)

    assert "the stack 'chat-zone_1-abc' (zone) is suspended" in answer["msg"]
    assert "openstack stack resume chat-zone_1-abc" in answer["msg"]


def test_once_resumed_it_is_a_group_like_any_other(heat: Heat, run_module: RunModule) -> None:
    put_into(heat, "RESUME_COMPLETE")

    assert run_module("autoscaling_group", CHAT)["changed"] is False
    assert run_module("autoscaling_group", OTHER)["actions"] == ["update autoscaling group 'chat'"]


def test_who_resumes_it_is_not_told_to(heat: Heat, run_module: RunModule) -> None:
    put_into(heat, "SUSPEND_COMPLETE")
    assert heat.stack is not None
    heat.stack["stack_status"] = "RESUME_IN_PROGRESS"
    heat.fates = ["IN_PROGRESS"] * 9

    assert run_module("autoscaling_group", CHAT, check=True)["changed"] is False


def test_it_is_removed_all_the_same(heat: Heat, run_module: RunModule) -> None:
    put_into(heat, "SUSPEND_COMPLETE")
    absent = {"name": "chat", "state": "absent"}

    predicted = run_module("autoscaling_group", absent, check=True)
    done = run_module("autoscaling_group", absent)

    assert predicted["actions"] == done["actions"] == ["delete autoscaling group 'chat'"]
    assert heat.writes == ["delete"]


def test_what_a_removal_left_of_it_is_removed_first(heat: Heat, run_module: RunModule) -> None:
    put_into(heat, "SUSPEND_COMPLETE")
    assert heat.stack is not None
    heat.stack["stack_status"] = "DELETE_FAILED"

    run_module("autoscaling_group", CHAT)

    assert heat.writes == ["delete", "create"]
