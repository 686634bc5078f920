# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All engines of Heat are killed while they change a group: nobody goes on with what they were at."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import hypervisors
from autoscale import AROUND, GROWS_WITHIN, HIGH, LEAST, LOW, MOST, TRACKING, group, ids
from figures import failures, fewest, versions
from outcome import Outcome
from rolling import GROUP, WANTED
from runs import Run
from scene import Scene, wait_for
from traffic import DrillError, Traffic

ENGINE = "heat-engine"
DOWN = 20.0  # seconds
BETWEEN_RUNS = 60.0  # seconds between runs of site.yml, as a timer would start them
REPAIRED_WITHIN = 900.0  # seconds
REPAIRED = re.compile(r": Keep the group\] \*+\nchanged: ")
TAKES_OVER = "the next run takes over"


def play(scene: Scene) -> Outcome:
    """Kill the engines when the first additional server is there; run site.yml until it repairs the group."""
    wanted = group(scene, autoscaling={"target_tracking": TRACKING})
    scene.site(wanted)
    with scene.under_load(rate=LOW, users=10) as (traffic, watch):
        wait_for(lambda: len(watch.now()) == LEAST, 60, "all replicas in rotation")
        time.sleep(AROUND)
        burst = Traffic(traffic.url, scene.folder / "burst.csv", rate=HIGH, users=30)
        scene.mark("change", f"{HIGH:.0f} requests/s more")
        with burst.running():
            wait_for(lambda: len(ids(scene)) > LEAST, GROWS_WITHIN, "an additional server", every=0.2)
            fault = killed(scene)
            repair = repaired(scene, wanted)
            alone = max(len(seen.members) for seen in watch.rotations if seen.at < repair.begin)
            wait_for(lambda: len(watch.now()) >= MOST, GROWS_WITHIN, f"{MOST} replicas in rotation", every=1)
            grown = scene.mark("recovery", f"{MOST} replicas get requests")
            time.sleep(AROUND)
        again = scene.site(wanted, may_fail=True)
        time.sleep(AROUND)
    scene.add(burst)
    return Outcome(
        capacity_back_s=grown - fault,
        figures={
            "repair_begins_s": repair.begin - fault,
            "repair_s": repair.end - repair.begin,
            "fewest_in_rotation": fewest(scene.rotations, fault),
        },
        conditions={
            "no request failed": failures(scene.requests) == 0,
            f"never fewer than {LEAST} replicas in rotation": fewest(scene.rotations, fault) == LEAST,
            "Heat did not go on by itself": alone == LEAST,
            "another run of site.yml succeeded": again.code == 0,
        },
    )


def play_update(scene: Scene) -> Outcome:
    """Kill the engines while a run of site.yml replaces the first replica; another run does the rest."""
    scene.site(version(scene, "1"))
    old = ids(scene)
    with scene.under_load() as (_traffic, watch), ThreadPoolExecutor(max_workers=1) as beside:
        wait_for(lambda: len(watch.now()) == len(old), 60, "all replicas in rotation")
        time.sleep(AROUND)
        begin = scene.mark("change", "site.yml begins with version 2")
        running = beside.submit(lambda: scene.site(version(scene, "2"), may_fail=True))
        wait_for(lambda: ids(scene) - old, GROWS_WITHIN, "a server of version 2", every=0.2)
        fault = killed(scene)
        first = running.result()
        scene.mark("note", f"that run ended with {first.code}")
        second = scene.site(version(scene, "2"), may_fail=True)
        scene.mark("recovery", f"another run ended with {second.code}")
        time.sleep(AROUND)
        new = ids(scene)
    return Outcome(
        capacity_back_s=second.end - fault,
        figures={
            "first_run_s": first.end - begin,
            "second_run_s": second.end - second.begin,
            "fewest_in_rotation": fewest(scene.rotations, fault),
            "answers_after": versions(scene.requests, second.end),
        },
        conditions={
            "no request failed": failures(scene.requests) == 0,
            f"never fewer than {len(old)} replicas in rotation": fewest(scene.rotations, fault) == len(old),
            "the run whose engine died failed": first.code != 0,
            "it says that the next run takes over": TAKES_OVER in first.log.read_text(encoding="utf-8"),
            "the next run succeeded": second.code == 0,
            "every replica was replaced": len(new) == len(old) and not new & old,
            "after it, only version 2 answered": set(versions(scene.requests, second.end)) == {"2"},
        },
    )


def version(scene: Scene, number: str) -> dict[str, object]:
    """Return the service file of a group with a version of the model."""
    return scene.service(number, **{**GROUP, "replicas": WANTED})


def killed(scene: Scene) -> float:
    """Kill all engines of Heat, start them again, and return when they were killed."""
    fault = scene.mark("fault", "all engines of Heat are killed")
    try:
        hypervisors.local_cloud("kill", ENGINE)
        time.sleep(DOWN)
    finally:
        hypervisors.local_cloud("up")
    scene.mark("change", "they run again")
    return fault


def repaired(scene: Scene, wanted: dict[str, object]) -> Run:
    """Run site.yml now and then until it changes the group, and return that run; raise DrillError when none does."""
    end = time.monotonic() + REPAIRED_WITHIN
    while time.monotonic() < end:
        time.sleep(BETWEEN_RUNS)
        done = scene.site(wanted)
        if REPAIRED.search(done.log.read_text(encoding="utf-8")):
            scene.mark("recovery", f"site.yml has repaired the group in {done.end - done.begin:.0f} s")
            return done
    raise DrillError(f"no run of site.yml within {REPAIRED_WITHIN:.0f} s has repaired the group")
