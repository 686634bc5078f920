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

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
PAGE = HERE.parents[1] / "docs" / "bench.md"
BEGIN, END = "<!-- figures: written by tests/bench -->\n", "<!-- end of figures -->\n"
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


def terminal(records: Iterable[Record]) -> str:
    """Return a table for the terminal."""
    rows = [COLUMNS, *(tuple(cell(record[name]) for name in COLUMNS) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def figures(records: Sequence[Record]) -> str:
    """Return the part of the page that shows records."""
    if not records:
        return "\nNothing has been measured yet.\n\n"
    dates = sorted({record["machine"]["date"] for record in records})
    cores = sorted({str(record["machine"]["cores"]) for record in records})
    loads = [load for record in records for load in record["loads"]]
    lines = ["", f"Measured from {dates[0]} to {dates[-1]} on {' and '.join(cores)} cores"]
    lines[-1] += f"; the load of the machine before a run was {min(loads)} to {max(loads)}." if loads else "."
    if min(record["runs"] for record in records) < ENOUGH:
        lines[-1] += f" The median of fewer than {ENOUGH} `runs` is a first look, no result."
    lines += ["", f"| {' | '.join((*COLUMNS, *KINDS))} |", "| --- " * len((*COLUMNS, *KINDS)) + "|"]
    for record in records:
        kinds = record.get("calls_by_kind", {})
        cells = [*(cell(record[name]) for name in COLUMNS), *(cell(kinds.get(name)) for name in KINDS)]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *goals(records), ""]
    lines += [f"![{text}](../tests/bench/{name})\n" for name, text in PLOTS.items()]
    return "\n".join([*lines, ""])


def goals(records: Sequence[Record]) -> list[str]:
    """Return how far the goals are met, as far as that was measured."""
    lines = ["| goal | measured | met |", "| --- | --- | --- |"]
    for case, n, other, most in GOALS:
        ratio = quotient(records, case, n, other)
        wanted = f"{case}, {n} servers: at most {most:.2f} times the time of {other}"
        met = "-" if ratio is None else "yes" if ratio <= most else "NO"
        lines.append(f"| {wanted} | {'-' if ratio is None else f'{ratio:.2f}'} | {met} |")
    counts = {found["n"]: found["api_calls"] for found in records if is_re_run(found) and found["n"] <= 100}
    grows = "-" if len(counts) < 2 else "yes" if len(set(counts.values())) == 1 else "NO"
    shown = ", ".join(f"{n}: {calls}" for n, calls in sorted(counts.items())) or "-"
    lines.append(f"| rerun: as many requests for any number of servers up to 100 | {shown} | {grows} |")
    return lines


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


def cell(value: Any) -> str:
    return "-" if value is None else str(value)


def write_page() -> None:
    """Bring the page's figures in line with the results."""
    text = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{figures(saved())}{END}{after}", encoding="utf-8")
