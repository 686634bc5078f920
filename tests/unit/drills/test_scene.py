# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene does at its end, whatever happened, and what it does with a playbook that does not end."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
import scene
from scene import Scene
from traffic import DrillError

# It works on in a session of its own, as Ansible's workers do.
PLAYBOOK = """#!/bin/sh
setsid sh -c 'while :; do echo x >> "$0.written"; sleep 0.05; done' "$0" &
sleep 60
"""


def programs(stage: Scene, monkeypatch: pytest.MonkeyPatch, said: str) -> list[str]:
    """Have the programs of a scene do nothing and compare.py say this; return the list of those that are called."""
    called: list[str] = []

    def program(name: str, *_arguments: str, **_more: object) -> subprocess.CompletedProcess[str]:
        called.append(name)
        return subprocess.CompletedProcess([], int(said != "as before\n"), said if name == "compare.py" else "{}")

    monkeypatch.setattr(stage, "_program", program)
    return called


def test_nothing_is_left_behind_when_compare_says_so(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(stage, monkeypatch, "as before\n")
    with stage.open():
        pass
    assert stage.left_behind == []


def test_what_is_left_behind_is_kept(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(stage, monkeypatch, "left behind: ports 'a' (1)\nmissing: stacks 'b' (2)\n")
    with stage.open():
        pass
    assert stage.left_behind == ["left behind: ports 'a' (1)", "missing: stacks 'b' (2)"]


def test_a_count_that_says_nothing_is_no_count(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    called = programs(stage, monkeypatch, "")
    with pytest.raises(DrillError, match=r"compare\.py"), stage.open():
        pass
    assert called[-1] == "project.py"


def test_every_step_at_the_end_is_done_whatever_the_others_do(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    called = programs(stage, monkeypatch, "as before\n")

    def fails() -> None:
        raise DrillError("not to be removed")

    stage.at_end += [lambda: called.append("first"), fails]
    with pytest.raises(DrillError, match="not to be removed"), stage.open():
        pass
    assert called[-3:] == ["first", "compare.py", "project.py"]


def test_a_playbook_that_does_not_end_is_ended_with_all_its_workers(
    stage: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ansible-playbook"
    fake.write_text(PLAYBOOK)
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(scene, "PLAYBOOK_LIMIT", 1.0)
    with pytest.raises(DrillError, match="site"):
        stage.playbook("site")
    written = tmp_path / "ansible-playbook.written"
    before = written.stat().st_size
    time.sleep(0.3)
    assert written.stat().st_size == before
