# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/run_steps.py, with real make targets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
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
hang-up:
> @kill -HUP $$(cat pid); sleep 1; echo stayed >>log
> @sleep 2
slow-to-end:
> @trap 'echo ended >>log; exit' TERM; kill -KILL $$(cat pid); while :; do sleep 0.1; done
say:
> @echo said || echo silenced >>log
> @echo last >>log
interrupt-twice:
> @trap '' TERM; kill -TERM $$(cat pid); sleep 0.5; kill -TERM $$(cat pid)
"""


def words(folder: Path, *arguments: str, before: str = "") -> list[str]:
    """The script's command line, with what the shell does before."""
    (folder / "Makefile").write_text(MAKEFILE)
    # The shell writes its own process id and then becomes the script.
    return ["sh", "-c", f'echo $$ >pid; {before} exec "$@"', "sh", sys.executable, str(SCRIPT), *arguments]


def run(folder: Path, *arguments: str, before: str = "") -> tuple[int, list[str], list[str]]:
    """Exit code, lines of the output, targets that ran."""
    command = words(folder, *arguments, before=before)
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


def test_a_lost_terminal_interrupts(tmp_path: Path) -> None:
    code, _output, ran = run(tmp_path, "hang-up", "bad", "--finally", "last")
    assert (code, ran) == (130, ["last"])


def test_a_lost_terminal_is_nothing_to_who_said_so(tmp_path: Path) -> None:
    code, _output, ran = run(tmp_path, "hang-up", "--finally", "last", before="trap '' HUP;")
    assert (code, ran) == (0, ["stayed", "last"])


def test_a_killed_run_ends_its_target(tmp_path: Path) -> None:
    code, _output, _ran = run(tmp_path, "good", "slow-to-end", "--finally", "last")
    end = time.monotonic() + 20
    while (ran := (tmp_path / "log").read_text().split()) != ["good", "ended"] and time.monotonic() < end:
        time.sleep(0.1)
    assert (code, ran) == (-signal.SIGKILL, ["good", "ended"])


@pytest.mark.parametrize("final", ["last", "say"])
@pytest.mark.parametrize("where", ["a full disk", "a closed pipe"])
def test_who_cannot_show_anything_still_cleans_up(tmp_path: Path, where: str, final: str) -> None:
    if where == "a full disk":
        sink = os.open("/dev/full", os.O_WRONLY)
    else:
        source, sink = os.pipe()
        os.close(source)
    command = words(tmp_path, "bad", "--beside", "endless", "bad", "--finally", final)
    try:
        done = subprocess.run(command, cwd=tmp_path, stdout=sink, stderr=subprocess.DEVNULL, check=False, timeout=120)
    finally:
        os.close(sink)
    assert done.returncode not in {0, 130}
    assert [name for name in (tmp_path / "log").read_text().split() if name != "endless"] == ["last"]
