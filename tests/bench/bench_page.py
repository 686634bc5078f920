# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the benchmark as tables: for the terminal, and in docs/bench.md between its two marks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_records import CONTESTANTS, ENOUGH, middle, ratios
from pages import Page, markdown, terminal

RESULTS = Path(__file__).with_name("results.json")
PAGE = Page("bench", "tests/bench")
PLOTS = {
    "time.svg": "times the seconds of the limit, by number of servers",
    "calls.svg": "requests by number of servers",
}
COLUMNS = (
    *("n", "hosts", "provider", "case", "contestant"),
    *("median_s", "late_s", "runs", "to_limit", "pings_s", "api_calls"),
)
KINDS = ("tokens", "discovery", "reads", "repeated_reads", "writes")
# Case, number of servers, whom we are compared with, and how many times its figure ours may be at most.
GOALS: tuple[tuple[str, int, str, float], ...] = (
    ("first", 3, "limit", 1.5),
    ("first", 3, "openstack.cloud", 1 / 3),
    ("rerun", 3, "limit", 3.0),
    ("rerun", 3, "openstack.cloud", 1 / 5),
    ("first", 100, "openstack.cloud", 1 / 10),
)
PEERS = ("openstack.cloud", "openstack.cloud async")

Record = Mapping[str, Any]


def saved() -> list[Record]:
    """Return the records of the results, in their order."""
    found: list[Record] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    return found


def table(records: Iterable[Record]) -> str:
    """Return a table for the terminal."""
    return terminal(COLUMNS, map(row, records))


def row(record: Record) -> list[Any]:
    """Return a line of a table."""
    return [record.get(name) for name in COLUMNS]


def figures(records: Sequence[Record]) -> list[str]:
    """Return the part of the page that shows records."""
    if not records:
        return ["Nothing has been measured yet."]
    dates = sorted({date for record in records for date in record["dates"]})
    cores = sorted({str(record["machine"]["cores"]) for record in records})
    loads = [load for record in records for load in record["loads"]]
    said = f"Measured from {dates[0]} to {dates[-1]} on {' and '.join(cores)} cores"
    said += f"; the load of the machine before a run was {min(loads)} to {max(loads)}." if loads else "."
    if min(record["runs"] for record in records) < ENOUGH:
        said += f" The median of fewer than {ENOUGH} `runs` is a first look, no result."
    said += " `late_s`: how many seconds after the command's end everything was in place, if that was more than one."
    said += " `to_limit`: the median of the rounds' ratios to the limit's time. `pings_s`: how long a playbook of four"
    said += " `ansible.builtin.ping` took before the rounds, where that was measured: how fast the machine was."
    rows = [[*row(record), *(record.get("calls_by_kind", {}).get(name) for name in KINDS)] for record in records]
    plots = [f"![{text}](../tests/bench/{name})" for name, text in PLOTS.items()]
    tables = [*markdown((*COLUMNS, *KINDS), rows), "", *goals(records), *unmeasured(records)]
    return [said, "", *tables, "", plots[0], "", plots[1]]


def goals(records: Sequence[Record]) -> list[str]:
    """Return how far the goals are met, as far as that was measured."""
    rows: list[tuple[Any, ...]] = []
    for case, n, other, most in GOALS:
        for others in [(other,), PEERS] if other in PEERS else [(other,)]:
            ratio = quotient(records, case, n, others)
            whose = other if len(others) == 1 else f"the faster of {' and '.join(others)}"
            wanted = f"{case}, {n} servers: at most {most:.2f} times the time of {whose}"
            rows.append((wanted, *((None, None) if ratio is None else (f"{ratio:.2f}", ratio <= most))))
    rows += steady(records)
    return markdown(("goal", "measured", "met"), rows)


def unmeasured(records: Sequence[Record]) -> list[str]:
    """Return the note about what only one of the peers was measured with."""
    measured = {
        peer: {(record["case"], record["n"]) for record in records if record["contestant"] == peer and record["runs"]}
        for peer in PEERS
    }
    notes = []
    for peer, other in (PEERS, PEERS[::-1]):
        if missing := measured[other] - measured[peer]:
            cases = ", ".join(f"{case} of {n}" for case, n in sorted(missing, key=lambda each: (each[1], each[0])))
            notes += ["", f"Not measured with {peer}, but with {other}: {cases}."]
    return notes


def steady(records: Sequence[Record]) -> list[tuple[str, str | None, bool | None]]:
    """Return whether unchanged re-runs ask as much for any number of servers, as far as numbers can be compared.

    That is among hosts of the same kind: only on fake ones, servers are asked for in a zone, which is one request.
    """
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for record in records:
        if is_re_run(record) and record["n"] <= 100:
            counts.setdefault((record["hosts"], record["provider"]), {})[record["n"]] = record["api_calls"]
    rows: list[tuple[str, str | None, bool | None]] = []
    for (hosts, provider), found in counts.items():
        if len(found) > 1:
            numbers = sorted(found)
            shown = ", ".join(f"{n}: {found[n]}" for n in numbers)
            where = f"{numbers[0]} to {numbers[-1]} servers on {hosts} hosts, {provider}"
            said = f"rerun, {where}: as many requests for each number"
            rows.append((said, shown, len(set(found.values())) == 1))
    return rows or [("rerun: as many requests for any number of servers up to 100", None, None)]


def is_re_run(record: Record) -> bool:
    return bool(record["case"] == "rerun" and record["contestant"] == CONTESTANTS[0] and record["api_calls"])


def quotient(records: Sequence[Record], case: str, n: int, others: Sequence[str]) -> float | None:
    """Return how many times the seconds of the fastest of others are ours, with the same provider and hosts."""
    for record in records:
        if (record["case"], record["n"], record["contestant"]) == (case, n, CONTESTANTS[0]):
            found = middle(ratios(records, record, others), 4)
            if found is not None:
                return found
    return None


def write_page() -> None:
    """Bring the page's figures in line with the results."""
    PAGE.renew(figures(saved()))
