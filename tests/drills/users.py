# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook for users' own clouds, on a fleet and on a group: what it refuses, does, repairs and measures."""

from __future__ import annotations

import re
import time
from typing import Any

from autoscale import ids
from figures import capacity_back, fewest, out_of_rotation
from heal import service as group
from outcome import Outcome, mostly_served
from runs import Run
from scene import Scene, wait_for

WANTED = 3
AGREEMENT = 15.0  # seconds between what the playbook saw through Octavia and what HAProxy did
AROUND = 10.0  # seconds of traffic before and after


def play(scene: Scene) -> Outcome:
    """Delete a replica of a fleet, which the playbook repairs by site.yml."""
    return drilled(scene, scene.service(replicas=WANTED), "delete")


def play_group(scene: Scene) -> Outcome:
    """Stop a replica of an autoscaling group, which the cloud repairs."""
    return drilled(scene, group(scene), "stop")


def drilled(scene: Scene, service: dict[str, Any], fault: str) -> Outcome:
    """Run the playbook without being told, in check mode, and in earnest."""
    scene.site(service)
    chosen = f"--extra-vars=drill_fault={fault}"
    with scene.under_load() as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        servers, members = ids(scene), watch.now()
        refused = scene.playbook("drill", chosen)
        rehearsed = scene.playbook("drill", chosen, "--check")
        untouched = servers == ids(scene) and watch.now() == members
        time.sleep(AROUND)
        scene.mark("change", "the playbook drill begins")
        done = scene.playbook("drill", chosen, f"--extra-vars=drill_confirm={scene.project}")
        scene.mark("recovery" if done.code == 0 else "note", f"the playbook drill ended with {done.code}")
        time.sleep(AROUND)
        after = watch.now()
    return judge(scene, members, after, untouched=untouched, runs=(refused, rehearsed, done))


def judge(
    scene: Scene, members: frozenset[str], after: frozenset[str], *, untouched: bool, runs: tuple[Run, Run, Run]
) -> Outcome:
    """Return the figures of the playbook beside those of the load generator, and what must hold."""
    refused, rehearsed, done = runs
    said = figures_of(done)
    gone = out_of_rotation(scene.rotations, members - after, done.begin)
    back = None if gone is None else capacity_back(scene.rotations, WANTED, gone)
    # The fault is where the playbook's clock began; the two moments are compared by what is between them.
    seen = None if gone is None or back is None else back - gone
    told = (
        None
        if {"out_of_rotation_s", "capacity_back_s"} - said.keys()
        else (said["capacity_back_s"] - said["out_of_rotation_s"])
    )
    return Outcome(
        figures={
            "playbook": said,
            "seen_from_loss_to_capacity_s": seen,
            "playbook_s": done.end - done.begin,
            "fewest_in_rotation": fewest(scene.rotations, done.begin),
        },
        conditions={
            "without a confirmation it refused": refused.code != 0
            and "This breaks a replica" in refused.log.read_text(encoding="utf-8"),
            "in check mode it succeeded": rehearsed.code == 0,
            "both left every replica in rotation": untouched,
            "it succeeded": done.code == 0,
            "one replica was replaced": len(members - after) == 1 and len(after) == WANTED,
            **mostly_served(scene.requests, scene.clients),
            f"its figures agree with HAProxy's within {AGREEMENT:.0f} s": seen is not None
            and told is not None
            and abs(seen - told) <= AGREEMENT,
        },
    )


def figures_of(run: Run) -> dict[str, float]:
    """Return the numbers that the playbook showed, as JSON or as YAML: that is the user's choice."""
    text = run.log.read_text(encoding="utf-8").partition("Show the figures")[2]
    return {name: float(value) for name, value in re.findall(r'"?(\w+)"?: "?(-?\d+(?:\.\d+)?)"?,?\s', text)}
