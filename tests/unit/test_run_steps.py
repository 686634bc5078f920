# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/run_steps.py, with real make targets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "run_steps.py"
MAKEFILE = """
.RECIPEPREFIX = >
good:
> @echo good >>log
bad:
> @echo bad >>log; exit 3
last:
> @echo last >>log
interrupt:
> @kill -TERM $$(cat pid)
> @sleep 30
"""


def run(folder: Path, *arguments: str) -> tuple[int, list[str], list[str]]:
    """Exit code, lines of the output, targets that ran."""
    (folder / "Makefile").write_text(MAKEFILE)
    # The shell writes its own process id and then becomes the script.
    command = ["sh", "-c", 'echo $$ >pid; exec "$@"', "sh", sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    return done.returncode, done.stdout.splitlines(), (folder / "log").read_text().split()


def test_all_pass(tmp_path: Path) -> None:
    code, output, ran = run(tmp_path, "good", "--finally", "last")
    assert (code, output[-1], ran) == (0, "2 passed, 0 failed", ["good", "last"])


def test_failure_stops_nothing_and_is_counted(tmp_path: Path) -> None:
    code, output, ran = run(tmp_path, "bad", "good", "--finally", "last")
    assert (code, output[-1], ran) == (1, "2 passed, 1 failed", ["bad", "good", "last"])


@pytest.mark.parametrize("final", ["bad", "unknown"])
def test_failing_end_is_a_failure(tmp_path: Path, final: str) -> None:
    code, output, _ran = run(tmp_path, "good", "--finally", final)
    assert (code, output[-1]) == (1, "1 passed, 1 failed")


def test_terminated_run_still_cleans_up(tmp_path: Path) -> None:
    code, _output, ran = run(tmp_path, "good", "interrupt", "bad", "--finally", "last")
    assert (code, ran) == (130, ["good", "last"])
