# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of records, and the pages that have them."""

from __future__ import annotations

from pathlib import Path

import fault_report
import pages
import pytest


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pages.Page:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    return pages.Page("bench", "tests/bench")


def test_figures_are_replaced_and_the_rest_stays(page: pages.Page) -> None:
    page.path.write_text(f"# Bench\n\n{page.begin}\nold\n\n{pages.END}\nAfter.\n", encoding="utf-8")
    page.renew(["new", "figures"])
    assert page.path.read_text(encoding="utf-8") == (f"# Bench\n\n{page.begin}\nnew\nfigures\n\n{pages.END}\nAfter.\n")
    assert page.shows(["new", "figures"])
    assert not page.shows(["new"])


def test_a_page_without_marks_is_not_written(page: pages.Page) -> None:
    page.path.write_text("# Bench\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unpack"):
        page.renew(["new"])
    assert page.path.read_text(encoding="utf-8") == "# Bench\n"


def test_tables() -> None:
    heads, rows = ("name", "s", "met"), [("first", 1.5, True), ("x", None, False)]
    assert pages.markdown(heads, rows) == [
        "| name | s | met |",
        "| --- | --- | --- |",
        "| first | 1.5 | yes |",
        "| x | - | NO |",
    ]
    assert pages.terminal(heads, rows).splitlines() == ["name   s    met", "first  1.5  yes", "x      -    NO"]


def test_the_page_of_faults_shows_the_records_that_are_there() -> None:
    assert fault_report.PAGE.shows(fault_report.figures())
