# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of bugs that others have names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "peer-bugs.md"

if not TABLE.exists():
    pytest.skip("an installed collection has no docs", allow_module_level=True)

NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_is_there(path: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_every_bug_has_a_row() -> None:
    assert re.findall(r"^\| (\d)\. ", TABLE.read_text(encoding="utf-8"), re.MULTILINE) == list("12345678")
    assert len(NAMED) > len("12345678")
