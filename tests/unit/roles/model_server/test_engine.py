# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container engine comes in the end, though no mirror answered at boot."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ...cloud_init import cloud_init
from .profiles import server

SEMAPHORE = "/var/lib/cloud/instance/sem/update_sources"
# What the system has for these commands would wait, and change it.
FAKES = {
    "sleep": 'echo "sleep $1" >>log',
    "dpkg": 'echo "dpkg $*, $DEBIAN_FRONTEND" >>log',
    "cloud-init": """\
echo "cloud-init $*" >>log
test ! -e sem/update_sources || echo "lists are not refreshed" >>log
touch sem/update_sources
test "$(grep -c ^cloud-init log)" -lt 2 || cp "$0" podman
""",
}
AGAIN = [
    "sleep 10",
    "dpkg --configure -a, noninteractive",
    "cloud-init single --name package-update-upgrade-install --frequency always",
]
DISTRO = """
import os, sys
from cloudinit import distros, helpers
class Source:
    def get_instance_id(self):
        return "i"
folder = sys.argv[1]
distro = distros.fetch("debian")("debian", {}, helpers.Paths({"cloud_dir": folder, "run_dir": folder}, Source()))
distro.package_command = print
distro.update_package_sources()
distro.update_package_sources()
os.remove(sys.argv[2])
distro.update_package_sources()
"""
"""Refreshes lists, of which nothing happens but a line for each time."""


def before(**options: Any) -> list[list[str]]:
    return [list(command) for command in server("vllm", options=options).unit().before]


@pytest.mark.parametrize(
    ("options", "engine"),
    [
        ({}, "podman"),
        ({"container_engine": "docker", "packages": ["docker.io"]}, "docker"),
        ({"container_engine": "docker"}, None),
        ({"packages": []}, None),
    ],
)
def test_only_what_packages_bring_is_waited_for(options: dict[str, Any], engine: str | None) -> None:
    *installing, cleaning = before(**options)
    assert [command[-1] for command in installing] == ([f"/usr/bin/{engine}"] if engine else [])
    assert cleaning[1] == "rm"
    assert server("onnxruntime", options={"packages": ["jq"]}).unit().before == []


def test_a_package_manager_is_not_broken_off() -> None:
    lines = server("vllm").unit().text("x").splitlines()
    assert "TimeoutStartSec=infinity" in lines
    (start,) = (line for line in lines if line.startswith("ExecStartPre=-/bin/sh"))
    assert '[ -x \\"$$0\\" ]' in start


@pytest.mark.parametrize(("there", "expected"), [(True, []), (False, AGAIN * 2)])
def test_cloud_init_installs_until_the_engine_is_there(there: bool, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "sem").mkdir()
    for name, text in {**FAKES, **({"podman": ""} if there else {})}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "sem" / "update_sources").touch()
    shell, option, script, _engine = before()[0]
    assert SEMAPHORE in script
    command = [shell, option, script.replace(SEMAPHORE, "sem/update_sources"), "./podman"]
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(command, check=True, cwd=tmp_path, env={"PATH": path}, timeout=30)

    log = tmp_path / "log"
    assert (log.read_text().splitlines() if log.exists() else []) == expected


def test_what_has_begun_ends_before_the_shell_when_the_unit_is_stopped(tmp_path: Path) -> None:
    fakes = {"sleep": "", "dpkg": "", "cloud-init": "read line <begin; sleep 0; echo end >>log"}
    for name, text in fakes.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    os.mkfifo(tmp_path / "begin")
    shell, option, script, _engine = before()[0]
    command = [shell, option, script.replace(SEMAPHORE, "update_sources"), "./podman"]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with subprocess.Popen(command, cwd=tmp_path, env=environment) as process:
        with (tmp_path / "begin").open("w", encoding="utf-8") as begin:  # cloud-init runs now
            process.terminate()
            begin.write("go on\n")
        assert process.wait(timeout=30) == 0
    assert (tmp_path / "log").read_text() == "end\n"


def test_cloud_init_refreshes_its_lists_again_without_its_semaphore(tmp_path: Path) -> None:
    # However its first attempt ended.
    sem = tmp_path / "instances" / "i" / "sem"
    sem.mkdir(parents=True)
    (tmp_path / "instance").symlink_to(sem.parent)
    place = SEMAPHORE.replace("/var/lib/cloud", str(tmp_path))

    result = cloud_init("-c", DISTRO, str(tmp_path), place)

    assert (result.returncode, result.stdout) == (0, "update\nupdate\n"), result.stderr
