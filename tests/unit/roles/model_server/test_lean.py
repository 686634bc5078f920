# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers get of the programs: all that runs, and the licence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sources import ROOT

from ansible_collections.model_serving.openstack.plugins.plugin_utils._lean import lean

PROGRAMS = sorted((ROOT / "roles" / "model_server" / "files").glob("*.py"))
SOURCE = '''\
#!/usr/bin/env python3
# A licence.
"""What it is for."""

import os
# A reason.
NAME = """
# not a comment
"""
"""What the name is."""


class Failure(Exception):
    """Has nothing else,
    but in two lines."""
    """And another one."""


def told() -> str:
    """Say it,
    in two lines."""
    # Why.
    return "#"  # kept
'''
LEAN = '''\
#!/usr/bin/env python3
# A licence.

import os
NAME = """
# not a comment
"""


class Failure(Exception):
    """Has nothing else,
    but in two lines."""
    """And another one."""


def told() -> str:
    return "#"  # kept
'''


def test_comments_and_docstrings_stay_behind() -> None:
    assert lean(SOURCE) == LEAN


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_what_runs_is_the_same(program: Path) -> None:
    source = program.read_text(encoding="utf-8")
    made = lean(source)
    assert made.startswith("".join(source.splitlines(keepends=True)[:3]))
    assert len(made) < 0.9 * len(source)
    assert compiled(made) == compiled(source)


def compiled(source: str) -> str:
    """The program as Python reads it, without texts that stand for themselves."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [  # type: ignore[attr-defined]
                one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ]
    return ast.dump(tree)
