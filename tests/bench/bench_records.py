# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was measured to the records of the results. Pure: no clock, no cloud."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

CASES = ("first", "rerun", "change", "add_one")
CONTESTANTS = ("ours", "openstack.cloud", "openstack.cloud async", "limit")

# Newest rounds that count; the median of fewer is a first look.
ENOUGH = 5
# Seconds that the API may be behind what it told a contestant.
PUNCTUAL = 1.0

Record = dict[str, Any]
Call = tuple[str, str, str]
"""Service, method, path with query."""


def is_discovery(path: str) -> bool:
    """Tell whether a path is a service's list of versions, or one of them."""
    return path.partition("?")[0].strip("/").count("/") == 0


def tally(calls: Sequence[Call]) -> dict[str, Any]:
    """Count calls by service, and by what they are for; a read that was made before in the same run is a repetition."""
    kinds: Counter[str] = Counter()
    seen: set[Call] = set()
    for call in calls:
        method, path = call[1:]
        if path.endswith("/auth/tokens"):
            kind = "tokens"
        elif method not in ("GET", "HEAD"):
            kind = "writes"
        elif is_discovery(path):
            kind = "discovery"
        else:
            kind = "repeated_reads" if call in seen else "reads"
            seen.add(call)
        kinds[kind] += 1
    names = ("tokens", "discovery", "reads", "repeated_reads", "writes")
    services = Counter(call[0] for call in calls)
    return {
        "api_calls": len(calls),
        "calls_by_kind": {name: kinds[name] for name in names},
        "calls_by_service": dict(sorted(services.items())),
    }


def key(measured: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what sets a record apart, in the order of the table."""
    return (
        measured["n"],
        measured["hosts"],
        measured["provider"],
        CASES.index(measured["case"]),
        CONTESTANTS.index(measured["contestant"]),
    )


def summary(measured: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Return one record for each kind of measurement: the newest timed rounds, and the calls of the last counted one.

    Rounds are in the order of their names, which begin with the date.
    """
    records = []
    for found, group in groupby(sorted(measured, key=key), key=key):
        runs = sorted(group, key=lambda run: str(run["round"]))
        timed = [run for run in runs if run["calls"] is None][-ENOUGH:]
        counted = [run for run in runs if run["calls"] is not None][-1:]
        times = [run["seconds"] for run in timed]
        records.append(
            {
                "n": found[0],
                "case": CASES[found[3]],
                "contestant": CONTESTANTS[found[4]],
                "hosts": found[1],
                "provider": found[2],
                "median_s": round(statistics.median(times), 2) if times else None,
                "late_s": late(known(run["settled_s"] for run in timed)),
                "runs": len(times),
                "rounds": [run["round"] for run in timed],
                "times_s": times,
                "settled_s": [run["settled_s"] for run in timed],
                "pings_s": middle(known(run["pings_s"] for run in timed)),
                "api_calls": None,
                **(counted[0]["calls"] if counted else {}),
                "machine": runs[-1]["machine"],
                "commits": sorted(set(known(run["machine"].get("commit") for run in (*timed, *counted)))),
                "dates": sorted(set(known(run["machine"].get("date") for run in (*timed, *counted)))),
                "loads": [run["load"] for run in timed],
            }
        )
    for record in records:
        record["to_limit"] = middle(ratios(records, record, CONTESTANTS[-1:]), 2)
    return records


def ratios(records: Iterable[Mapping[str, Any]], record: Mapping[str, Any], others: Sequence[str]) -> list[float]:
    """Return how many times the seconds of the fastest of others those of a record are, for each round of all of them.

    Contestants take turns within a round. So a ratio means something although the machine is faster in another round.
    """
    same = {each["contestant"]: finished(each) for each in records if key(each)[:-1] == key(record)[:-1]}
    against = [same.get(other, {}) for other in others]
    return [
        seconds / min(each[name] for each in against)
        for name, seconds in finished(record).items()
        if all(name in each for each in against)
    ]


def finished(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the seconds until everything was in place, by the names of rounds, whatever the command thought of it."""
    runs = zip(record["rounds"], record["times_s"], record["settled_s"], strict=True)
    return {name: seconds + (late(known([settled])) or 0.0) for name, seconds, settled in runs}


def middle(values: Sequence[float], digits: int = 1) -> float | None:
    """Return the median, if there is any value."""
    return round(statistics.median(values), digits) if values else None


def late(settled: Sequence[float]) -> float | None:
    """Return how many seconds after the command's end everything was in place, if that is worth telling."""
    median = statistics.median(settled) if settled else 0.0
    return round(median, 1) if median > PUNCTUAL else None


def known(values: Iterable[Any]) -> list[Any]:
    """Return the values there are."""
    return [value for value in values if value is not None]
