# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the power from a hypervisor: everything on it ends at once, and nothing says goodbye.

`local-cloud up network hypervisors` gives it back.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

from . import namespaces
from .layout import Cloud, CloudError, Node
from .processes import STOPPED, connect, wait_for


def off(cloud: Cloud, name: str) -> list[str]:
    """Kill what runs on a hypervisor, guests included, and remove its namespaces; what was done.

    Raises CloudError for a name that no hypervisor has.
    """
    node = next((node for node in cloud.hypervisors if node.name == name), None)
    if node is None:
        raise CloudError(f"there is no hypervisor {name!r}, only {', '.join(node.name for node in cloud.hypervisors)}")
    frozen = _freeze(cloud, node)
    # The switch first, so that nothing the others' sockets send while they are closed leaves the host.
    switch = {pid for pid in frozen if b"ovs-vswitchd" in _command(pid)}
    _kill(switch)
    supervisor = connect(cloud)
    if supervisor is not None:  # it must not start them again; its SIGTERM never reaches a frozen process
        programs = {program.name for program in cloud.programs if program.node == name}
        for info in supervisor.getAllProcessInfo():
            if info["name"] in programs and info["statename"] not in STOPPED:
                supervisor.stopProcess(info["name"], False)
    _kill(set(frozen) - switch)
    wait_for(lambda: not any(_alive(pid) for pid in frozen), 20, f"end of the processes of {name}")
    done = [f"{len(frozen)} processes of {name} killed"]
    if namespaces.remove_node(cloud, node):
        done.append(f"namespace {node.namespace} removed")
    return done + namespaces.detach_loops(f"{cloud.state}/{name}/")


def _freeze(cloud: Cloud, node: Node) -> list[int]:
    """Stop all processes of the host, so that they end at the same moment for whoever looks from outside."""
    frozen: list[int] = []
    while fresh := _family(cloud, node) - set(frozen):
        for pid in fresh:
            _signal(pid, signal.SIGSTOP)
        frozen += fresh
    return frozen


def _family(cloud: Cloud, node: Node) -> set[int]:
    """The processes that know the host by its name, and their descendants: the guests."""
    try:
        host = (cloud.run / "ns" / f"{node.name}.uts").stat().st_ino
    except FileNotFoundError:
        return set()
    parents: dict[int, int] = {}
    family: set[int] = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
            if (entry / "ns" / "uts").stat().st_ino == host:
                family.add(int(entry.name))
        except OSError:  # it ended meanwhile
            continue
    return with_descendants(family, parents)


def with_descendants(family: Iterable[int], parents: dict[int, int]) -> set[int]:
    """The processes and all that descend from them; `parents` says who started whom."""
    found = set(family)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        _signal(pid, signal.SIGKILL)


def _alive(pid: int) -> bool:
    """Whether a process still runs; one that nobody has waited for does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")
