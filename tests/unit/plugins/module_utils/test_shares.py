# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._shares import (
    MAX_WEIGHT,
    member_weights,
    share_error,
)


@pytest.mark.parametrize(
    ("fleets", "weights"),
    [
        ([(9, 3), (1, 1)], [3, 1]),
        ([(9, 4), (1, 1)], [9, 4]),
        ([(9, 3), (1, 2)], [6, 1]),
        ([(1, 3)], [1]),
        ([(90, 3), (10, 1)], [3, 1]),
        ([(1, 1), (1, 3)], [3, 1]),
        ([(5, 5), (3, 3), (2, 2)], [1, 1, 1]),
        ([(1, 0), (1, 2)], [0, 1]),
        ([(0, 3), (1, 1)], [0, 1]),
        ([(0, 3)], [0]),
        ([], []),
        ([(256, 1), (1, 1)], [256, 1]),
        # Not to be written with 256: the smallest weight is kept above 0, where the member would be drained.
        ([(10_000, 1), (1, 1)], [256, 1]),
    ],
)
def test_weights(fleets: list[tuple[int, int]], weights: list[int]) -> None:
    assert member_weights(fleets) == weights


COUNTS = (1, 2, 3, 7, 10, 53, 100)
SHARES = (1, 2, 3, 9, 50, 97)
PAIRS = list(itertools.product(itertools.product(SHARES, COUNTS), repeat=2))
TRIPLES = [(*pair, (5, 11)) for pair in PAIRS[::7]]


def test_error_of_rounding_is_bounded() -> None:
    judged = 0
    for fleets in [*PAIRS[::5], *TRIPLES[::5]]:
        weights = member_weights(fleets)
        assert all(1 <= weight <= MAX_WEIGHT for weight in weights)
        ratios = [Fraction(share, count) for share, count in fleets]
        highest = max(ratios) / min(ratios)
        if highest < MAX_WEIGHT:
            judged += 1
            assert share_error(fleets, weights) <= 2 * highest / (512 - highest), fleets
    assert judged > len(PAIRS) / 10


def test_what_fits_is_exact() -> None:
    for share, replicas in itertools.product(range(1, 17), repeat=2):
        assert share_error([(share, replicas), (1, 1)], member_weights([(share, replicas), (1, 1)])) == 0


def test_error_is_relative_to_the_fleet() -> None:
    assert share_error([(9, 3), (1, 1)], [1, 1]) == Fraction(3, 2)
    assert share_error([(1, 1), (1, 1)], [3, 1]) == Fraction(1, 2)
    assert share_error([(1, 1)], [0]) == 0
