# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of docs that show records: what a program of tests writes between two marks, and tables for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources import ROOT

END = "<!-- end of figures -->\n"


@dataclass(frozen=True)
class Page:
    """A page in docs.

    :ivar name: of the page, without the suffix
    :ivar writer: the folder of the program that writes the figures
    """

    name: str
    writer: str

    @property
    def path(self) -> Path:
        return ROOT / "docs" / f"{self.name}.md"

    @property
    def begin(self) -> str:
        return f"<!-- figures: written by {self.writer} -->\n"

    def renew(self, figures: Sequence[str]) -> None:
        """Bring the page in line: put the lines of the figures between the two marks.

        :raises ValueError: the page does not have each mark once
        """
        before, rest = self.path.read_text(encoding="utf-8").split(self.begin)
        _old, after = rest.split(END)
        self.path.write_text(before + self.part(figures) + after, encoding="utf-8")

    def part(self, figures: Sequence[str]) -> str:
        """Return what the page has from mark to mark."""
        return "\n".join([self.begin, *figures, "", END])

    def shows(self, figures: Sequence[str]) -> bool:
        """Return whether the page has these figures."""
        return self.part(figures) in self.path.read_text(encoding="utf-8")


def markdown(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    return [*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def terminal(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table for the terminal."""
    lines = [tuple(heads), *(tuple(map(cell, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def cell(value: Any) -> str:
    """Return a value as tables show it."""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "-" if value is None else str(value)
