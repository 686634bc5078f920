# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`local-cloud down` after a first run that was killed before it had configured anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_cloud import __main__, layout, processes

ROOT = Path(__file__).resolve().parents[4]
# Like inside the images' trees: what a build starts there has an environment of its own.
BUILD = """#!/bin/sh
env -i sleep 600 &
echo "$$ $!" >"{pids}"
wait
"""
PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_tasks: {root}/roles/local_cloud/tasks/build.yml
      vars: {{role_path: {folder}, local_cloud_dir: {folder}/link, local_cloud_uv: uv, local_cloud_python: python3}}
    - ansible.builtin.fail:
"""


@pytest.fixture(autouse=True)
def no_namespaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whatever is in the namespaces of a cloud on this machine is nothing to these tests."""
    for module in (layout, processes):
        monkeypatch.setattr(module, "NAMESPACES", tmp_path / "netns")
    (tmp_path / "netns").mkdir()
    return tmp_path / "netns"


def down(directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setattr(sys, "argv", ["local-cloud", "--directory", str(directory), "down"])
    assert __main__.main() == 0
    changed: list[str] = json.loads(capsys.readouterr().out)["changed"]
    return changed


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def build(tmp_path: Path) -> Iterator[list[int]]:
    """The build of a run that failed later on: its processes."""
    images, pids = tmp_path / "files" / "images", tmp_path / "pids"
    images.mkdir(parents=True)
    (tmp_path / "cloud").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "cloud")
    for name, text in {"build-guest": BUILD.format(pids=pids), "build-ovs": "#!/bin/sh\n"}.items():
        (images / name).write_text(text)
        (images / name).chmod(0o755)
    (tmp_path / "play.yml").write_text(PLAYBOOK.format(root=ROOT, folder=tmp_path))
    environment = {**os.environ, "HOME": str(tmp_path), "ANSIBLE_LOCALHOST_WARNING": "false"}
    failed = subprocess.run(
        ["ansible-playbook", tmp_path / "play.yml"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Failed as requested" in failed.stdout, failed.stdout
    end = time.monotonic() + 30
    while not (pids.exists() and pids.read_text().endswith("\n")) and time.monotonic() < end:
        time.sleep(0.1)
    found = [int(pid) for pid in pids.read_text().split()]
    yield found
    for pid in filter(runs, found):
        os.kill(pid, signal.SIGKILL)


def test_nothing_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert down(tmp_path, monkeypatch, capsys) == []


def test_what_lives_in_another_clouds_namespaces_goes_on(
    tmp_path: Path, no_namespaces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All processes of this test are in that namespace.
    (no_namespaces / "lc-external").symlink_to("/proc/self/ns/net")
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("another's process would be killed"))
    assert __main__.down(tmp_path) == []


def test_a_build_ends_with_all_it_started(
    tmp_path: Path, build: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert all(map(runs, build))
    assert {f"process {pid} killed" for pid in build} < set(down(tmp_path / "link", monkeypatch, capsys))
    assert not any(map(runs, build))


def test_a_start_leaves_the_build_alone(tmp_path: Path, build: list[int]) -> None:
    assert processes.kill_leftovers(layout.Cloud(tmp_path / "cloud", {}), "LOCAL_CLOUD") == []
    assert all(map(runs, build))
