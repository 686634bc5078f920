# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The replicas from inside and from outside: what runs in a guest of the local cloud, and what CPU it used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from scene import Scene
from traffic import DrillError

GRANULARITY = 5  # seconds; the local cloud's archive policy keeps it for an hour
NANOSECONDS = 1e9


def end_for_good(instance_name: str, unit: str) -> None:
    """Stop a unit in a guest so that nothing there starts it again; raise DrillError when it cannot be done."""
    systemctl(instance_name, "mask", "--now", "--runtime", unit)


def signal_to(instance_name: str, unit: str, name: str) -> None:
    """Send a signal to the main process of a unit in a guest; raise DrillError when it cannot be done."""
    systemctl(instance_name, "kill", "--kill-who=main", f"--signal={name}", unit)


def main_process(instance_name: str, unit: str) -> int:
    """Return the id, inside the guest, of a unit's main process; 0 when there is none."""
    return int(systemctl(instance_name, "show", "--property=MainPID", "--value", unit) or 0)


def systemctl(instance_name: str, *words: str) -> str:
    """Run systemctl in a guest and return what it says; raise DrillError when it fails."""
    command = ["nsenter", f"--target={init_of(instance_name)}", "--all", "systemctl", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise DrillError(f"systemctl {' '.join(words)} in {instance_name} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def addresses(instance_name: str, namespace: str) -> set[str]:
    """Return the addresses in a network namespace of a guest; raise DrillError when it cannot be looked at."""
    where = f"/proc/{init_of(instance_name)}/root/run/netns/{namespace}"
    command = ["nsenter", f"--net={where}", "ip", "-json", "address"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise DrillError(f"the addresses of {instance_name} cannot be seen: {done.stderr.strip()}")
    return {str(one["local"]) for link in json.loads(done.stdout) for one in link["addr_info"]}


def power_cut(instance_name: str) -> None:
    """Kill everything in a guest at once, by its first process; raise DrillError if it does not run."""
    os.kill(init_of(instance_name), signal.SIGKILL)


def init_of(instance_name: str) -> int:
    """Return the first process in a guest, which is a container; raise DrillError if it does not run."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if words[0].endswith("libvirt_lxc") and instance_name in words:
                children = (process / "task" / process.name / "children").read_text(encoding="utf-8").split()
                return int(children[0])
        except (OSError, IndexError):  # it ended meanwhile
            continue
    raise DrillError(f"guest {instance_name} does not run on this machine")


def cpu(scene: Scene, servers: Iterable[str], begin: float) -> list[list[float]]:
    """Return the mean CPU of servers over time as Gnocchi has it: seconds since `begin`, per cent of a VCPU."""
    values: dict[float, list[float]] = defaultdict(list)
    for server in servers:
        for moment, value in measures(scene, server):
            values[moment].append(value)
    return [[round(moment - begin, 1), round(sum(found) / len(found), 1)] for moment, found in sorted(values.items())]


def measures(scene: Scene, server: str) -> list[tuple[float, float]]:
    """Return one server's CPU in per cent over time, in seconds since the epoch; nothing when it is not known."""
    where = f"/v1/resource/instance/{server}/metric/cpu/measures"
    options: dict[str, Any] = {"aggregation": "rate:mean", "granularity": GRANULARITY, "refresh": "true"}
    answer = scene.operator.session.get(
        where, params=options, endpoint_filter={"service_type": "metric"}, raise_exc=False
    )
    if not answer.ok:
        return []
    return [
        (_seconds(moment), 100 * value / (granularity * NANOSECONDS)) for moment, granularity, value in answer.json()
    ]


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
