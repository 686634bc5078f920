# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of the drills' records."""

from __future__ import annotations

from typing import Any

import report

RECORD: dict[str, Any] = {
    "drill": "one",
    "what": "something happens",
    "requests": 10,
    "failed": 0,
    "unserved": 0.012,
    "longest_gap_s": 0.5,
    "out_of_rotation_s": None,
    "capacity_back_s": 1.5,
    "p99_ms": 20.0,
    "left_behind": 0,
    "passed": True,
    "machine": {"cores": 2, "date": "2026-01-01"},
    "conditions": {"nothing failed": True},
    "figures": {"share": 0.1},
}


def test_table() -> None:
    rows = report.table([RECORD, {**RECORD, "drill": "another", "passed": False}]).splitlines()
    assert [row.split() for row in rows[1:]] == [
        ["one", "10", "0", "0.012", "0.5", "-", "1.5", "20.0", "0", "yes"],
        ["another", "10", "0", "0.012", "0.5", "-", "1.5", "20.0", "0", "NO"],
    ]
    assert len({row.index("0.5 ") for row in rows[1:]}) == 1


def test_page_has_figures_conditions_and_plot() -> None:
    text = "\n".join(report.figures([RECORD]))
    for part in (
        "| one | 10 | 0 | 0.012 | 0.5 | - |",
        "`make drill DRILL=one`",
        "- nothing failed",
        "- share: 0.1",
        "one.svg",
    ):
        assert part in text


def test_a_record_from_before_a_figure_does_without() -> None:
    old = {key: value for key, value in RECORD.items() if key != "unserved"}
    assert "| one | 10 | 0 | - | 0.5 | - |" in "\n".join(report.figures([old]))


def test_the_page_shows_the_records_that_are_there() -> None:
    assert report.PAGE.shows(report.figures(report.saved()))


def test_only_drills_that_passed_are_kept() -> None:
    for record in report.saved():
        assert record["passed"]
        assert all(record["conditions"].values())
        assert (report.RESULTS / f"{record['drill']}.svg").is_file()
