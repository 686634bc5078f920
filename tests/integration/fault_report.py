# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of `make faults` and `make interrupted` as tables in docs/faults.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fault_judge import KINDS
from pages import ROOT, Page, markdown

PAGE = Page("faults", "tests/integration")
RESULTS = Path(__file__).with_name("results")

Record = dict[str, Any]


def records(name: str) -> list[Record]:
    """Return the records of a file in tests/integration/results, none when it is not there."""
    path = RESULTS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def add(name: str, record: Record) -> None:
    """Append a record, without the path of this checkout that Ansible's messages have, and bring the page in line."""
    RESULTS.mkdir(exist_ok=True)
    line = json.dumps(record).replace(f"{ROOT}/", "")
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
        if record["failed_in"]:
            # A run ends with the fault that it could not get over, which is the last one it met.
            failed[record["faults"][-1]["kind"]] += 1
    rows = [(f"`{kind}`", what, met[kind], failed[kind]) for kind, what in KINDS.items()]
    total = ("all", "", sum(met.values()), sum(failed.values()))
    subjects = Counter((record["subject"], record["phase"]) for record in found)
    wrong = Counter((record["subject"], record["phase"]) for record in found if record["wrong"])
    rounds = [(subject, phase, count, wrong[subject, phase]) for (subject, phase), count in sorted(subjects.items())]
    return [
        *markdown(("fault", "what happens", "met", "runs that it ended"), [*rows, total]),
        "",
        *markdown(("subject", "phase", "rounds", "of them wrong"), rounds),
    ]


def interrupted(found: Sequence[Record]) -> list[str]:
    """How runs went after one that was killed."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in found:
        groups.setdefault((record["phase"], record["keeper"], record["provider"]), []).append(record)
    rows = []
    for what, inside in sorted(groups.items()):
        moments = [record["killed_after_s"] for record in inside]
        span = f"{min(moments):.0f} to {max(moments):.0f} s of {inside[-1]['undisturbed_s']:.0f} s"
        rows.append((*what, len(inside), span, sum(bool(record["wrong"]) for record in inside)))
    return markdown(("killed", "replicas", "balancer", "rounds", "moments", "of them wrong"), rows)


def figures() -> list[str]:
    """Return the part of the page that shows records."""
    return [*faults(records("faults")), "", *interrupted(records("interrupted"))]


def write_page() -> None:
    """Bring the page's figures in line with the records."""
    PAGE.renew(figures())
