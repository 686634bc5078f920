# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From shares of requests to weights of members. Pure.

Octavia knows weights of members, whole numbers up to 256, and a member gets requests in proportion to its weight among
those of its pool. A fleet's share is divided among its replicas, so weights depend on how many replicas each fleet of
the pool has.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_WEIGHT = 256


def member_weights(fleets: Sequence[tuple[int, int]]) -> list[int]:
    """Return the weight of each member of each fleet.

    The weights are exact if 256 allows it. Else they are those with the smallest error. If no replica shall get more
    than R times the requests of another (R < 256), each fleet's part of the requests is at most 2R / (512 - R) of
    itself away from what was asked: 0.4 % for equal replicas, 4 % for R = 10. A share above 0 never becomes weight 0,
    which would drain the members.

    :param fleets: share and number of replicas of each fleet; a share says nothing without replicas
    """
    ratios = [Fraction(share, count) if count else Fraction(0) for share, count in fleets]
    highest = max(ratios, default=Fraction(0))
    if not highest:
        return [0] * len(ratios)
    exact = _exact(ratios)
    if max(exact) <= MAX_WEIGHT:
        return exact
    scaled = ([_nearest(ratio * top / highest) for ratio in ratios] for top in range(1, MAX_WEIGHT + 1))
    return min(scaled, key=lambda weights: share_error(fleets, weights))


def _exact(ratios: Sequence[Fraction]) -> list[int]:
    """Return the smallest whole numbers in these proportions."""
    scale = lcm(*(ratio.denominator for ratio in ratios))
    numbers = [int(ratio * scale) for ratio in ratios]
    common = gcd(*numbers)
    return [number // common for number in numbers]


def _nearest(value: Fraction) -> int:
    return max(1, int(value + Fraction(1, 2))) if value else 0


def share_error(fleets: Sequence[tuple[int, int]], weights: Sequence[int]) -> Fraction:
    """Return by how much of itself a fleet's part of the requests differs at most from what was asked."""
    asked = sum(share for share, count in fleets if count)
    given = sum(count * weight for (_share, count), weight in zip(fleets, weights, strict=True))
    if not asked or not given:
        return Fraction(0)
    errors = [
        abs(Fraction(count * weight, given) / Fraction(share, asked) - 1)
        for (share, count), weight in zip(fleets, weights, strict=True)
        if share and count
    ]
    return max(errors, default=Fraction(0))
