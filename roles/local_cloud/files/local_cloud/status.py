# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs, and what the services complained about last."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .layout import Cloud
from .processes import connect

COMPLAINT = re.compile(r"\b(ERROR|CRITICAL|FATAL|EMER|Traceback)\b")
MIB = 1024 * 1024


def _memory() -> dict[int, tuple[int, int]]:
    """Parent and resident bytes of each process."""
    page = os.sysconf("SC_PAGE_SIZE")
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            table[int(entry.name)] = (int(fields[1]), int(fields[21]) * page)
    return table


def _tree(table: dict[int, tuple[int, int]], pid: int) -> int:
    """Resident bytes of a process and its descendants; shared pages count once per process."""
    children = [child for child, (parent, _resident) in table.items() if parent == pid]
    return table.get(pid, (0, 0))[1] + sum(_tree(table, child) for child in children)


def last_complaint(path: Path, limit: int = 200_000) -> str:
    """The last line of a log that reports an error, from at most its last `limit` bytes."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - limit))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if COMPLAINT.search(line)), "")


def show(cloud: Cloud, width: int = 200) -> tuple[str, bool]:
    """A table of every program, and whether all of them run."""
    supervisor = connect(cloud)
    infos = {info["name"]: info for info in supervisor.getAllProcessInfo()} if supervisor else {}
    table = _memory()
    rows = [f"{'SERVICE':<32}{'STATE':<10}{'PID':>8}{'MIB':>7}  LAST ERROR"]
    total, healthy = 0, True
    for program in cloud.programs:
        info = infos.get(program.name, {"statename": "STOPPED", "pid": 0})
        resident = _tree(table, info["pid"]) if info["pid"] else 0
        total += resident
        healthy &= info["statename"] == "RUNNING"
        row = f"{program.name:<32}{info['statename']:<10}{info['pid'] or '-':>8}{resident // MIB:>7}  "
        rows.append((row + last_complaint(cloud.log / f"{program.name}.log"))[:width].rstrip())
    running = sum(info["statename"] == "RUNNING" for info in infos.values())
    rows.append(
        f"{running} of {len(cloud.programs)} run, {total // MIB} MiB resident (shared pages counted in each). "
        f"Logs: {cloud.log}"
    )
    return "\n".join(rows), healthy
