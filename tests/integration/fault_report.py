# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of `make faults` and `make interrupted` as tables in docs/faults.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fault_judge import KINDS
from pages import Page, markdown
from sources import ROOT, stamp

PAGE = Page("faults", "tests/integration")
RESULTS = Path(__file__).with_name("results")

Record = dict[str, Any]


def records(name: str) -> list[Record]:
    """Return the records of a file in tests/integration/results, none when it is not there."""
    path = RESULTS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def add(name: str, record: Record) -> None:
    """Append a record with its commit and day, and bring the page in line.

    What Ansible says has the path of this checkout in it, which is taken out.
    """
    RESULTS.mkdir(exist_ok=True)
    line = json.dumps({**record, **stamp()}).replace(f"{ROOT}/", "")
    with (RESULTS / f"{name}.jsonl").open("a", encoding="utf-8") as results:
        results.write(line + "\n")
    write_page()


def faults(found: Sequence[Record]) -> list[str]:
    """How runs went that met faults: by the kind of fault, and by what was done."""
    met: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for record in found:
        for fault in record["faults"]:
            met[fault["kind"]] += 1
        if record["failed_in"] and record["faults"]:
            # A run ends with the fault that it could not get over, which is the last one it met.
            failed[record["faults"][-1]["kind"]] += 1
    rows = [(f"`{kind}`", what, met[kind], failed[kind]) for kind, what in KINDS.items()]
    total = ("all", "", sum(met.values()), sum(failed.values()))
    subjects = Counter((record["subject"], record["phase"]) for record in found)
    wrong = Counter((record["subject"], record["phase"]) for record in found if record["wrong"])
    both = Counter((record["subject"], record["phase"]) for record in found if len(record["faults"]) > 1)
    none = Counter((record["subject"], record["phase"]) for record in found if not record["faults"])
    rounds = [(*what, count, both[what], none[what], wrong[what]) for what, count in sorted(subjects.items())]
    return [
        *markdown(("fault", "what happens", "met", "runs that it ended"), [*rows, total]),
        "",
        *markdown(("subject", "phase", "rounds", "met both faults", "met none", "of them wrong"), rounds),
    ]


def killed(record: Record) -> bool:
    """Return whether a run was killed: it was at some task, while one that had ended was at none."""
    return bool(record["at"])


def interrupted(found: Sequence[Record]) -> list[str]:
    """How runs went after one that was killed, or had ended before its moment came."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in found:
        groups.setdefault((record["phase"], record["keeper"], record["provider"]), []).append(record)
    rows: list[tuple[Any, ...]] = []
    for what, inside in sorted(groups.items()):
        moments = span(record["killed_after_s"] for record in inside if killed(record))
        rows.append((*what, *outcomes(inside), moments, span(record["undisturbed_s"] for record in inside)))
    rows.append(("all", "", "", *outcomes(found), "", ""))
    heads = (
        "phase",
        "replicas",
        "balancer",
        "rounds",
        "killed",
        "ended before",
        "of them wrong",
        "killed after",
        "undisturbed",
    )
    lines = markdown(heads, rows)
    if unknown := sum(not killed(record) and "exit_code" not in record for record in found):
        lines += ["", f"The exit codes of {unknown} of those that had ended before were not written down."]
    return lines


def outcomes(found: Sequence[Record]) -> tuple[int, int, int, int]:
    """Return how many rounds there were, how many of their runs were killed and were not, and what went wrong."""
    hit = sum(map(killed, found))
    return len(found), hit, len(found) - hit, sum(bool(record["wrong"]) for record in found)


def span(seconds: Iterable[float]) -> str | None:
    """Return the first and the last of some moments."""
    known = sorted(seconds)
    return f"{known[0]:.0f} to {known[-1]:.0f} s" if known else None


def figures() -> list[str]:
    """Return the part of the page that shows records."""
    return [*faults(records("faults")), "", *interrupted(records("interrupted"))]


def write_page() -> None:
    """Bring the page's figures in line with the records."""
    PAGE.renew(figures())
