# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clients noticed, from answers and looks."""

from __future__ import annotations

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils import _traffic_figures as traffic
from ansible_collections.model_serving.openstack.plugins.module_utils._traffic_figures import Answer, Look

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def good(start: float, seconds: float = 0.5) -> Answer:
    return Answer(start=start, seconds=seconds)


def bad(start: float, seconds: float = 0.5) -> Answer:
    return Answer(start=start, seconds=seconds, error="status 503")


def looks(*members: set[str]) -> list[Look]:
    return [Look(at=float(at), members=frozenset(each)) for at, each in enumerate(members)]


@pytest.mark.parametrize(
    ("answers", "gap"),
    [
        ([], 0.0),
        ([good(0), good(1), good(2)], 1.0),
        # A failure is no answer, however quickly it comes.
        ([good(0), bad(1), bad(2), good(3)], 3.0),
        ([good(0), bad(1, 10)], 10.5),
        ([bad(0, 3)], 3.0),
        # Answers come in another order than requests begin.
        ([good(1, 1), good(0, 5), good(2, 1)], 2.0),
    ],
)
def test_longest_gap(answers: list[Answer], gap: float) -> None:
    assert traffic.longest_gap(answers) == pytest.approx(gap)


@pytest.mark.parametrize(
    ("seen", "out", "back", "recovered"),
    [
        ([], None, None, False),
        # Before anything happens, two are in rotation and one of them is going to be lost.
        ([{A, B}, {A, B}], None, None, False),
        ([{A, B}, {B}, {B}], 1.0, None, False),
        ([{A, B}, {B}, {B, C}], 1.0, 2.0, False),
        ([{A, B}, {B}, {B, C}, {B, C}, {B, C}], 1.0, 2.0, True),
        # The new one came before the lost one was noticed.
        ([{A, B}, {A, B, C}, {B, C}, {B, C}, {B, C}], 2.0, 1.0, True),
        # The new one has the address of the lost one.
        ([{A, B}, {B}, {A, B}, {A, B}, {A, B}], 1.0, 2.0, True),
        # It came and went.
        ([{B, C}, {B, C}, {B}, {B, C}], 0.0, 3.0, False),
    ],
)
def test_moments(seen: list[set[str]], out: float | None, back: float | None, recovered: bool) -> None:
    found = looks(*seen)
    assert traffic.out_of_rotation(found, [A]) == out
    assert traffic.capacity_back(found, 2, [A]) == back
    assert traffic.recovered(found, 2, [A], settle=2) is recovered


@pytest.mark.parametrize("lost", [[A], []])
def test_what_was_never_missing_does_not_come_back(lost: list[str]) -> None:
    found = looks({A, B, C}, {A, B, C}, {B, C}, {B, C}, {B, C})
    assert traffic.capacity_back(found, 2, lost) is None
    assert traffic.recovered(found, 2, lost, settle=2)


def test_figures() -> None:
    found = traffic.figures([good(0, 0.1), good(1, 0.2), bad(2, 10), bad(3, 10)])

    assert (found["requests"], found["failed_requests"], found["errors"]) == (4, 2, ["status 503"])
    assert (found["p50_ms"], found["p99_ms"]) == (200.0, 10_000.0)
    assert traffic.figures([])["p99_ms"] is None
