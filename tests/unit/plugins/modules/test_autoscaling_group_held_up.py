# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an engine of Heat leaves that dies while it scales a group, and how that differs from a scaling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_heat import Heat

SCALED = {**CHAT, "target_tracking": {"target_value": 50}, "timeout": 1800}
REPAIR = ["repair autoscaling group 'chat'"]
NOTED = {"scaling_in_progress": True, "cooldown_end": {"2026-01-01T00:00:00": "ChangeInCapacity : 1"}}


class Notes(dict[str, dict[str, Any]]):
    """Metadata of which a group's note is taken back after some looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def get(self, name: str, default: Any = None) -> Any:
        self.looks -= name == "group"
        return {"scaling_in_progress": self.looks >= 0} if name == "group" else super().get(name, default)


@pytest.fixture(autouse=True)
def group(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", SCALED)
    heat.writes.clear()


def busy(heat: Heat, stack: str, minutes: float) -> None:
    """A nested stack is in progress since so many minutes."""
    heat.statuses = {stack: ["UPDATE_IN_PROGRESS"]}
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    heat.nested_updated = since.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_note_that_nobody_takes_back_is_repaired(heat: Heat, run_module: RunModule) -> None:
    heat.metadata["group"] = NOTED

    predicted = run_module("autoscaling_group", SCALED, check=True)
    done = run_module("autoscaling_group", SCALED)
    heat.metadata["group"] = {**NOTED, "scaling_in_progress": False}  # by the update

    assert predicted["actions"] == done["actions"] == REPAIR
    assert predicted["diff"] == done["diff"]
    assert (done["diff"]["before"]["failed"], done["diff"]["after"]["failed"]) == (["group"], [])
    assert heat.writes == ["update", "patch {'pinned_1': 0}"]
    assert run_module("autoscaling_group", SCALED)["changed"] is False


def test_a_note_of_a_scaling_that_begins_or_ends_is_none(heat: Heat, run_module: RunModule) -> None:
    heat.metadata = Notes(looks=1)

    assert run_module("autoscaling_group", SCALED)["changed"] is False


@pytest.mark.parametrize(("minutes", "actions"), [(1, []), (64, []), (66, REPAIR)])
@pytest.mark.parametrize("stack", ["group", "r1"])
def test_what_is_in_progress_for_too_long_is_repaired(
    heat: Heat, run_module: RunModule, stack: str, minutes: float, actions: list[str]
) -> None:
    heat.metadata["group"] = NOTED
    busy(heat, stack, minutes)

    assert run_module("autoscaling_group", SCALED)["actions"] == actions


@pytest.mark.parametrize(("minutes", "actions"), [(124, []), (126, REPAIR)])
def test_what_heat_may_take_longer_for_is_waited_for_longer(
    heat: Heat, run_module: RunModule, minutes: float, actions: list[str]
) -> None:
    """Whoever waits: the run that gave Heat its time may have had more of it."""
    assert heat.stack is not None
    heat.stack["timeout_mins"] = 120
    busy(heat, "group", minutes)

    assert run_module("autoscaling_group", SCALED)["actions"] == actions


def test_a_scaling_that_is_slow_to_begin_is_waited_for(heat: Heat, run_module: RunModule) -> None:
    """The note is there for longer than there is patience, then the scaling comes, and takes the note with it."""
    heat.metadata = Notes(looks=4)
    busy(heat, "group", 1)
    heat.statuses["group"] = [*["UPDATE_COMPLETE"] * 4, "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]

    assert run_module("autoscaling_group", SCALED)["changed"] is False


def test_what_is_nested_in_an_update_is_at_work_for_it(heat: Heat, run_module: RunModule) -> None:
    busy(heat, "group", 66)
    assert heat.stack is not None
    heat.stack["stack_status"] = "UPDATE_IN_PROGRESS"
    heat.fates = ["IN_PROGRESS"] * 9

    assert run_module("autoscaling_group", SCALED, check=True)["changed"] is False


def test_looking_costs_one_call_for_each_zone(heat: Heat, run_module: RunModule) -> None:
    for options, calls in ((SCALED, 2), ({**SCALED, "availability_zones": ["az1", "az2"]}, 3), (CHAT, 1)):
        run_module("autoscaling_group", options)
        heat.calls = 0
        run_module("autoscaling_group", options)
        assert heat.calls == calls
