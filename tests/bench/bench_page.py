# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the benchmark as tables: for the terminal, and in docs/bench.md between its two marks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_records import CONTESTANTS
from pages import Page, markdown, terminal

RESULTS = Path(__file__).with_name("results.json")
PAGE = Page("bench", "tests/bench")
PLOTS = {"time.svg": "seconds by number of servers", "calls.svg": "requests by number of servers"}
COLUMNS = ("n", "hosts", "provider", "case", "contestant", "median_s", "runs", "api_calls")
KINDS = ("tokens", "discovery", "reads", "repeated_reads", "writes")
ENOUGH = 5  # runs
# Case, number of servers, whom we are compared with, and how many times its figure ours may be at most.
GOALS: tuple[tuple[str, int, str, float], ...] = (
    ("first", 3, "limit", 1.5),
    ("first", 3, "openstack.cloud", 1 / 3),
    ("rerun", 3, "limit", 3.0),
    ("rerun", 3, "openstack.cloud", 1 / 5),
    ("first", 100, "openstack.cloud", 1 / 10),
)

Record = Mapping[str, Any]


def saved() -> list[Record]:
    """Return the records of the results, in their order."""
    found: list[Record] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    return found


def table(records: Iterable[Record]) -> str:
    """Return a table for the terminal."""
    return terminal(COLUMNS, ([record[name] for name in COLUMNS] for record in records))


def figures(records: Sequence[Record]) -> list[str]:
    """Return the part of the page that shows records."""
    if not records:
        return ["Nothing has been measured yet."]
    dates = sorted({record["machine"]["date"] for record in records})
    cores = sorted({str(record["machine"]["cores"]) for record in records})
    loads = [load for record in records for load in record["loads"]]
    said = f"Measured from {dates[0]} to {dates[-1]} on {' and '.join(cores)} cores"
    said += f"; the load of the machine before a run was {min(loads)} to {max(loads)}." if loads else "."
    if min(record["runs"] for record in records) < ENOUGH:
        said += f" The median of fewer than {ENOUGH} `runs` is a first look, no result."
    rows = [
        [*(record[name] for name in COLUMNS), *(record.get("calls_by_kind", {}).get(name) for name in KINDS)]
        for record in records
    ]
    plots = [f"![{text}](../tests/bench/{name})" for name, text in PLOTS.items()]
    return [said, "", *markdown((*COLUMNS, *KINDS), rows), "", *goals(records), "", plots[0], "", plots[1]]


def goals(records: Sequence[Record]) -> list[str]:
    """Return how far the goals are met, as far as that was measured."""
    rows: list[tuple[Any, ...]] = []
    for case, n, other, most in GOALS:
        ratio = quotient(records, case, n, other)
        wanted = f"{case}, {n} servers: at most {most:.2f} times the time of {other}"
        rows.append((wanted, *((None, None) if ratio is None else (f"{ratio:.2f}", ratio <= most))))
    rows.append(("rerun: as many requests for any number of servers up to 100", *steady(records)))
    return markdown(("goal", "measured", "met"), rows)


def steady(records: Sequence[Record]) -> tuple[str | None, bool | None]:
    """Return what unchanged re-runs asked, and whether that is the same for any number of servers.

    Compared among hosts of the same kind: only on fake ones, servers are asked for in a zone, which is one request.
    """
    counts: dict[str, dict[int, int]] = {}
    for record in records:
        if is_re_run(record) and record["n"] <= 100:
            counts.setdefault(record["hosts"], {})[record["n"]] = record["api_calls"]
    shown = [f"{n}: {calls}" for found in counts.values() for n, calls in sorted(found.items())]
    compared = [len(set(found.values())) == 1 for found in counts.values() if len(found) > 1]
    return ", ".join(shown) or None, all(compared) if compared else None


def is_re_run(record: Record) -> bool:
    return bool(record["case"] == "rerun" and record["contestant"] == CONTESTANTS[0] and record["api_calls"])


def quotient(records: Sequence[Record], case: str, n: int, other: str) -> float | None:
    """Return how many times the other's seconds are ours, with the same provider and hosts."""
    times = {
        (record["hosts"], record["provider"], record["contestant"]): record["median_s"]
        for record in records
        if (record["case"], record["n"]) == (case, n) and record["median_s"] is not None
    }
    for (hosts, provider, contestant), seconds in times.items():
        if contestant == CONTESTANTS[0] and (against := times.get((hosts, provider, other))):
            return float(seconds / against)
    return None


def write_page() -> None:
    """Bring the page's figures in line with the results."""
    PAGE.renew(figures(saved()))
