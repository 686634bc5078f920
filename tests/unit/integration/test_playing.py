# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed, that end before, and that hang, with all that they have started."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import playing
import pytest

# A family: a child in a session of its own, which outlives everybody; its number is written down.
FAMILY = "setsid sleep 600 & echo $! > child; echo begun; wait"


def gone(number: int) -> bool:
    """Say whether a process has ended; it may wait for somebody to ask how."""
    stat = Path(f"/proc/{number}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_run_that_ends_is_told_as_it_was() -> None:
    done = playing.run([sys.executable, "-c", "print('a'); raise SystemExit(3)"], os.environ, 60)
    assert (done.stdout, done.returncode) == ("a\n", 3)


def test_a_run_that_hangs_is_killed_with_its_family(tmp_path: Path) -> None:
    words = ["sh", "-c", f"cd {tmp_path}; {FAMILY}"]
    with pytest.raises(playing.HungError, match="within 3 s") as hung:
        playing.run(words, os.environ, 3)

    assert hung.value.said == "begun\n"
    assert gone(int((tmp_path / "child").read_text()))


@pytest.fixture
def playbooks(tmp_path: Path) -> playing.Playbooks:
    """Playbooks whose program is given by a test."""
    return playing.Playbooks(
        (), {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}, tmp_path / "log"
    )


def program(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ansible-playbook"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_a_killed_run_was_at_a_task(tmp_path: Path, playbooks: playing.Playbooks) -> None:
    program(tmp_path, "echo 'TASK [Keep the servers] ****'; sleep 600 & sleep 600")
    stopped = playbooks.run_and_kill("site", 3)
    assert (stopped.killed, stopped.at, stopped.exit_code) == (True, "Keep the servers", None)


@pytest.mark.parametrize("code", [0, 2])
def test_a_run_that_ended_before_says_how(tmp_path: Path, playbooks: playing.Playbooks, code: int) -> None:
    program(tmp_path, f"echo 'TASK [Keep the servers] ****'; echo oh; exit {code}")
    stopped = playbooks.run_and_kill("site", 60)
    assert (stopped.killed, stopped.at, stopped.exit_code) == (False, "", code)
    assert "oh" in stopped.said


def test_a_playbook_that_hangs_is_an_error(
    tmp_path: Path, playbooks: playing.Playbooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "LONGEST", 0.5)
    program(tmp_path, "sleep 600")
    began = time.monotonic()
    with pytest.raises(playing.HungError):
        playbooks.run("site")
    assert time.monotonic() - began < 60
