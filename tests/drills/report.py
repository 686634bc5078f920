# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as people read them: on the terminal, and in docs/drills.md, which shows what tests/drills/results has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results")
PAGE = ROOT / "docs" / "drills.md"
BEGIN, END = "<!-- figures: written by tests/drills -->\n", "<!-- end of figures -->\n"
COLUMNS = (
    "requests",
    "failed",
    "longest_gap_s",
    "out_of_rotation_s",
    "capacity_back_s",
    "p99_ms",
    "left_behind",
    "passed",
)

Record = Mapping[str, Any]


def saved() -> list[Record]:
    """Return the records of the drills that passed, by name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))]


def table(records: Iterable[Record]) -> str:
    """Return a table for the terminal."""
    rows = [("drill", *COLUMNS), *(_row(record) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def figures(records: Sequence[Record]) -> str:
    """Return the part of the page that shows records."""
    lines = ["", f"| drill | {' | '.join(f'`{name}`' for name in COLUMNS)} |", "| --- " * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {' | '.join(_row(record))} |" for record in records]
    for record in records:
        name, machine = record["drill"], record["machine"]
        lines += [
            "",
            f"### {name}",
            "",
            f"`make drill DRILL={name}`, {machine['date']}, {machine['cores']} cores: {record['what']}.",
            "",
            *(f"- {text}" for text in record["conditions"]),
            *(f"- {key}: {value}" for key, value in record["figures"].items()),
            "",
            f"![{name}: replicas in rotation, requests and latency over time](../tests/drills/results/{name}.svg)",
        ]
    return "\n".join([*lines, "", ""])


def write_page() -> None:
    """Bring the page's figures in line with the records."""
    text = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{figures(saved())}{END}{after}", encoding="utf-8")


def _row(record: Record) -> tuple[str, ...]:
    return (record["drill"], *(_cell(record[key]) for key in COLUMNS))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "-" if value is None else str(value)
