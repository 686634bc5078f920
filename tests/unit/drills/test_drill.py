# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down about a drill."""

from __future__ import annotations

import drill
import hypervisors
import pytest
from api_down import SPARED, programs
from figures import Request, Rotation
from haproxy import Watch
from outcome import Outcome
from scene import Scene

OUTCOME = Outcome(figures={"share": 0.12345}, conditions={"all went well": True})


class Told(Watch):
    """Was without an answer for so long."""

    def __init__(self, seconds: float) -> None:
        super().__init__("lb")
        self._open = (0.0, seconds)


def test_record(stage: Scene) -> None:
    stage.requests, stage.due = [Request(100.0 + number / 10, 0.02, 200, "1") for number in range(95)], 100
    stage.rotations, stage.watch = [Rotation(100.0, frozenset("a"))], Told(0.5)
    record = drill.make_record("one", "something happens", stage, OUTCOME, "")
    assert record["passed"]
    assert (record["requests"], record["failed"], record["unserved"]) == (95, 0, 0.05)
    assert record["longest_unseen_s"] == 0.5
    assert list(record["conditions"]) == [
        "all went well",
        "who is in rotation was seen at least every 3 s",
        "nothing was left behind",
    ]


@pytest.mark.parametrize(
    ("seconds", "left", "error", "passed"),
    [(1.0, [], "", True), (4.0, [], "", False), (1.0, ["a port"], "", False), (1.0, [], "DrillError: x", False)],
)
def test_what_a_drill_does_not_pass_with(
    stage: Scene, seconds: float, left: list[str], error: str, passed: bool
) -> None:
    stage.watch, stage.left_behind = Told(seconds), left
    assert drill.make_record("one", "something happens", stage, OUTCOME, error)["passed"] is passed


def test_a_drill_that_came_to_no_traffic(stage: Scene) -> None:
    record = drill.make_record("one", "something happens", stage, Outcome({}, {}), "DrillError: no cloud")
    assert not record["passed"]
    assert record["unserved"] is record["longest_unseen_s"] is None


def test_the_text_of_api_down_names_what_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    described = [{"name": name, "stage": "balancer"} for name in ("octavia-worker", *SPARED)]
    monkeypatch.setattr(hypervisors, "described", lambda: {"programs": described})
    assert programs() == ["octavia-worker"]
    assert all(name in drill.DRILLS["api_down"][0] for name in SPARED)
