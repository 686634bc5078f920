# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inner network: a namespace per node, joined by a bridge that is underlay and external network at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from .layout import EXTERNAL, NAMESPACES, OCTAVIA, Cloud, Node, in_namespace, run

DELETED = " (deleted)"
EXTERNAL_GATEWAY = "198.51.100.1/24"
# What libvirt needs where there are cgroup v1 hierarchies.
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")


def ensure(cloud: Cloud) -> list[str]:
    """Make the namespaces that are missing or that a killed run left half made; the names of those that were made."""
    run("modprobe", "-q", "-a", "veth", "bridge", "loop", check=False)
    made = []
    if not _whole(EXTERNAL):
        _make_external()
        made.append(EXTERNAL)
    if not _whole(OCTAVIA):
        _make(OCTAVIA)
        _complete(OCTAVIA)
        made.append(OCTAVIA)
    for node in cloud.nodes:
        # The nodes' cables end in the external namespace.
        if EXTERNAL in made or not (_whole(node.namespace) and _mounted(cloud, node)):
            remove_node(cloud, node)
            _make_node(cloud, node)
            made.append(node.namespace)
    return made


def remove(cloud: Cloud) -> list[str]:
    """Remove every namespace, mount and loop device of the cloud; what was removed."""
    removed = []
    for node in cloud.nodes:
        if remove_node(cloud, node):
            removed.append(f"namespace {node.namespace} removed")
    for name in (OCTAVIA, EXTERNAL):
        if _exists(name):
            run("ip", "netns", "delete", name)
            removed.append(f"namespace {name} removed")
    removed += _remove_taps(cloud.settings["base_mac"])
    pattern = re.escape(f" {cloud.directory}/")
    for line in sorted(Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines(), reverse=True):
        if re.search(pattern, line):
            run("umount", "--lazy", line.split()[1], check=False)
    return removed + detach_loops(f"{cloud.directory}/")


def detach_loops(prefix: str, suffix: str = "") -> list[str]:
    """Detach the loop devices of files whose paths begin and end so; what was detached.

    The path of a file that is gone ends with DELETED.
    """
    detached = []
    for line in run("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE").splitlines():
        device, *backing = line.split(maxsplit=1)
        if "".join(backing).startswith(prefix) and "".join(backing).endswith(suffix):
            run("losetup", "--detach", device)
            detached.append(f"loop device {device} detached")
    return detached


def _remove_taps(base_mac: str) -> list[str]:
    """Delete what Nova plugged in the machine's own network namespace.

    nova-compute runs there, to reach the APIs. When it starts and finds guests, it makes their taps where it is.
    """
    removed = []
    for line in run("ip", "-oneline", "link", "show").splitlines():
        match = re.match(r"\d+: (tap[0-9a-f]{8}-[0-9a-f]{2})\b", line)
        if match and f" {base_mac}:" in line:
            run("ip", "link", "delete", match[1])
            removed.append(f"{match[1]} deleted")
    return removed


def _exists(namespace: str) -> bool:
    """Whether there is a file of that name: where /run is on a disk, one without a namespace is left by a restart."""
    return (NAMESPACES / namespace).exists()


def _make(namespace: str) -> None:
    if _exists(namespace):
        run("ip", "netns", "delete", namespace)
    run("ip", "netns", "add", namespace)


def _complete(namespace: str) -> None:
    """Set the loopback up, as the last step: a namespace without is none that can be used."""
    run("ip", "-n", namespace, "link", "set", "lo", "up")


def _whole(namespace: str) -> bool:
    return bool(run("ip", "-n", namespace, "-oneline", "link", "show", "dev", "lo", "up", check=False))


def _make_external() -> None:
    _make(EXTERNAL)
    run("ip", "-n", EXTERNAL, "link", "add", "br0", "type", "bridge")
    run("ip", "-n", EXTERNAL, "address", "add", EXTERNAL_GATEWAY, "dev", "br0")
    run("ip", "-n", EXTERNAL, "link", "set", "br0", "up")
    _complete(EXTERNAL)


def connect(space: str, device: str, peer_space: str, peer: str) -> None:
    """Join two namespaces by a veth pair whose packets leave with complete checksums.

    The switches' datapath runs in user space: it drops what relies on the network card for the checksum.
    """
    run("ip", "link", "add", device, "netns", space, "type", "veth", "peer", "name", peer, "netns", peer_space)
    for namespace, name in ((space, device), (peer_space, peer)):
        run(*in_namespace(namespace, "ethtool", "-K", name, "tx", "off"))
        run("ip", "-n", namespace, "link", "set", name, "up")


def _files(cloud: Cloud, node: Node) -> tuple[Path, Path]:
    return cloud.run / "ns" / f"{node.name}.mnt", cloud.run / "ns" / f"{node.name}.uts"


def _mounted(cloud: Cloud, node: Node) -> bool:
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8")
    return all(f" {path} " in mounts for path in _files(cloud, node))


def _make_node(cloud: Cloud, node: Node) -> None:
    _make(node.namespace)
    connect(node.namespace, "underlay", EXTERNAL, f"p-{node.name}")
    run("ip", "-n", EXTERNAL, "link", "set", f"p-{node.name}", "master", "br0")
    directory = cloud.run / "ns"
    directory.mkdir(parents=True, exist_ok=True)
    if f" {directory} " not in Path("/proc/self/mounts").read_text(encoding="utf-8"):
        # A mount namespace can be kept in a file only where mounts do not propagate.
        run("mount", "--bind", directory, directory)
    run("mount", "--make-private", directory)
    mount, uts = _files(cloud, node)
    for path in (mount, uts):
        path.touch()
    switch = cloud.run / node.name / "openvswitch"
    shutil.rmtree(cloud.run / node.name, ignore_errors=True)
    switch.mkdir(parents=True)
    run("ovsdb-tool", "create", switch / "conf.db", "/usr/share/openvswitch/vswitch.ovsschema")
    tools = cloud.directory / "lib" / "hypervisor"
    enter = ("unshare", f"--mount={mount}", f"--uts={uts}", *in_namespace(node.namespace))
    arguments: tuple[str | Path, ...] = (
        node.name,
        cloud.run / node.name,
        cloud.state / node.name,
        cloud.log / f"{node.name}-libvirt",
        tools,
        *hierarchies(Path("/proc/self/cgroup").read_text(encoding="utf-8")),
    )
    run(*enter, tools / "namespace", *arguments)
    _complete(node.namespace)


def hierarchies(cgroups: str) -> list[str]:
    """The cgroup v1 hierarchies of a node, in this machine's combinations of controllers: the kernel mounts no others.

    :param cgroups: what /proc/self/cgroup says, see cgroups(7)
    """
    known = [line.split(":")[1] for line in cgroups.splitlines()]
    found = [next((each for each in known if name in each.split(",")), name) for name in CONTROLLERS]
    return list(dict.fromkeys(found))


def remove_node(cloud: Cloud, node: Node) -> bool:
    """Remove the namespaces and the cable of a node without processes; whether it had any."""
    there = _exists(node.namespace)
    for path in _files(cloud, node):
        while f" {path} " in Path("/proc/self/mounts").read_text(encoding="utf-8"):
            run("umount", "--lazy", path)
    if there:
        run("ip", "netns", "delete", node.namespace)
    if _exists(EXTERNAL):
        run("ip", "-n", EXTERNAL, "link", "delete", f"p-{node.name}", check=False)
    return there
