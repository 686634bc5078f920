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
    """Return one record for each kind of measurement: the median of timed runs, the calls of the last counted one.

    Runs of a contestant with other code than that of the last one are left out; runs that do not say it have one code.
    """
    records = []
    for found, group in groupby(sorted(measured, key=key), key=key):
        runs = list(group)
        runs = [run for run in runs if run.get("code") == runs[-1].get("code")]
        times = [run["seconds"] for run in runs if run["calls"] is None]
        counted = [run["calls"] for run in runs if run["calls"] is not None]
        first = runs[0]
        records.append(
            {
                "n": first["n"],
                "case": CASES[found[3]],
                "contestant": CONTESTANTS[found[4]],
                "hosts": first["hosts"],
                "provider": first["provider"],
                "median_s": round(statistics.median(times), 2) if times else None,
                "late_s": late(run["settled_s"] for run in runs if run["calls"] is None and "settled_s" in run),
                "runs": len(times),
                "times_s": times,
                "api_calls": None,
                **(counted[-1] if counted else {}),
                "machine": runs[-1]["machine"],
                "code": first.get("code"),
                "commits": known(run["machine"].get("commit") for run in runs),
                "dates": known(run["machine"].get("date") for run in runs),
                "loads": [run["load"] for run in runs if run["calls"] is None],
            }
        )
    return records


def late(settled: Iterable[float]) -> float | None:
    """Return how many seconds after the command's end all was as it shall be, if that is worth telling."""
    waits = list(settled)
    median = statistics.median(waits) if waits else 0.0
    return round(median, 1) if median > PUNCTUAL else None


def known(values: Iterable[str | None]) -> list[str]:
    """Return all different values there are, in order."""
    return sorted({value for value in values if value})


def merged(kept: Iterable[Record], new: Iterable[Record]) -> list[Record]:
    """Return the results with new records in the place of old ones about the same."""
    return [found for place, found in sorted({key(record): record for record in (*kept, *new)}.items())]
