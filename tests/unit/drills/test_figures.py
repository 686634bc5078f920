# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was seen during a drill to its figures."""

from __future__ import annotations

import figures
import pytest
from figures import Request

from .rotations import A, B, C, seen


def good(start: float, seconds: float = 0.1, version: str = "1") -> Request:
    return Request(start, seconds, 200, version)


def bad(start: float, seconds: float = 0.1) -> Request:
    return Request(start, seconds, 0, "", "reset")


def test_records_are_read_in_the_order_of_their_starts() -> None:
    lines = ["12.5,30.0,200,2,\n", '11.0,10000.0,0,,"timed out, after 10 s"\n', "13.0,1.0,2"]
    assert figures.read_requests(lines) == [
        Request(11.0, 10.0, 0, "", "timed out, after 10 s"),
        Request(12.5, 0.03, 200, "2", ""),
    ]


@pytest.mark.parametrize(
    ("requests", "gap"),
    [
        ([], 0.0),
        ([good(0, 1)], 1.0),
        ([good(0, 1), good(1, 0.5), good(2, 0.5)], 1.0),
        # A failure is no answer, however quickly it comes.
        ([good(0, 1), bad(2), bad(3), good(4, 1)], 4.0),
        # At the end, nobody was answered any more.
        ([good(0, 1), bad(2, 10)], 11.0),
        ([bad(0, 3)], 3.0),
        # Overlapping: an answer that began late can come early.
        ([good(0, 5), good(1, 1), good(2, 1)], 2.0),
    ],
)
def test_longest_gap(requests: list[Request], gap: float) -> None:
    assert figures.longest_gap(requests) == pytest.approx(gap)


def test_outage_is_from_the_last_right_answer_to_the_next() -> None:
    assert figures.outage([good(0, 1), bad(2), bad(3), good(4, 1), good(6, 1)]) == (1, 5)


def test_first_without_need_not_last() -> None:
    rotations = seen((0, {A, B}), (1, {A, B}), (2, {B}), (3, {A, B}))
    assert figures.first_without(rotations, A, 1) == 2
    assert figures.first_without(rotations, A, 3) is None


@pytest.mark.parametrize(
    ("count", "share", "expected"), [(100, 0.99, 99), (100, 1.0, 100), (1, 0.99, 1), (200, 0.99, 198), (3, 0.5, 2)]
)
def test_percentile_is_the_nearest_rank(count: int, share: float, expected: float) -> None:
    assert figures.percentile([good(0, float(second)) for second in range(count, 0, -1)], share) == expected


def test_percentile_of_nothing() -> None:
    assert figures.percentile([], 0.99) is None


@pytest.mark.parametrize(
    ("rotations", "moment"),
    [
        ([(1, {A, B}), (5, {A}), (6, {A})], 5),
        ([(1, {A, B}), (5, {A}), (6, {A, B}), (8, {A})], 8),
        ([(1, {A, B}), (5, {A}), (6, {A, B})], None),
        # What was so before the fault is no effect of it.
        ([(1, {A}), (5, {A})], 5),
        ([(1, {A, B})], None),
    ],
)
def test_out_of_rotation(rotations: list[tuple[float, set[str]]], moment: float | None) -> None:
    assert figures.out_of_rotation(seen(*rotations), {B}, fault=2) == moment


def test_out_of_rotation_are_several_when_the_last_one_is() -> None:
    assert figures.out_of_rotation(seen((1, {A, B, C}), (3, {A, B}), (4, {A})), {B, C}, fault=2) == 4


@pytest.mark.parametrize(
    ("rotations", "moment"),
    [
        ([(3, {A}), (5, {A, B})], 5),
        ([(3, {A}), (5, {A, B}), (6, {A}), (7, {A, C})], 7),
        ([(3, {A}), (5, {A, B}), (6, {A})], None),
        ([(1, {A, B}), (3, {A})], None),
    ],
)
def test_capacity_back(rotations: list[tuple[float, set[str]]], moment: float | None) -> None:
    assert figures.capacity_back(seen(*rotations), 2, since=2) == moment


def test_fewest() -> None:
    rotations = seen((1, set()), (2, {A, B}), (3, {A}), (4, {A, B}), (9, set()))
    assert figures.fewest(rotations, 2, 8) == 1
    assert figures.fewest(rotations, 20) is None


def test_versions_and_failures_count_by_start() -> None:
    requests = [good(1), good(2), bad(3), good(4, version="2"), bad(5)]
    assert figures.versions(requests) == {"1": 2, "2": 1}
    assert figures.versions(requests, since=2, until=4) == {"1": 1}
    assert figures.failures(requests) == 2
    assert figures.failures(requests, since=3.5) == 1


@pytest.mark.parametrize(
    ("rotations", "moment"),
    [
        ([(3, {A, B}), (5, {A}), (6, {A, C})], 6),
        ([(3, {A, B}), (5, {A})], None),
        # What was never lost did not come back: the first look after the fault is no recovery.
        ([(1, {A}), (3, {A, B}), (5, {A, B})], None),
        ([(1, {A})], None),
    ],
)
def test_restored(rotations: list[tuple[float, set[str]]], moment: float | None) -> None:
    assert figures.restored(seen(*rotations), 2, since=2) == moment


def test_longest_unseen_is_from_the_beginning_to_the_end() -> None:
    rotations = seen((1, {A}), (1.5, {A}), (3.5, {A}))
    assert figures.longest_unseen(rotations, 0.5, 4) == 2
    assert figures.longest_unseen(rotations, -3, 4) == 4
    assert figures.longest_unseen(rotations, 0.5, 9) == 5.5
    assert figures.longest_unseen([], 2, 9) == 7


def test_unserved_counts_what_nobody_sent() -> None:
    # 40 clients ask 220 times a second; from 10 to 50 each has a request that fails after 10 s, four times.
    answered = [good(moment / 220) for moment in range(220 * 114) if not 10 <= moment / 220 < 50]
    waiting = [bad(10.0 + 10 * turn, 10) for turn in range(4) for _client in range(40)]
    assert figures.failures(waiting) < 0.01 * (len(answered) + len(waiting))
    assert figures.unserved(answered + waiting, 220 * 114) == pytest.approx(40 / 114, abs=0.001)
    # More than was due, by what clients sent when they were told to end.
    assert figures.unserved(answered, len(answered) - 1) == 0
    assert figures.unserved([], 0) is None


def test_basics() -> None:
    found = figures.basics([good(float(second), 0.02) for second in range(99)] + [bad(99.0, 1.0)], 110)
    assert found == {
        "requests": 100,
        "failed": 1,
        "unserved": 0.1,
        "longest_gap_s": 1.98,
        "p50_ms": 20.0,
        "p99_ms": 20.0,
        "rate_per_s": 1.0,
    }
    assert figures.basics([], 0)["requests"] == 0
    assert figures.basics([], 0)["unserved"] is None


def test_rows_of_seconds() -> None:
    requests = [good(10.0), good(10.9, 0.5, version="2"), bad(12.2)]
    rows = figures.per_second(requests, seen((9.0, {A, B}), (10.1, {A, B}), (10.6, {A}), (12.9, {A, B})))
    assert [row["requests"] for row in rows] == [2, 0, 1]
    assert [row["failed"] for row in rows] == [0, 0, 1]
    assert [row["in_rotation"] for row in rows] == [1, None, 2]
    assert rows[0]["versions"] == {"1": 1, "2": 1}
    assert (rows[0]["max_ms"], rows[1]["max_ms"]) == (500.0, None)
    assert figures.per_second([], []) == []
