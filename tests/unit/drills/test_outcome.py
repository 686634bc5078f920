# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of a drill: that the fault was one, and that what was not seen or sent does not count as well."""

from __future__ import annotations

from pathlib import Path

import heal
import no_room
import one_replica
import pytest
import rolling
from figures import Request, Rotation
from outcome import mostly_served
from runs import Run
from scene import Scene
from strikes import Hit

from .rotations import A, B, C, seen

ALL = {A, B, C}
HIT = Hit("server", "instance", A, at=10.0, process=77)


def requests(right: int, failed: int, late: int = 0, seconds: float = 10.0) -> list[Request]:
    """Return requests over 100 seconds, of which the last ones fail or are answered late."""
    bad = [Request(100 - seconds, seconds, 0, "", "timed out")] * failed + [Request(100 - seconds, seconds)] * late
    return [Request(number * 99 / max(right, 1), 0.1, 200, "1") for number in range(right)] + bad


@pytest.mark.parametrize(
    ("right", "failed", "late", "seconds", "held"),
    [
        (1000, 0, 0, 10.0, [True, True]),
        (995, 5, 0, 10.0, [True, True]),
        (980, 20, 0, 0.1, [False, True]),
        # Clients that wait send nothing: few failed, although nobody was answered for as long as a tenth of the time.
        (10000, 40, 0, 10.0, [True, False]),
        (10000, 0, 40, 9.0, [True, False]),
        # A busy machine: everything a little later.
        (10000, 0, 1000, 1.5, [True, True]),
        (0, 40, 0, 10.0, [False, False]),
        (0, 0, 0, 10.0, [False, False]),
    ],
)
def test_mostly_served(right: int, failed: int, late: int, seconds: float, held: list[bool]) -> None:
    assert list(mostly_served(requests(right, failed, late, seconds), clients=40).values()) == held


def killed(stage: Scene, *, process: bool, rotations: list[Rotation]) -> tuple[float | None, list[str]]:
    """Return capacity_back_s of a killed process, and what does not hold."""
    stage.requests, stage.clients, stage.rotations = requests(1000, 0), 40, rotations
    outcome = one_replica.judge_killed(stage, HIT, 12.0, {"process": process, "replica": False})
    return outcome.capacity_back_s, [text for text, holds in outcome.conditions.items() if not holds]


def test_a_process_that_was_not_killed(stage: Scene) -> None:
    steady = seen((9, ALL), (10.15, ALL), (12, ALL))
    assert killed(stage, process=False, rotations=steady) == (None, ["another process of the model server took over"])
    assert killed(stage, process=True, rotations=steady) == (None, [])


def test_a_process_whose_replica_left_the_rotation_and_came_back(stage: Scene) -> None:
    assert killed(stage, process=True, rotations=seen((9, ALL), (11, {B, C}), (13, ALL))) == (3.0, [])


@pytest.mark.parametrize(
    ("after", "wrong"),
    [
        ({"new", "b", "c"}, []),
        ({"server", "b", "c"}, ["only the broken replica was replaced"]),
        ({"new", "another", "c"}, ["only the broken replica was replaced"]),
        ({"new", "b", "c", "another"}, ["there are 3 servers"]),
    ],
)
def test_a_replica_for_which_there_was_no_room(stage: Scene, tmp_path: Path, after: set[str], wrong: list[str]) -> None:
    new = {"10.0.0.4", B, C}
    stage.requests, stage.clients = requests(1000, 0), 40
    # The cloud may do it by itself, before site.yml begins.
    stage.rotations = seen((9, ALL), (14, {B, C}), (30, new), (50, new))
    before = {HIT.server, "b", "c"}
    found = no_room.Seen({"before": before, "with room": {"new", "b", "c"}, "after": after}, {"after": 0})
    outcome = no_room.judge(stage, HIT, Run(0, 40.0, 45.0, tmp_path), found)
    assert [text for text, holds in outcome.conditions.items() if not holds] == wrong
    assert (outcome.out_of_rotation_s, outcome.capacity_back_s) == (4.0, 20.0)
    assert (outcome.figures["replaced_before_site"], outcome.figures["failed_stacks"]) == (1, {"after": 0})


@pytest.mark.parametrize(
    ("rotations", "out", "held"),
    [
        ([(9, ALL), (14, {A}), (15, set()), (40, {A}), (41, ALL)], 5.0, True),
        # Octavia did not do what the monitor asks for.
        ([(9, ALL), (14, ALL), (41, ALL)], None, False),
        ([(9, ALL), (14, {A}), (41, ALL)], None, False),
    ],
)
def test_the_wrong_monitor(
    stage: Scene, tmp_path: Path, rotations: list[tuple[float, set[str]]], out: float | None, held: bool
) -> None:
    stage.rotations = seen(*rotations)
    outcome = heal.judge_limit(stage, 10.0, Run(0, 30.0, 42.0, tmp_path), (ALL, ALL, ALL))
    assert outcome.out_of_rotation_s == out
    assert outcome.conditions.pop("the monitor took every replica out of the rotation") is held
    assert all(outcome.conditions.values())


@pytest.mark.parametrize(
    ("rotations", "back", "held"),
    [
        ([(9, ALL), (10.1, ALL), (20, ALL)], None, True),
        ([(9, {A, B}), (10.1, ALL), (20, ALL)], None, True),
        ([(9, ALL), (15, {A, B}), (20, ALL)], 10.0, False),
        ([(9, ALL), (15, {A, B})], None, False),
        ([(9, ALL)], None, False),
    ],
)
def test_capacity_that_a_broken_version_never_cost(
    stage: Scene, tmp_path: Path, rotations: list[tuple[float, set[str]]], back: float | None, held: bool
) -> None:
    (tmp_path / "log").write_text("The update was rolled back", encoding="utf-8")
    stage.requests, stage.rotations = requests(rolling.AT_LEAST, 0), seen(*rotations)
    outcome = rolling.judge_broken(stage, 10.0, Run(2, 10.0, 30.0, tmp_path / "log"), "rolled back", (ALL, ALL))
    assert outcome.capacity_back_s == back
    assert outcome.conditions.pop("never fewer than 3 replicas in rotation") is held
    assert all(outcome.conditions.values())
