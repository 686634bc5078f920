# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the power from a hypervisor, or end programs: everything ends at once, and nothing says goodbye.

`local-cloud up network hypervisors` gives a hypervisor its power back, `local-cloud up` starts all programs again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from . import namespaces
from .layout import Cloud, CloudError, Node
from .processes import STOPPED, connect, wait_for, with_descendants


def off(cloud: Cloud, name: str) -> list[str]:
    """Kill what runs on a hypervisor, guests included, and remove its namespaces; what was done.

    Raises CloudError for a name that no hypervisor has.
    """
    node = next((node for node in cloud.hypervisors if node.name == name), None)
    if node is None:
        raise CloudError(f"there is no hypervisor {name!r}, only {', '.join(node.name for node in cloud.hypervisors)}")
    frozen = _freeze(lambda: _family(cloud, node))
    # The switch first, so that nothing the others' sockets send while they are closed leaves the host.
    switch = {pid for pid in frozen if b"ovs-vswitchd" in _command(pid)}
    _kill(switch)
    _give_up(cloud, {program.name for program in cloud.programs if program.node == name})
    _kill(set(frozen) - switch)
    wait_for(lambda: not any(_alive(pid) for pid in frozen), 20, f"end of the processes of {name}")
    done = [f"{len(frozen)} processes of {name} killed"]
    if namespaces.remove_node(cloud, node):
        done.append(f"namespace {node.namespace} removed")
    return done + namespaces.detach_loops(f"{cloud.state}/{name}/")


def kill(cloud: Cloud, names: Iterable[str]) -> list[str]:
    """Kill programs and what descends from them, and leave them down; what was done.

    Raises CloudError for a name that no program has, and when supervisord does not run.
    """
    wanted = set(names)
    if unknown := wanted - {program.name for program in cloud.programs}:
        raise CloudError(f"there is no program {', '.join(sorted(unknown))}; `local-cloud status` lists them")
    supervisor = connect(cloud)
    if supervisor is None:
        raise CloudError("supervisord is not running")
    roots = {info["pid"] for info in supervisor.getAllProcessInfo() if info["name"] in wanted} - {0}
    frozen = _freeze(lambda: with_descendants(roots, _parents()))
    _give_up(cloud, wanted)
    _kill(frozen)
    wait_for(lambda: not any(_alive(pid) for pid in frozen), 20, "end of the programs")
    return [f"{len(frozen)} processes of {len(wanted)} programs killed"]


def _give_up(cloud: Cloud, names: set[str]) -> None:
    """Have supervisord not start frozen programs again; its SIGTERM never reaches them."""
    supervisor = connect(cloud)
    if supervisor is None:
        return
    for info in supervisor.getAllProcessInfo():
        if info["name"] in names and info["statename"] not in STOPPED:
            supervisor.stopProcess(info["name"], False)


def _freeze(family: Callable[[], set[int]]) -> list[int]:
    """Stop all processes of a family, so that they end at the same moment for whoever looks from outside."""
    frozen: list[int] = []
    while fresh := family() - set(frozen):
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
    parents = _parents()
    family: set[int] = set()
    for pid in parents:
        try:
            if Path(f"/proc/{pid}/ns/uts").stat().st_ino == host:
                family.add(pid)
        except OSError:  # it ended meanwhile
            continue
    return with_descendants(family, parents)


def _parents() -> dict[int, int]:
    """Who started whom: the parent of each process of the machine."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
        except OSError:  # it ended meanwhile
            continue
    return parents


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
