# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was seen during a drill to its figures. Pure: no clock, no cloud. Moments are seconds since the epoch."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

VERY_LONG = 2.0
"""Seconds for an answer: no model of a drill takes a tenth of it, and who does not answer at all is given 10 s."""


@dataclass(frozen=True)
class Request:
    """One request as the load generator recorded it; `error` is empty when the right answer came."""

    start: float
    seconds: float
    status: int = 200
    version: str = ""
    error: str = ""

    @property
    def end(self) -> float:
        return self.start + self.seconds

    @property
    def failed(self) -> bool:
        return bool(self.error)


@dataclass(frozen=True)
class Rotation:
    """The replicas' addresses to which the balancer sent new requests at one moment."""

    at: float
    members: frozenset[str]


def read_requests(lines: Iterable[str]) -> list[Request]:
    """Read the records of load.py in the order in which the requests began; a last line without its end is left out."""
    found = [
        Request(float(row[0]), float(row[1]) / 1000, int(row[2]), row[3], row[4])
        for row in csv.reader(line for line in lines if line.endswith("\n"))
    ]
    return sorted(found, key=lambda request: request.start)


def longest_gap(requests: Sequence[Request]) -> float:
    """Return the longest time without a right answer, from the first request's start to the last one's end."""
    begin, end = outage(requests)
    return end - begin


def outage(requests: Sequence[Request]) -> tuple[float, float]:
    """Return when the longest time without a right answer began and ended."""
    if not requests:
        return 0.0, 0.0
    moments = sorted(request.end for request in requests if not request.failed)
    edges = [requests[0].start, *moments, max(request.end for request in requests)]
    return max(pairwise(edges), key=lambda edge: edge[1] - edge[0])


def percentile(requests: Sequence[Request], share: float) -> float | None:
    """Return the seconds within which this share of all requests ended, those that failed included (nearest rank)."""
    if not requests:
        return None
    ordered = sorted(request.seconds for request in requests)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def out_of_rotation(rotations: Sequence[Rotation], addresses: Collection[str], fault: float) -> float | None:
    """Return the moment from which none of the addresses got new requests until the end, or None if they still do."""
    gone: float | None = None
    for rotation in rotations:
        if rotation.at < fault:
            continue
        if rotation.members & set(addresses):
            gone = None
        elif gone is None:
            gone = rotation.at
    return gone


def first_without(rotations: Sequence[Rotation], address: str, since: float) -> float | None:
    """Return the first moment at which an address got no new requests, or None if it always did."""
    return next((seen.at for seen in rotations if seen.at >= since and address not in seen.members), None)


def capacity_back(rotations: Sequence[Rotation], wanted: int, since: float) -> float | None:
    """Return the moment from which at least `wanted` replicas got requests until the end, or None if too few do."""
    back: float | None = None
    for rotation in rotations:
        if rotation.at < since:
            continue
        if len(rotation.members) < wanted:
            back = None
        elif back is None:
            back = rotation.at
    return back


def restored(rotations: Sequence[Rotation], wanted: int, since: float) -> float | None:
    """Return capacity_back, or None if as many as wanted got requests all the time: nothing had to come back then."""
    lowest = fewest(rotations, since)
    return None if lowest is None or lowest >= wanted else capacity_back(rotations, wanted, since)


def longest_unseen(rotations: Sequence[Rotation], begin: float, end: float) -> float:
    """Return the longest time between two moments in which nobody said who is in rotation."""
    return max(after - before for before, after in pairwise([begin, *(seen.at for seen in rotations), end]))


def fewest(rotations: Sequence[Rotation], since: float, until: float = math.inf) -> int | None:
    """Return the smallest number of replicas in rotation between two moments."""
    counts = [len(rotation.members) for rotation in rotations if since <= rotation.at <= until]
    return min(counts, default=None)


def versions(requests: Iterable[Request], since: float = -math.inf, until: float = math.inf) -> dict[str, int]:
    """Count the right answers to requests that began between two moments, by the model's version."""
    return dict(
        Counter(request.version for request in requests if not request.failed and since <= request.start < until)
    )


def failures(requests: Iterable[Request], since: float = -math.inf) -> int:
    """Count the failed requests that began at a moment or later."""
    return sum(request.failed and request.start >= since for request in requests)


def unserved(requests: Sequence[Request], due: float) -> float | None:
    """Return the share of the requests that were due and got no right answer: they failed, or nobody sent them.

    A client that waits sends nothing, so those that failed are few where nobody is answered.
    """
    return max(1 - (len(requests) - failures(requests)) / due, 0.0) if due else None


def waited(requests: Sequence[Request], clients: int) -> float | None:
    """Return the share of their time that clients spent with requests that failed or took very long.

    Unlike what nobody sent, it does not grow where a busy machine makes every answer a little later.
    """
    if not requests or not clients:
        return None
    span = max(request.end for request in requests) - requests[0].start
    lost = sum(request.seconds for request in requests if request.failed or request.seconds > VERY_LONG)
    return lost / (clients * span) if span else None


def basics(requests: Sequence[Request], due: float) -> dict[str, Any]:
    """Return the figures that every drill has; `due` is how many requests there had to be."""
    p50, p99 = percentile(requests, 0.5), percentile(requests, 0.99)
    share = unserved(requests, due)
    duration = max((request.end for request in requests), default=0.0) - (requests[0].start if requests else 0.0)
    return {
        "requests": len(requests),
        "failed": failures(requests),
        "unserved": None if share is None else round(share, 4),
        "longest_gap_s": round(longest_gap(requests), 3),
        "p50_ms": None if p50 is None else round(p50 * 1000, 1),
        "p99_ms": None if p99 is None else round(p99 * 1000, 1),
        "rate_per_s": round(len(requests) / duration, 1) if duration else 0.0,
    }


def per_second(requests: Sequence[Request], rotations: Sequence[Rotation]) -> list[dict[str, Any]]:
    """Return a row for each second of the load: what began in it, and the fewest replicas in rotation during it."""
    if not requests:
        return []
    begin = requests[0].start
    begun: dict[int, list[Request]] = {}
    for request in requests:
        begun.setdefault(int(request.start - begin), []).append(request)
    serving: dict[int, int] = {}
    for rotation in rotations:
        second = math.floor(rotation.at - begin)
        serving[second] = min(serving.get(second, len(rotation.members)), len(rotation.members))
    return [_row(second, begun.get(second, []), serving.get(second)) for second in range(max(begun) + 1)]


def _row(second: int, requests: Sequence[Request], serving: int | None) -> dict[str, Any]:
    p50, longest = percentile(requests, 0.5), percentile(requests, 1.0)
    return {
        "second": second,
        "requests": len(requests),
        "failed": failures(requests),
        "p50_ms": None if p50 is None else round(p50 * 1000, 1),
        "max_ms": None if longest is None else round(longest * 1000, 1),
        "versions": versions(requests),
        "in_rotation": serving,
    }
