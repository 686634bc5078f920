# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One replica breaks: a killed process is systemd's to start again, whatever lasts is the next run's of site.yml."""

from __future__ import annotations

import time

import guests
import strikes
from autoscale import ids
from figures import capacity_back, failures, fewest, first_without, out_of_rotation, restored
from heal import service as group
from host_killed import comes
from outcome import Outcome, mostly_served
from runs import Run
from scene import Scene, wait_for

WANTED = 3
GRACE = 10  # seconds in ERROR until site.yml replaces a replica: the clients of the drill wait
OUT_WITHIN, RESTARTED_WITHIN = 60, 30  # seconds
WATCHED = 60.0  # seconds in which the cloud must not replace what is well again; Aodh looks every 10 s
AROUND = 10.0  # seconds of traffic between the steps


def play_killed(scene: Scene) -> Outcome:
    """Kill a process in an autoscaling group: it is back before the cloud has a reason to replace the replica."""
    scene.site(group(scene))
    with scene.under_load() as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        before = ids(scene)
        hit = strikes.one_replica(scene, strikes.kill)
        wait_for(
            lambda: guests.main_process(hit.instance_name, strikes.UNIT) not in {0, hit.process},
            RESTARTED_WITHIN,
            "another process",
            every=0.2,
        )
        restarted = scene.mark("recovery", "systemd has started it again")
        process = guests.main_process(hit.instance_name, strikes.UNIT)
        time.sleep(WATCHED)
        after = ids(scene)
    return judge_killed(scene, hit, restarted, {"process": process not in {0, hit.process}, "replica": before != after})


def judge_killed(scene: Scene, hit: strikes.Hit, restarted: float, another: dict[str, bool]) -> Outcome:
    """Return the figures, and what must hold; `another` says what is not the same as before."""
    gone = first_without(scene.rotations, hit.address, hit.at)
    back = capacity_back(scene.rotations, WANTED, hit.at)
    recovered = restored(scene.rotations, WANTED, hit.at)
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - hit.at,
        capacity_back_s=None if recovered is None else recovered - hit.at,
        figures={
            "process_back_s": restarted - hit.at,
            "fewest_in_rotation": fewest(scene.rotations, hit.at),
            "failed_after_capacity_was_back": None if back is None else failures(scene.requests, back),
        },
        conditions={
            **mostly_served(scene.requests, scene.clients),
            "another process of the model server took over": another["process"],
            f"{WANTED} replicas are in rotation again": back is not None,
            "no request failed that began after that": back is not None and failures(scene.requests, back) == 0,
            "no replica was replaced": not another["replica"],
        },
    )


def play_hangs(scene: Scene) -> Outcome:
    """Stop a model server of a fleet so that it accepts connections and never answers."""
    return repaired(scene, strikes.hang)


def play_deleted(scene: Scene) -> Outcome:
    """Delete a server of a fleet through Nova."""
    return repaired(scene, strikes.delete)


def repaired(scene: Scene, strike: strikes.Strike) -> Outcome:
    """Break one replica of a fleet under load, and let site.yml repair it."""
    service = scene.service(replicas=WANTED, health={"health_grace_period": GRACE})
    scene.site(service)
    with scene.under_load() as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        before = ids(scene)
        hit = strikes.one_replica(scene, strike)
        wait_for(lambda: hit.address not in watch.now(), OUT_WITHIN, f"{hit.address} out of rotation")
        scene.mark("note", "it gets no requests any more")
        # Octavia's API says so some seconds later, and the grace period counts from then.
        time.sleep(2 * GRACE)
        repair = scene.repair(service)
        comes(lambda: len(watch.now() - {hit.address}) >= WANTED)
        time.sleep(AROUND)
        after = ids(scene)
    return judge(scene, hit, repair, before, after)


def judge(scene: Scene, hit: strikes.Hit, repair: Run, before: set[str], after: set[str]) -> Outcome:
    """Return the figures, and what must hold; `before` and `after` are the ids of the servers."""
    gone = out_of_rotation(scene.rotations, {hit.address}, hit.at)
    back = capacity_back(scene.rotations, WANTED, repair.begin if gone is None else gone)
    failed_after = None if gone is None else failures(scene.requests, gone)
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - hit.at,
        capacity_back_s=None if back is None else back - hit.at,
        figures={
            "site_began_s": repair.begin - hit.at,
            "site_s": repair.end - repair.begin,
            "failed_after_out_of_rotation": failed_after,
            "fewest_in_rotation": fewest(scene.rotations, hit.at),
        },
        conditions={
            **mostly_served(scene.requests, scene.clients),
            "the broken replica left the rotation": gone is not None,
            "no request failed that began after that": failed_after == 0,
            "site.yml succeeded": repair.code == 0,
            f"{WANTED} replicas are in rotation again": back is not None,
            "only the broken replica was replaced": before - after == {hit.server},
            f"there are {WANTED} servers": len(after) == WANTED,
        },
    )
