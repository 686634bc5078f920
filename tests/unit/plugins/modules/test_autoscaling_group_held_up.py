# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an engine of Heat leaves that dies while it scales a group, and how that differs from a scaling."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from .answers import ago
from .dead_engine import LONG, READY, REPAIR, SCALED, TYPES, busy, stuck
from .fake_heat import CHAT

if TYPE_CHECKING:
    from requests import Response

    from ..conftest import FakeClock, RunModule
    from .fake_heat import Heat

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


def test_a_note_that_nobody_takes_back_is_not_waited_for_once_more(
    heat: Heat, clock: FakeClock, run_module: RunModule
) -> None:
    heat.metadata["group"] = NOTED
    begun: list[float] = []

    def note(path: str, json: dict[str, Any], **more: Any) -> Response:
        begun.append(clock.now)
        return heat.put(path, json, **more)

    heat.conn.orchestration.put.side_effect = note

    run_module("autoscaling_group", SCALED)

    # Two previews, the update.
    assert begun == [begun[0]] * 3


def test_a_note_of_a_scaling_that_begins_or_ends_is_none(heat: Heat, run_module: RunModule) -> None:
    heat.metadata = Notes(looks=1)

    assert run_module("autoscaling_group", SCALED)["changed"] is False


@pytest.mark.parametrize(
    ("stack", "minutes", "actions"), [("group", 64, []), ("group", 66, REPAIR), ("r1", 66, REPAIR)]
)
def test_what_takes_longer_than_heat_allows_is_repaired(
    heat: Heat, run_module: RunModule, stack: str, minutes: float, actions: list[str]
) -> None:
    """Even though something happens elsewhere in the group."""
    busy(heat, minutes, stack=stack)
    heat.changed_at = ago(1)

    assert run_module("autoscaling_group", SCALED)["actions"] == actions


@pytest.mark.parametrize(("minutes", "actions"), [(124, []), (126, REPAIR)])
def test_heat_may_have_been_given_more_time(
    heat: Heat, run_module: RunModule, minutes: float, actions: list[str]
) -> None:
    """Whoever waits: the run that gave Heat its time may have had more of it."""
    assert heat.stack is not None
    heat.stack["timeout_mins"] = 120
    busy(heat, minutes)
    heat.changed_at = ago(1)

    assert run_module("autoscaling_group", SCALED)["actions"] == actions


def test_an_update_that_takes_longer_than_heat_allows_is_taken_over(heat: Heat, run_module: RunModule) -> None:
    """Even though replicas come and go in it."""
    stuck(heat)
    busy(heat, 66)
    heat.nested_updated = heat.changed_at = ago(1)

    assert run_module("autoscaling_group", SCALED)["actions"] == REPAIR


def test_what_is_nested_in_an_update_is_at_work_for_it(heat: Heat, run_module: RunModule) -> None:
    stack = stuck(heat)
    busy(heat, 66)
    stack["updated_time"] = heat.changed_at = ago(1)

    assert run_module("autoscaling_group", SCALED, check=True)["changed"] is False


def test_replicas_that_were_being_made_count(heat: Heat, run_module: RunModule) -> None:
    """As they do for Heat, which would remove others for a smaller number."""
    heat.scale(3)
    busy(heat, LONG)
    heat.statuses["r2"] = ["CREATE_IN_PROGRESS"]

    run_module("autoscaling_group", SCALED)

    assert heat.writes == ["update", "patch {'pinned_1': 0}"]
    assert heat.size == 3


def test_a_creation_that_nobody_works_on_is_taken_over(heat: Heat, run_module: RunModule) -> None:
    stuck(heat, "CREATE_IN_PROGRESS")
    busy(heat, LONG)
    heat.statuses = {stack: ["CREATE_IN_PROGRESS"] for stack in ("zone", "group", "r0", "r1")}
    for one in heat.resources:
        one["resource_status"] = "CREATE_IN_PROGRESS"

    assert run_module("autoscaling_group", SCALED)["actions"] == REPAIR
    assert heat.size == 2


def test_a_replica_that_a_dead_engine_holds_is_not_marked(heat: Heat, run_module: RunModule) -> None:
    busy(heat, LONG)
    replica = next(one for one in heat.resources if one["resource_name"] == "r1")
    replica["resource_status"] = "UPDATE_IN_PROGRESS"
    version = replica["resource_type"].removeprefix("replica-").removesuffix(".yaml")
    heat.resource(f"ready_{version}", TYPES[READY], "CREATE_FAILED", parent="r1")

    assert run_module("autoscaling_group", SCALED)["actions"] == REPAIR
    assert heat.writes == ["update", "patch {'pinned_1': 0}"]


def test_a_scaling_that_is_slow_to_begin_is_waited_for(heat: Heat, run_module: RunModule) -> None:
    """The note is there for longer than there is patience, then the scaling comes, and takes the note with it."""
    heat.metadata = Notes(looks=4)
    heat.nested_updated = datetime.now(UTC).isoformat()
    heat.statuses["group"] = [*["UPDATE_COMPLETE"] * 4, "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]

    assert run_module("autoscaling_group", SCALED)["changed"] is False


def test_a_size_is_not_freed_while_a_scaling_begins(heat: Heat, run_module: RunModule) -> None:
    heat.failed_zone = True
    notes = Notes(looks=2)

    def begin(path: str, json: dict[str, Any], **more: Any) -> Response:
        if not path.endswith("/preview"):
            heat.metadata = notes
        return heat.put(path, json, **more)

    heat.conn.orchestration.put.side_effect = begin

    assert run_module("autoscaling_group", SCALED)["actions"] == REPAIR
    assert heat.writes == ["update", "patch {'pinned_1': 0}"]
    assert notes.looks == -1


def test_a_change_waits_for_a_scaling_that_begins(heat: Heat, run_module: RunModule) -> None:
    notes = Notes(looks=2)
    heat.metadata = notes

    assert run_module("autoscaling_group", {**SCALED, "max_size": 5})["changed"]
    assert heat.writes == ["update"]
    assert notes.looks == -1


def test_looking_costs_one_call_for_each_zone(heat: Heat, run_module: RunModule) -> None:
    for options, calls in ((SCALED, 2), ({**SCALED, "availability_zones": ["az1", "az2"]}, 3), (CHAT, 1)):
        run_module("autoscaling_group", options)
        heat.calls = 0
        run_module("autoscaling_group", options)
        assert heat.calls == calls
