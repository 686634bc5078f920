# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""requirements/find-python, with interpreters that are small scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "requirements" / "find-python"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with bin (on PATH) and pyenv (PYENV_ROOT)."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "pyenv" / "versions").mkdir(parents=True)
    return tmp_path


def interpreter(path: Path, *, version: tuple[int, int], ensurepip: bool = True) -> Path:
    """A real Python that claims another version, and may lack ensurepip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lie = f"import sys; sys.version_info = {(*version, 0)!r}; sys.executable = {str(path)!r}\n"
    if not ensurepip:
        lie += "sys.modules['ensurepip'] = None\n"
    path.write_text(f"#!{sys.executable}\nimport sys\ncode = sys.argv[2]\n{lie}exec(code)\n")
    path.chmod(0o755)
    return path


def find(machine: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{machine}/bin:{machine}/later", "PYENV_ROOT": f"{machine}/pyenv", "HOME": str(machine)}
    return subprocess.run(["/bin/sh", SCRIPT], env=environment, capture_output=True, text=True, check=False)


def test_newest_wins_wherever_it_is(machine: Path) -> None:
    interpreter(machine / "bin" / "python3.12", version=(3, 12))
    newest = interpreter(machine / "pyenv" / "versions" / "3.13.2" / "bin" / "python3", version=(3, 13))
    assert find(machine).stdout == f"{newest}\n"


def test_without_ensurepip_is_passed_over(machine: Path) -> None:
    interpreter(machine / "bin" / "python3.13", version=(3, 13), ensurepip=False)
    older = interpreter(machine / "bin" / "python3.12", version=(3, 12))
    assert find(machine).stdout == f"{older}\n"


def test_shim_of_another_version_is_passed_over(machine: Path) -> None:
    interpreter(machine / "bin" / "python3.13", version=(3, 10))
    older = interpreter(machine / "bin" / "python3.12", version=(3, 12))
    assert find(machine).stdout == f"{older}\n"


def test_newer_than_supported_is_passed_over(machine: Path) -> None:
    interpreter(machine / "bin" / "python3.14", version=(3, 14))
    supported = interpreter(machine / "bin" / "python3.13", version=(3, 13))
    assert find(machine).stdout == f"{supported}\n"


def test_every_folder_of_path_is_searched(machine: Path) -> None:
    interpreter(machine / "bin" / "python3.13", version=(3, 12))
    hidden = interpreter(machine / "later" / "python3.13", version=(3, 13))
    assert find(machine).stdout == f"{hidden}\n"


def test_none_is_an_error_that_says_where_it_looked(machine: Path) -> None:
    result = find(machine)
    assert result.returncode == 1
    assert f"{machine}/pyenv/versions" in result.stderr
