# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the answers to requests, and looks at the members that get them, to what clients noticed. Pure.

Moments are seconds since the epoch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

FEW = 5
"""How many different errors are quoted."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How one request ended; C(error) is empty when it was answered as it should be."""

    start: float
    seconds: float
    error: str = ""

    @property
    def end(self) -> float:
        return self.start + self.seconds


@dataclass(frozen=True, kw_only=True)
class Look:
    """The addresses of the members that were in rotation at one moment."""

    at: float
    members: frozenset[str]


def longest_gap(answers: Sequence[Answer]) -> float:
    """Return the longest time without a good answer, from the first request's start to the last one's end."""
    if not answers:
        return 0.0
    begin, end = min(answer.start for answer in answers), max(answer.end for answer in answers)
    moments = [begin, *sorted(answer.end for answer in answers if not answer.error), end]
    return max(after - before for before, after in pairwise(moments))


def out_of_rotation(looks: Sequence[Look], lost: Collection[str]) -> float | None:
    """Return the moment from which none of C(lost) was in rotation; None if one still is."""
    return _since(looks, [not left for left in _left(looks, lost)])


def capacity_back(looks: Sequence[Look], wanted: int, lost: Collection[str]) -> float | None:
    """Return the moment from which C(wanted) members other than C(lost) were in rotation until the last look.

    None also when there were that many in every look: what was never missing did not come back.
    """
    enough = _enough(looks, wanted, lost)
    return None if all(enough) else _since(looks, enough)


def recovered(looks: Sequence[Look], wanted: int, lost: Collection[str], settle: float) -> bool:
    """Return whether the capacity has been there for C(settle) seconds, and C(lost) out of rotation."""
    there, out = _since(looks, _enough(looks, wanted, lost)), out_of_rotation(looks, lost)
    return there is not None and out is not None and looks[-1].at - max(there, out) >= settle


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return what the requests say, as the module returns it."""
    failed = [answer for answer in answers if answer.error]
    ordered = sorted(answer.seconds for answer in answers)
    return {
        "requests": len(answers),
        "failed_requests": len(failed),
        "longest_gap_s": round(longest_gap(answers), 3),
        "p50_ms": _percentile(ordered, 0.5),
        "p99_ms": _percentile(ordered, 0.99),
        "errors": list(dict.fromkeys(answer.error for answer in failed))[:FEW],
    }


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """Return the milliseconds within which this share of the requests ended (nearest rank)."""
    return round(1000 * ordered[max(math.ceil(share * len(ordered)) - 1, 0)], 1) if ordered else None


def _enough(looks: Sequence[Look], wanted: int, lost: Collection[str]) -> list[bool]:
    return [len(look.members - left) >= wanted for look, left in zip(looks, _left(looks, lost), strict=True)]


def _left(looks: Sequence[Look], lost: Collection[str]) -> Iterator[set[str]]:
    """Yield which of C(lost) had not left by each look. Whoever serves under the address later is another one."""
    left = set(lost)
    for look in looks:
        left = left & look.members
        yield left


def _since(looks: Sequence[Look], held: Sequence[bool]) -> float | None:
    """Return the moment of the first look of those at the end for which something held."""
    since: float | None = None
    for look, each in zip(looks, held, strict=True):
        since = (look.at if since is None else since) if each else None
    return since
