# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An update that fails and is rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answers import ago
from .fake_heat import CHAT
from .test_autoscaling_group_update import CHANGED

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_heat import Heat


def test_a_zone_more_that_fails_is_taken_back(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    template = heat.template
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", {**CHAT, "availability_zones": ["az1", "az2"]})

    assert answer["failed"] is True
    assert "The update was rolled back" in answer["msg"]
    assert heat.template == template


def test_what_helps_is_told_although_the_update_was_rolled_back(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.fates = ["FAILED"]
    reason = "Unauthorized: resources.server: The request you have made requires authentication. (HTTP 401)"
    heat.events = [{"resource_status": "UPDATE_FAILED", "event_time": ago(-1), "resource_status_reason": reason}]

    answer = run_module("autoscaling_group", CHANGED)

    assert "The update was rolled back" in answer["msg"]
    assert "longer than tokens last" in answer["msg"]
    assert "go on from here" not in answer["msg"]


def test_why_an_update_failed_is_told_when_the_way_back_fails_too(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.fates = ["FAILED", "FAILED"]

    answer = run_module("autoscaling_group", CHANGED)

    assert "Rolling it back failed, too" in answer["msg"]
    assert "the next run repairs the group" in answer["msg"]
