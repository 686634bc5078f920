# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as people read them: on the terminal, and in docs/drills.md, which shows what tests/drills/results has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pages import Page, markdown, terminal

RESULTS = Path(__file__).with_name("results")
PAGE = Page("drills", "tests/drills")
COLUMNS = (
    "requests",
    "failed",
    "unserved",
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


def save(path: Path, record: Record) -> None:
    """Write a record as JSON that people can read: one line for each second."""
    series = record.get("per_second", [])
    text = json.dumps({**record, "per_second": "SERIES"}, indent=2, ensure_ascii=False)
    rows = ",\n".join(f"    {json.dumps(row)}" for row in series)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace('"SERIES"', f"[\n{rows}\n  ]") + "\n", encoding="utf-8")


def table(records: Iterable[Record]) -> str:
    """Return a table for the terminal."""
    return terminal(("drill", *COLUMNS), map(_row, records))


def figures(records: Sequence[Record]) -> list[str]:
    """Return the part of the page that shows records."""
    lines = markdown(("drill", *(f"`{name}`" for name in COLUMNS)), map(_row, records))
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
    return lines


def write_page() -> None:
    """Bring the page's figures in line with the records."""
    PAGE.renew(figures(saved()))


def _row(record: Record) -> tuple[Any, ...]:
    return (record["drill"], *(record.get(key) for key in COLUMNS))
