# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces that a killed run left half made, for real, inside namespaces of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from local_cloud import layout, namespaces, switches

FILES = Path(__file__).resolve().parents[4] / "roles" / "local_cloud" / "files"
# On one CPU: Linux 6.18 numbers mount namespaces on each apart, and only who is in a lower one can keep one in a file.
CPU = min(os.sched_getaffinity(0))
APART = ("taskset", "--cpu-list", str(CPU), "unshare", "--user", "--map-root-user", "--mount", "--net")
NEEDED = "ip link show && mount -t tmpfs tmpfs /run && ip netns add x && nsenter --net=/run/netns/x ethtool --version"
# A cloud with one node; OVN's programs are left out, and what prepares the node's files is a stand-in.
PRELUDE = """
import shutil, subprocess, sys
from pathlib import Path
from local_cloud import layout, namespaces, switches

subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
subprocess.run(["mount", "--make-rshared", "/"], check=True)  # as systemd does it
folder = Path.cwd()
cloud = layout.Cloud(folder, {"hypervisors": [], "base_mac": "02:"})
script = folder / "lib" / "hypervisor" / "namespace"
script.parent.mkdir(parents=True)

def prepare_by(text):
    script.write_text("#!/bin/sh\\n" + text)
    script.chmod(0o755)

class Killed(BaseException):
    pass

left = 10**6

def run(*words, check=True, **more):
    global left
    if not left:
        raise Killed
    left -= 1
    missing = words[0] in ("modprobe", "ovsdb-tool", "ovs-vsctl", "losetup")
    return "" if missing else layout.run(*words, check=check, **more)

namespaces.run = switches.run = run

def seen(*words):
    return layout.run("ip", "-n", *words)

def killed_everywhere(what, clear, check):
    "What is done again after it was killed before each of its commands must be whole."
    global left
    for number in range(1000):
        clear()
        left = number
        try:
            what()
        except Killed:
            left = 10**6
            what()
            check()
        else:
            assert number > 5
            return
"""
ALL = ["lc-external", "lc-octavia", "lc-network1"]


def apart(folder: Path, program: str) -> None:
    """Run a program as the root of namespaces of its own, where nothing of this machine can be changed."""
    works = subprocess.run([*APART, "sh", "-euc", NEEDED], capture_output=True, check=False)
    if works.returncode:
        pytest.skip(f"no namespaces here, or no tools for them: {works.stderr.decode()}")
    done = subprocess.run(
        [*APART, sys.executable, "-c", PRELUDE + program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(FILES)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=300,
    )
    assert not done.returncode, done.stderr


def test_files_that_a_restart_left_are_no_namespaces(tmp_path: Path) -> None:
    apart(
        tmp_path,
        f"""
prepare_by("true")
Path("/run/netns").mkdir()
for name in {ALL}:
    Path("/run/netns", name).touch()
assert namespaces.ensure(cloud) == {ALL}
assert namespaces.ensure(cloud) == []
assert len(namespaces.remove(cloud)) == 3
assert list(Path("/run/netns").iterdir()) == []
""",
    )


def test_half_made_namespaces_are_made_anew(tmp_path: Path) -> None:
    apart(
        tmp_path,
        """
prepare_by('touch "$2/prepared"')

def check():
    assert "198.51.100.1/24" in seen("lc-external", "address", "show", "dev", "br0", "up")
    assert "br0" in seen("lc-external", "link", "show", "dev", "p-network1", "up")
    assert seen("lc-network1", "link", "show", "dev", "underlay", "up")
    assert (cloud.run / "network1" / "prepared").exists()
    assert namespaces.ensure(cloud) == []

killed_everywhere(lambda: namespaces.ensure(cloud), lambda: namespaces.remove(cloud), check)
""",
    )


def test_the_error_of_a_node_comes_again_until_it_is_mended(tmp_path: Path) -> None:
    apart(
        tmp_path,
        f"""
prepare_by("echo no cgroups >&2; exit 3")
for _ in range(2):
    try:
        namespaces.ensure(cloud)
    except layout.CloudError as error:
        assert "ended with 3: no cgroups" in str(error), error
    else:
        sys.exit("the node was taken for whole")
prepare_by("true")
assert namespaces.ensure(cloud) == {ALL[2:]}
""",
    )


def test_a_half_made_cable_of_octavia_is_made_anew(tmp_path: Path) -> None:
    apart(
        tmp_path,
        """
prepare_by("true")
namespaces.ensure(cloud)

def plug():
    switches.plug_octavia(cloud, "id", "02:00:00:00:00:01", "172.16.0.2")

def check():
    found = seen("lc-octavia", "address", "show", "dev", "o-hm0", "up")
    assert "mtu 1442" in found and "02:00:00:00:00:01" in found and "172.16.0.2/24" in found
    assert seen("lc-network1", "link", "show", "dev", "o-hm0p", "up")

def unplug():
    layout.run("ip", "-n", "lc-octavia", "link", "delete", "o-hm0", check=False)

killed_everywhere(plug, unplug, check)
""",
    )


def test_the_bridge_by_which_a_switch_is_known_is_made_last(tmp_path: Path) -> None:
    cloud = layout.Cloud(tmp_path, {"hypervisors": []})
    with patch.object(switches, "_vsctl", return_value="") as vsctl:
        switches.configure(cloud)
    assert [call.args[2:4] for call in vsctl.call_args_list if "br-int" in call.args] == [("add-br", "br-int")]
    assert vsctl.call_args.args[3] == "br-int"


def test_only_root_may_talk_to_libvirt() -> None:
    script = (FILES / "hypervisor" / "namespace").read_text(encoding="utf-8").replace("\\\n", "")
    (line,) = (line for line in script.splitlines() if line.endswith(">/etc/libvirt/libvirtd.conf"))
    written = subprocess.run(["sh", "-euc", line.rpartition(">")[0]], check=True, capture_output=True, text=True).stdout
    settings = dict(setting.split(" = ") for setting in written.splitlines())
    assert {settings["unix_sock_rw_perms"], settings["unix_sock_ro_perms"]} == {'"0700"'}
    assert settings["auth_unix_rw"] == '"none"'


def test_only_root_may_read_what_guests_are_given(tmp_path: Path) -> None:
    apart(
        tmp_path,
        """
from local_cloud import files

shutil.chown = lambda *_: None  # here is no other account
node = {"name": "compute1", "zone": "az1", "index": 1}
cloud = layout.Cloud(folder, {"apis": [], "hypervisors": [node], "fake_hypervisors": []})
(cloud.etc / "nova").mkdir(parents=True)
for _ in range(2):
    files.prepare(cloud)
    instances = cloud.state / "compute1" / "instances"
    assert instances.stat().st_mode & 0o777 == 0o700, "made like this, or before"
    instances.chmod(0o755)
""",
    )


@pytest.mark.parametrize(
    ("cgroups", "expected"),
    [
        ("", list(namespaces.CONTROLLERS)),
        (
            "4:pids:/\n3:cpu,cpuacct:/a\n2:net_cls,net_prio:/\n1:name=systemd:/b:c\n0::/\n",
            ["cpu,cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"],
        ),
    ],
)
def test_controllers_are_mounted_in_the_machines_combinations(cgroups: str, expected: list[str]) -> None:
    assert namespaces.hierarchies(cgroups) == expected
