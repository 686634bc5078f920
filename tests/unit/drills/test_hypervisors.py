# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the local cloud runs again after a hypervisor has lost its power."""

from __future__ import annotations

import subprocess

import hypervisors
import pytest
from scene import Scene
from traffic import DrillError

HEAD = "SERVICE                         STATE          PID    MIB  LAST ERROR\n"
FINE = "keystone                        RUNNING        101    120\n"
DEAD = "nova-compute-compute1           FATAL            -      0  ERROR gave up\n"


def says(monkeypatch: pytest.MonkeyPatch, code: int, text: str, error: str = "") -> list[tuple[str, ...]]:
    """Have the local cloud's command end like this when it is asked for the status; return the commands."""
    asked: list[tuple[str, ...]] = []

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        return subprocess.CompletedProcess(words, code if words == ("status",) else 0, text, error)

    monkeypatch.setattr(hypervisors, "_command", command)
    return asked


@pytest.mark.parametrize(
    ("code", "text", "error", "rows"),
    [
        (0, f"{HEAD}{FINE}1 of 1 run\n", "", []),
        # One program that runs does not make a cloud.
        (1, f"{HEAD}{FINE}{DEAD}1 of 2 run\n", "", [DEAD.strip()]),
        (1, "", "local-cloud: no such directory", ["local-cloud: no such directory"]),
        (2, "", "", ["local-cloud status ended with 2"]),
    ],
)
def test_not_running(monkeypatch: pytest.MonkeyPatch, code: int, text: str, error: str, rows: list[str]) -> None:
    says(monkeypatch, code, text, error)
    assert hypervisors.not_running() == rows


def test_a_command_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, 1, "", "no cloud")
    with pytest.raises(DrillError, match="status ended with 1: no cloud"):
        hypervisors.local_cloud("status")


def test_a_cloud_that_runs_again(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = says(monkeypatch, 0, f"{HEAD}{FINE}1 of 1 run\n")
    stage.operator.compute.services.return_value = []
    with hypervisors.alive(stage):
        pass
    assert asked[0] == ("up", "network", "hypervisors")
    asked.clear()
    stage.operator.compute.servers.return_value = []
    monkeypatch.setattr(hypervisors, "guests", lambda _scene: [])
    (step,) = stage.at_end
    step()
    assert asked == [("up", "hypervisors")]


def test_a_cloud_that_runs_in_part(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, 1, f"{HEAD}{FINE}{DEAD}1 of 2 run\n")
    monkeypatch.setattr(hypervisors, "RUNS_WITHIN", 0.0)
    stage.operator.compute.services.return_value = []
    with pytest.raises(DrillError, match="nova-compute-compute1"), hypervisors.alive(stage):
        pass
