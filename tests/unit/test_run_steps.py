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
slow:
> @sleep 1; nice; sed 's/.* nice //' /proc/self/autogroup; echo slow >>log
endless:
> @echo endless >>log; sleep 600; echo never >>log
until-endless:
> @until grep -q endless log; do sleep 0.1; done; echo seen >>log
interrupt:
> @kill -TERM $$(cat pid)
> @sleep 30
interrupt-twice:
> @trap '' TERM; kill -TERM $$(cat pid); sleep 0.5; kill -TERM $$(cat pid)
"""


def run(folder: Path, *arguments: str) -> tuple[int, list[str], list[str]]:
    """Exit code, lines of the output, targets that ran."""
    (folder / "Makefile").write_text(MAKEFILE)
    # The shell writes its own process id and then becomes the script.
    command = ["sh", "-c", 'echo $$ >pid; exec "$@"', "sh", sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False, timeout=120)
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


# Who ends a group of processes ends make, too, which says it on.
@pytest.mark.parametrize("interruption", ["interrupt", "interrupt-twice"])
def test_terminated_run_still_cleans_up(tmp_path: Path, interruption: str) -> None:
    code, _output, ran = run(tmp_path, "good", interruption, "bad", "--finally", "last")
    assert (code, ran) == (130, ["good", "last"])


def test_what_runs_beside_stands_back_and_is_shown_in_one_piece(tmp_path: Path) -> None:
    code, output, ran = run(tmp_path, "slow", "good", "--beside", "slow", "bad", "--finally", "last")
    assert (code, output[-1]) == (1, "4 passed, 1 failed")
    assert sorted(ran[:-1]) == ["bad", "good", "slow", "slow"]
    assert ran[-1] == "last"
    shown = output.index("=== end of slow")
    # The second is what holds where Linux has groups of processes.
    assert output[shown - 3 : shown] == ["=== slow", "19", "19"] or not Path("/proc/self/autogroup").exists()


def test_an_interruption_ends_what_runs_beside(tmp_path: Path) -> None:
    code, output, ran = run(tmp_path, "until-endless", "interrupt", "--beside", "endless", "good", "--finally", "last")
    assert (code, output[-1]) == (130, "2 passed, 0 failed")
    assert ran == ["endless", "seen", "last"]
