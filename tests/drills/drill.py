# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run drills on the local cloud: real traffic through a load balancer, one fault or change, one record.

A record of a drill that passed goes to tests/drills/results, one of a drill that did not to build/drills/NAME.
The exit code is the number of drills that did not pass. OS_CLIENT_CONFIG_FILE names the local cloud's clouds.yaml.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import amphora_killed
import api_down
import autoscale
import canary
import engine_killed
import heal
import host_killed
import host_killed_ovn
import leftovers
import moving
import no_room
import one_replica
import rolling
import users
import zone_lost
from endings import told
from figures import basics, per_second
from outcome import Outcome
from report import RESULTS, save, table, write_page
from scene import Scene
from signals import end_in_order
from sources import ROOT, stamp

PLOTTER = (ROOT / ".cache" / "drills" / "bin" / "python", Path(__file__).with_name("plot.py"))
DRILLS: dict[str, tuple[str, Callable[[Scene], Outcome]]] = {
    "rolling_update": ("every replica is replaced by a new version of the model", rolling.play),
    "rolling_update_broken": ("a new version never becomes ready and is rolled back", rolling.play_broken),
    "canary": ("two versions behind one pool, nine to one", canary.play),
    "model_moves": ("a model moves to a server fleet of its own and back", moving.play),
    "model_moves_group": ("a model moves to an autoscaling group of its own and back", moving.play_group),
    "autoscale": ("load drives the CPU of an autoscaling group over its target, then ends", autoscale.play),
    "heal": ("a model server of an autoscaling group ends for good", heal.play),
    "heal_limit": ("the health monitor of an autoscaling group asks a path that does not exist", heal.play_limit),
    "heal_no_room": (
        "a model server of an autoscaling group ends for good while the quota has no room for another replica",
        no_room.play,
    ),
    "group_update": ("a new version of the model in an autoscaling group that has scaled", rolling.play_group),
    "group_update_broken": ("a new version never becomes ready in an autoscaling group", rolling.play_group_broken),
    "host_killed": ("one of the three hypervisors with replicas loses its power", host_killed.play),
    "host_killed_pair": (
        "one of the three hypervisors with replicas loses its power, and one of the balancer's two amphorae",
        host_killed.play_pair,
    ),
    "host_killed_ovn": (
        "a hypervisor of three loses its power behind a balancer of the provider ovn",
        host_killed_ovn.play,
    ),
    "process_killed": ("the process of a model server is killed, in an autoscaling group", one_replica.play_killed),
    "replica_hangs": ("a replica of a fleet accepts connections and never answers", one_replica.play_hangs),
    "replica_hangs_group": ("a replica of an autoscaling group accepts connections and never answers", heal.play_hangs),
    "server_deleted": ("the server of a fleet's replica is deleted through Nova", one_replica.play_deleted),
    "server_deleted_group": ("the server of an autoscaling group is deleted through Nova", heal.play_deleted),
    "zone_lost": ("both hypervisors of an availability zone lose their power at once", zone_lost.play),
    "amphora_killed": ("the balancer's only amphora loses its power", amphora_killed.play),
    "api_down": (
        "the cloud's services, all but octavia-health-manager, are killed and started again, and nothing else happens",
        api_down.play,
    ),
    "engine_killed": ("all engines of Heat are killed while load makes a group grow", engine_killed.play),
    "engine_killed_update": (
        "all engines of Heat are killed while site.yml updates a group",
        engine_killed.play_update,
    ),
    "playbook_fleet": ("the playbook drill deletes the server of a fleet's replica", users.play),
    "playbook_group": ("the playbook drill stops the server of an autoscaling group", users.play_group),
}


def perform(name: str) -> dict[str, Any]:
    """Play one drill and return its record, also written with its plot."""
    what, play = DRILLS[name]
    print(f"== {name}: {what}", flush=True)
    scene, outcome, error = Scene(name), Outcome({}, {}), ""
    load_before = os.getloadavg()[0]
    try:
        with leftovers.counted(scene), scene.open():
            outcome = play(scene)
    except Exception as problem:  # noqa: BLE001 -- whatever stopped a drill, the others go on, and its record says it
        traceback.print_exc()
        error = told(problem)
    record = make_record(name, what, scene, outcome, error) | {"machine": machine(load_before)}
    record["per_second"] = record.pop("per_second")  # the long part last
    folder = RESULTS if record["passed"] else scene.folder
    save(folder / f"{name}.json", record)
    if record["per_second"]:
        subprocess.run([*PLOTTER, folder / f"{name}.json", folder / f"{name}.svg"], check=True)
    if record["passed"]:
        write_page()
    for text, held in record["conditions"].items():
        print(f"  {'holds' if held else 'DOES NOT HOLD'}: {text}")
    print(f"  {'passed' if record['passed'] else 'NOT PASSED'}: {folder / name}.json", flush=True)
    return record


def make_record(name: str, what: str, scene: Scene, outcome: Outcome, error: str) -> dict[str, Any]:
    """Return what is written down about a drill."""
    begin = scene.requests[0].start if scene.requests else 0.0
    conditions = {**outcome.conditions, **seen(scene), "nothing was left behind": not scene.left_behind}
    return {
        "drill": name,
        "what": what,
        "passed": not error and bool(outcome.conditions) and all(conditions.values()),
        **basics(scene.requests, scene.due),
        "out_of_rotation_s": rounded(outcome.out_of_rotation_s),
        "capacity_back_s": rounded(outcome.capacity_back_s),
        "longest_unseen_s": rounded(scene.watch.unseen()) if scene.watch else None,
        "left_behind": len(scene.left_behind),
        "left": scene.left_behind,
        "figures": {key: rounded(value) for key, value in outcome.figures.items()},
        "conditions": conditions,
        "error": error,
        "errors": errors(scene),
        "events": [{**asdict(event), "second": round(event.at - begin, 2)} for event in scene.events],
        "commands": scene.commands,
        "series": scene.series,
        "per_second": per_second(scene.requests, scene.rotations),
    }


def seen(scene: Scene) -> dict[str, bool]:
    """Return what must hold so that the other conditions speak of all the time."""
    if (watch := scene.watch) is None:
        return {}
    return {f"who is in rotation was seen at least every {watch.patience:g} s": watch.unseen() <= watch.patience}


def errors(scene: Scene) -> list[dict[str, Any]]:
    """Return the failed requests, at most fifty, with their seconds since the traffic began."""
    begin = scene.requests[0].start if scene.requests else 0.0
    return [
        {"second": round(request.start - begin, 2), "ms": round(request.seconds * 1000), "error": request.error[:150]}
        for request in scene.requests
        if request.failed
    ][:50]


def rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def machine(load_before: float) -> dict[str, Any]:
    """Return what the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": round(load_before, 2),
        "load_after": round(os.getloadavg()[0], 2),
        **stamp(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drills", nargs="*", metavar="DRILL", help=", ".join(DRILLS))
    names = parser.parse_args().drills or list(DRILLS)
    if unknown := [name for name in names if name not in DRILLS]:
        parser.error(f"no drill is called {', '.join(unknown)}; there are {', '.join(DRILLS)}")
    end_in_order()
    records = [perform(name) for name in names]
    print(table(records))
    return sum(not record["passed"] for record in records)


if __name__ == "__main__":
    sys.exit(main())
