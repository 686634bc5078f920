# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SDK's public names only: what begins with an underscore, or is not told, moves from one release to the next."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
SOURCES = sorted(PLUGINS.rglob("*.py"))


def used(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Module and name of everything that is imported from the SDK when the code runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, None) for alias in child.names)
        if isinstance(child, ast.ImportFrom):
            yield from ((child.module or "", alias.name) for alias in child.names)
        yield from used(child)


def test_only_public_names_of_the_sdk_are_used() -> None:
    found = {
        (module, name)
        for path in SOURCES
        for module, name in used(ast.parse(path.read_text(encoding="utf-8")))
        if module.split(".")[0] in {"openstack", "keystoneauth1"}
    }

    assert found
    for module, name in found:
        parts = [*module.split("."), *([name] if name else [])]
        assert not [part for part in parts if part.startswith("_")], (module, name)
        assert name is None or hasattr(importlib.import_module(module), name), (module, name)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_the_sdk_is_not_needed_to_read_documentation(path: Path) -> None:
    """What is imported on top would fail where the SDK is not installed, ansible-doc included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tops = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.name for node in tops if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in tops if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.split(".")[0] == "openstack"]
