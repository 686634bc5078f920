# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/package.py, with a collection of one module."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "plugins/modules/replica.py"
LITTER = (
    *("clouds-public.yaml", "playbooks/clouds.yaml", "openrc.sh", ".env"),
    *(".idea/workspace.xml", "plugins/modules/.replica.py.swp"),
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program, at work in a folder that has sources and what belongs to whoever works there."""
    for name in ("galaxy.yml", "README.md", "COPYING"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in (SOURCE, *LITTER):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    spec = importlib.util.spec_from_file_location("package", ROOT / "tests" / "package.py")
    assert spec
    assert spec.loader
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    monkeypatch.setattr(program, "ROOT", tmp_path)
    monkeypatch.setattr(program, "BUILD", tmp_path / "build")
    return program


def git(package: Any, *words: str) -> None:
    subprocess.run(["git", *words], cwd=package.ROOT, check=True)


def test_only_sources_are_packed(package: Any) -> None:
    git(package, "init", "--quiet")
    git(package, "add", "galaxy.yml", "README.md", "COPYING", SOURCE)

    tarball = package.build()
    assert package.foreign_files(tarball) == set()

    git(package, "rm", "--quiet", "--cached", SOURCE)
    assert package.foreign_files(tarball) == {SOURCE}

    # Without git it is not known what is a source.
    shutil.rmtree(package.ROOT / ".git")
    assert package.foreign_files(tarball) == set()
