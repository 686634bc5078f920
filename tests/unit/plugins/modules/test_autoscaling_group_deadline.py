# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Heat does not end is waited for until the deadline, and no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT

if TYPE_CHECKING:
    from ..conftest import FakeClock, RunModule
    from .fake_heat import Heat

LOOKS = 500
"""After so many it does end, for a wait without a deadline to end as well."""


def late(answer: dict[str, Any], status: str) -> bool:
    return status in answer["msg"] and "after 30 s (option 'timeout')" in answer["msg"]


def test_a_creation(heat: Heat, clock: FakeClock, run_module: RunModule) -> None:
    heat.fates = ["IN_PROGRESS"] * LOOKS

    answer = run_module("autoscaling_group", {**CHAT, "timeout": 30})

    assert late(answer, "CREATE_IN_PROGRESS")
    assert clock.now == pytest.approx(30)
    assert heat.writes == ["create"]


@pytest.mark.parametrize("begun", [True, False])
def test_an_update(heat: Heat, run_module: RunModule, *, begun: bool) -> None:
    run_module("autoscaling_group", CHAT)
    heat.fates = ["IN_PROGRESS"] * LOOKS
    assert heat.stack is not None
    if begun:
        heat.stack["stack_status"] = "UPDATE_IN_PROGRESS"

    answer = run_module("autoscaling_group", {**CHAT, "user_data": "#cloud-config", "timeout": 30})

    assert late(answer, "UPDATE_IN_PROGRESS")
    # Nothing more is asked of Heat, no way back either.
    assert heat.writes == (["create"] if begun else ["create", "update"])


def test_a_deletion(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.looks_until_gone = LOOKS

    answer = run_module("autoscaling_group", {"name": "chat", "state": "absent", "timeout": 30})

    assert late(answer, "DELETE_IN_PROGRESS")
    assert heat.writes == ["create", "delete"]
