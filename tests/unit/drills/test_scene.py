# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene does at its beginning and its end, whatever happened, and with a playbook that does not end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import create_autospec

import pytest
import scene
import traffic
from endings import told
from figures import Request
from haproxy import Watch
from runs import Run
from scene import Scene
from shapes import EMPTY, Project
from traffic import DrillError, Traffic

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
    has(monkeypatch, EMPTY)
    return called


def has(monkeypatch: pytest.MonkeyPatch, there: Mapping[str, int], *left: str) -> None:
    """Let this be in the project, and this be said to be left when the service has been torn down."""
    project = create_autospec(Project, instance=True)
    project.shape.return_value, project.differences.return_value = Counter(there), list(left)
    monkeypatch.setattr(scene, "Project", lambda _clouds_yaml: project)


def plays(stage: Scene, monkeypatch: pytest.MonkeyPatch, called: list[str], code: int = 0) -> None:
    """Have playbooks do nothing, and note which ones are run with what service file."""

    def playbook(name: str) -> Run:
        called.append(f"{name} with {(stage.folder / 'service.yml').read_text(encoding='utf-8')}")
        return Run(code, 0.0, 1.0, stage.folder / "playbook-1.log")

    monkeypatch.setattr(stage, "playbook", playbook)


def test_what_a_killed_run_has_left_is_removed_before_anything_is_counted(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = programs(stage, monkeypatch, "as before\n")
    has(monkeypatch, {**EMPTY, "servers drill-test": 1})
    plays(stage, monkeypatch, called)
    with stage.open():
        pass
    assert called[:3] == ["project.py", "teardown with model_service:\n  name: drill-test\n", "cloud.py"]
    assert stage.left_behind == []


def test_nothing_is_torn_down_where_nothing_is(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    called = programs(stage, monkeypatch, "as before\n")
    plays(stage, monkeypatch, called)
    with stage.open():
        pass
    assert called == ["project.py", "cloud.py", "compare.py", "project.py"]


def test_a_teardown_that_fails_is_an_error_although_nothing_is_left(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = programs(stage, monkeypatch, "as before\n")
    plays(stage, monkeypatch, called, code=2)
    with pytest.raises(DrillError, match=r"^teardown\.yml failed, see .*playbook-1\.log$"), stage.open():
        (stage.folder / "service.yml").write_text("x", encoding="utf-8")
    assert called[-3:] == ["teardown with x", "compare.py", "project.py"]


def test_a_teardown_that_fails_does_not_hide_what_stopped_the_drill(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = programs(stage, monkeypatch, "as before\n")
    plays(stage, monkeypatch, called, code=2)
    (stage.folder / "service.yml").write_text("x", encoding="utf-8")
    with pytest.raises(DrillError) as stopped, stage.open():
        raise DrillError("no host")
    failed = f"teardown.yml failed, see {stage.folder / 'playbook-1.log'}"
    assert told(stopped.value) == f"DrillError: no host; then DrillError: {failed}"
    assert called[-3:] == ["teardown with x", "compare.py", "project.py"]


@pytest.mark.parametrize(
    ("code", "left", "words"), [(2, [], r"failed, see .*playbook-1\.log"), (0, ["ports a: 1 instead of 0"], "ports a")]
)
def test_no_drill_begins_with_what_cannot_be_removed(
    stage: Scene, monkeypatch: pytest.MonkeyPatch, code: int, left: list[str], words: str
) -> None:
    called = programs(stage, monkeypatch, "as before\n")
    has(monkeypatch, {**EMPTY, "ports a": 1}, *left)
    plays(stage, monkeypatch, called, code)
    with pytest.raises(DrillError, match=words), stage.open():
        called.append("the drill")
    assert "the drill" not in called


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


@pytest.mark.parametrize("stopped", [[], ["no host"]])
def test_each_that_fails_at_the_end_is_told(stage: Scene, monkeypatch: pytest.MonkeyPatch, stopped: list[str]) -> None:
    called = programs(stage, monkeypatch, "as before\n")
    plays(stage, monkeypatch, called, code=2)
    (stage.folder / "service.yml").write_text("x", encoding="utf-8")

    def fail(*texts: str) -> None:
        for text in texts:
            raise DrillError(text)

    stage.at_end.append(lambda: fail("not to be removed"))
    with pytest.raises(DrillError) as raised, stage.open():
        fail(*stopped)
    texts = [*stopped, f"teardown.yml failed, see {stage.folder / 'playbook-1.log'}", "not to be removed"]
    assert told(raised.value) == "; then ".join(f"DrillError: {text}" for text in texts)
    assert called[-2:] == ["compare.py", "project.py"]


def test_an_interrupt_at_the_end_stops_the_other_drills_too(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    called = programs(stage, monkeypatch, "")

    def interrupted() -> None:
        raise KeyboardInterrupt

    stage.at_end.append(interrupted)
    with pytest.raises(KeyboardInterrupt) as raised, stage.open():
        raise DrillError("no host")
    assert "then DrillError: no host" in told(raised.value)
    assert called[-2:] == ["compare.py", "project.py"]


def test_a_playbook_that_does_not_end_is_ended_with_all_its_workers(
    stage: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ansible-playbook"
    fake.write_text(PLAYBOOK)
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(scene, "PLAYBOOK_LIMIT", 5.0)
    with pytest.raises(DrillError, match="site"):
        stage.playbook("site")
    written = tmp_path / "ansible-playbook.written"
    before = written.stat().st_size
    time.sleep(0.3)
    assert written.stat().st_size == before


class Generator(Traffic):
    """Twenty requests a second."""

    def command(self) -> list[str]:
        sends = """
import pathlib, sys, time
while True:
    with pathlib.Path(sys.argv[1]).open("a") as lines:
        lines.write(f"{time.time():.4f},20.0,200,1,\\n")
    time.sleep(0.05)
"""
        return [sys.executable, "-c", sends, str(self.records)]


class Steady(Watch):
    """Sees the same replica at all times."""

    def look(self) -> frozenset[str]:
        return frozenset({"a"})


def test_what_was_sent_and_seen_is_kept_whatever_happens(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "Traffic", Generator)
    monkeypatch.setattr(traffic, "STEADY", 2.0)
    monkeypatch.setattr(stage, "url", lambda: "http://x")
    watch = Steady("lb")
    with pytest.raises(DrillError, match="a fault"), stage.under_load(watch, rate=15):
        raise DrillError("a fault")
    assert stage.watch is watch
    assert len(stage.rotations) > 1
    assert stage.due == pytest.approx(len(stage.requests), rel=0.5)


def test_traffic_beside_the_steady_one_counts(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    burst = Traffic("http://x", stage.folder / "burst.csv")
    burst.records.write_text("12.0,20.0,200,1,\n14.0,20.0,200,1,\n", encoding="utf-8")
    monkeypatch.setattr(burst, "due", lambda: 3.0)
    stage.requests, stage.due = [Request(11.0, 0.1), Request(13.0, 0.1)], 2.0
    stage.add(burst)
    assert [request.start for request in stage.requests] == [11.0, 12.0, 13.0, 14.0]
    assert stage.due == 5.0
