# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of the cloud, in the hands of supervisord: each stage starts once the one before answers."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from .layout import NAMESPACES, Cloud, CloudError, Program, run

STOPPED = {"STOPPED", "EXITED", "FATAL", "UNKNOWN"}


def connect(cloud: Cloud) -> Any | None:
    """The RPC interface of a running supervisord, or None."""
    from supervisor.xmlrpc import SupervisorTransport  # noqa: PLC0415 -- installed beside the services, not beside the tests

    path = cloud.run / "supervisor.sock"
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return None
    return ServerProxy("http://127.0.0.1", transport=SupervisorTransport(None, None, f"unix://{path}")).supervisor


def ensure_supervisor(cloud: Cloud) -> list[str]:
    """Have a supervisord with the current configuration; the names of programs that were changed, stopped."""
    supervisor = connect(cloud)
    if supervisor is None:
        kill_leftovers(cloud, "LOCAL_CLOUD")
        _empty(cloud.run / "tmp")
        config = str(cloud.etc / "supervisord.conf")
        environment = {**os.environ, "LOCAL_CLOUD": str(cloud.directory)}
        run(cloud.bin / "supervisord", "-c", config, env=environment)
        wait_for(lambda: connect(cloud) is not None, 20, "supervisord")
        return ["supervisord started"]
    added, changed, removed = supervisor.reloadConfig()[0]
    for name in (*changed, *removed):
        supervisor.stopProcessGroup(name)
        supervisor.removeProcessGroup(name)
    for name in (*added, *changed):
        supervisor.addProcessGroup(name)
    return [f"{name} reconfigured" for name in (*added, *changed, *removed)]


def _empty(directory: Path) -> None:
    """Forget what earlier processes wrote: Neutron takes a file for its own that one with the same process id left."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()


def start(cloud: Cloud, stages: Iterable[str], timeout: float = 180) -> list[str]:
    """Start what does not run in these stages, in their order, and wait until it answers; what was started."""
    supervisor = connect(cloud)
    if supervisor is None:
        raise CloudError("supervisord is not running")
    started: list[str] = []
    for stage in stages:
        programs = [program for program in cloud.programs if program.stage == stage]
        states = {info["name"]: info["statename"] for info in supervisor.getAllProcessInfo()}
        for program in programs:
            if states.get(program.name, "UNKNOWN") in STOPPED:
                _start_one(supervisor, program)
                started.append(f"{program.name} started")
        deadline = time.monotonic() + timeout
        for program in programs:
            _wait_ready(cloud, supervisor, program, deadline)
    return started


def _start_one(supervisor: Any, program: Program) -> None:
    kind, _space, socket_path = program.ready.partition(" ")
    if kind in ("unix", "socket"):  # a socket left by a killed process would look like an answer
        Path(socket_path).unlink(missing_ok=True)
    try:
        supervisor.startProcess(program.name, False)
    except Fault as fault:
        if "ALREADY_STARTED" not in fault.faultString:
            raise CloudError(f"{program.name} does not start: {fault.faultString}") from fault


def _wait_ready(cloud: Cloud, supervisor: Any, program: Program, deadline: float) -> None:
    while True:
        state = supervisor.getProcessInfo(program.name)["statename"]
        if state == "RUNNING" and answers(program.ready):
            return
        if state == "FATAL" or time.monotonic() > deadline:
            tail = last_lines(cloud.log / f"{program.name}.log", 8)
            probe = program.ready or "process"
            raise CloudError(f"{program.name} is {state} and does not answer ({probe}); its log ends with:\n{tail}")
        time.sleep(0.2)


def answers(ready: str) -> bool:
    """Whether what `ready` names accepts a connection: "tcp PORT", "unix PATH", "http PORT" or nothing.

    "socket PATH" only looks for the socket: Octavia's driver agent spins for ever on a connection that says nothing.
    """
    kind, _space, where = ready.partition(" ")
    try:
        if kind == "tcp":
            socket.create_connection(("127.0.0.1", int(where)), timeout=2).close()
        elif kind == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(where)
        elif kind == "socket":
            return Path(where).is_socket()
        elif kind == "http":
            connection = http.client.HTTPConnection("127.0.0.1", int(where), timeout=60)
            connection.request("GET", "/")
            if connection.getresponse().status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
                return False
            connection.close()
    except (OSError, http.client.HTTPException):
        return False
    return True


def stop(cloud: Cloud, names: Iterable[str]) -> list[str]:
    """Stop these programs, at the same time; those that ran."""
    supervisor = connect(cloud)
    if supervisor is None:
        return []
    states = {info["name"]: info["statename"] for info in supervisor.getAllProcessInfo()}
    running = [name for name in names if states.get(name, "STOPPED") not in STOPPED]
    for name in running:
        supervisor.stopProcess(name, False)
    for name in running:
        wait_for(lambda name=name: supervisor.getProcessInfo(name)["statename"] in STOPPED, 60, f"end of {name}")
    return running


def shut_down(cloud: Cloud) -> list[str]:
    """Stop every process of the cloud, and then whatever is still there."""
    running = stop(cloud, [program.name for program in cloud.programs])
    supervisor = connect(cloud)
    if supervisor is not None:
        pid = supervisor.getPID()
        supervisor.shutdown()
        wait_for(lambda: not Path(f"/proc/{pid}").exists(), 30, "end of supervisord")
    return [f"{name} stopped" for name in running] + kill_all(cloud)


def kill_all(cloud: Cloud) -> list[str]:
    """Kill whatever is still there, also what builds images; what was killed."""
    return [f"process {pid} killed" for pid in kill_leftovers(cloud, "LOCAL_CLOUD", "LOCAL_CLOUD_BUILD")]


def leftovers(cloud: Cloud, *marks: str) -> list[int]:
    """Processes that carry a mark of this cloud or live in one of its namespaces, and all that descend from them.

    :param marks: variables of the environment that have the cloud's directory as value. What builds images has one of
        its own, because it goes on while `up` starts the services.
    """
    wanted = {f"{mark}={cloud.directory}".encode() for mark in marks}
    # A cloud that was never configured has no namespaces: these are another's.
    spaces = {path.stat().st_ino for path in NAMESPACES.glob("lc-*")} if cloud.settings else set()
    found: list[int] = []
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            )
            marked = not wanted.isdisjoint((entry / "environ").read_bytes().split(b"\0"))
            if marked or (entry / "ns" / "net").stat().st_ino in spaces:
                found.append(int(entry.name))
        except OSError:  # it ended meanwhile
            continue
    ancestors = _ancestors(parents)
    return sorted(with_descendants(set(found) - ancestors, parents) - ancestors)


def with_descendants(family: Iterable[int], parents: dict[int, int]) -> set[int]:
    """The processes and all that descend from them; `parents` says who started whom."""
    found = set(family)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _ancestors(parents: dict[int, int]) -> set[int]:
    """The parents of this process: the caller may carry the mark, too."""
    chain, pid = set(), os.getppid()
    while pid in parents:
        chain.add(pid)
        pid = parents[pid]
    return chain


def kill_leftovers(cloud: Cloud, *marks: str) -> list[int]:
    """Kill what is left of the cloud's processes with these marks; their ids."""
    killed: list[int] = []
    for _attempt in range(50):
        pids = leftovers(cloud, *marks)
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                continue
            if pid not in killed:
                killed.append(pid)
        time.sleep(0.1)
    return killed


def wait_for(condition: Any, timeout: float, what: str | Callable[[], str]) -> None:
    """Poll until the condition holds; raises CloudError after `timeout` seconds.

    :param what: what is waited for, or a function that says it when the time is over
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise CloudError(f"waited {timeout:.0f} s for {what if isinstance(what, str) else what()} in vain")
        time.sleep(0.1)


def last_lines(path: Path, count: int) -> str:
    """The end of a log file."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 20000))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])
