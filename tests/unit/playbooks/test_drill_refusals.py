# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When drill.yml breaks nothing: no replica would be left, nobody could ask, or nobody said that they want it."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, refused
from .test_drill import chosen, member, refusals, replicas, world
from .test_drill_before import INCLUDE, named

FOUND = [replicas("a", 1, 2), replicas("a.canary", 3)]


def drilled(*members: dict[str, Any], **known: Any) -> list[str]:
    """Return what is said against a drill of a fleet with two replicas, which shares its pool with a canary."""
    facts = world({"a": "p", "a.canary": "p"}, {"p": list(members)}, FOUND)
    return refusals(chosen({**facts, **known}))


def test_a_drill_goes_on_where_one_is_left() -> None:
    assert drilled(member(1), member(2)) == []


@pytest.mark.parametrize(
    "others",
    [[], [member(2, "ERROR")], [member(2, weight=0)], [member(3)]],
    ids=["not there", "broken", "drained", "of another fleet"],
)
def test_the_last_replica_of_a_fleet_in_rotation_is_not_broken(others: list[dict[str, Any]]) -> None:
    (said,) = drilled(member(1), *others)

    assert said == "Only 1 replicas of a are in rotation. At least 2 must be, so that one is left."


def test_nothing_is_broken_while_nobody_can_ask() -> None:
    (said,) = drilled(member(1), member(2), site_questions=[])

    assert said.startswith("No model of a can be asked")


@pytest.mark.parametrize(
    ("given", "goes_on"),
    [
        # As -e gives them.
        *(({"drill_confirm": word}, True) for word in ("a", "true", "yes", True)),
        *(({"drill_confirm": word}, False) for word in ("b", "", "no", "false", False, None)),
        ({}, False),
    ],
)
def test_who_does_not_say_that_they_want_it_breaks_nothing(given: dict[str, Any], goes_on: bool) -> None:
    play = read("playbooks/drill.yml")[0]
    task = named(play["tasks"], "Refuse to break anything without")

    said = refused(task, {**play["vars"], "site_service": {"name": "a"}, **given})

    assert (said == "") is goes_on
    assert goes_on or "-e drill_confirm=a" in said


def test_all_of_this_is_asked_before_anything_is_broken() -> None:
    tasks = read("playbooks/drill.yml")[0]["tasks"]
    confirm = named(tasks, "Refuse to break anything without")
    (choice,) = [each for each in tasks if each.get(INCLUDE) == "tasks/drill_choice.yml"]
    (fault,) = [each for each in tasks if each.get(INCLUDE) == "tasks/drill_fault.yml"]

    assert tasks.index(choice) < tasks.index(confirm) < tasks.index(fault)
    assert "when" not in choice
    # A check breaks nothing, so it needs no word.
    assert confirm["when"] == fault["when"] == "not ansible_check_mode"
