# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cloud heals an autoscaling group: a replica that answers no more is replaced, but never all at once."""

from __future__ import annotations

import time

import strikes
from autoscale import ids
from figures import capacity_back, failures, fewest, out_of_rotation
from outcome import Outcome, mostly_served
from runs import Run
from scene import Scene, wait_for

WANTED = 3
OUT_WITHIN, HEALED_WITHIN = 60, 300  # seconds
WATCHED = 120.0  # seconds for which the monitor asks in vain
AROUND = 10.0  # seconds of traffic between the steps


def play(scene: Scene) -> Outcome:
    """End a model server for good."""
    return healed(scene, strikes.end)


def play_hangs(scene: Scene) -> Outcome:
    """Stop a model server so that it accepts connections and never answers."""
    return healed(scene, strikes.hang)


def play_deleted(scene: Scene) -> Outcome:
    """Delete a server through Nova, about which nobody tells Heat."""
    return healed(scene, strikes.delete)


def healed(scene: Scene, strike: strikes.Strike) -> Outcome:
    """Do harm to one replica; nothing of ours runs until capacity is back."""
    scene.site(service(scene))
    with scene.under_load() as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        servers = ids(scene)
        hit = strikes.one_replica(scene, strike)
        victim, address, fault = hit.server, hit.address, hit.at
        wait_for(lambda: address not in watch.now(), OUT_WITHIN, f"{address} out of rotation")
        scene.mark("note", "it gets no requests any more")
        wait_for(lambda: len(watch.now() - {address}) >= WANTED, HEALED_WITHIN, f"{WANTED} replicas", every=1)
        scene.mark("recovery", f"{WANTED} replicas get requests")
        wait_for(lambda: len(ids(scene)) == WANTED, HEALED_WITHIN, "the end of the old server", every=2)
        scene.mark("note", "the broken replica is gone")
        time.sleep(AROUND)
        after = ids(scene)
    return judge(scene, fault, address, {"replaced": servers - after, "after": after, "victim": {victim}})


def judge(scene: Scene, fault: float, address: str, servers: dict[str, set[str]]) -> Outcome:
    """Return the figures, and what must hold.

    :param servers: ids of those that were replaced, of those at the end, and of the broken one
    """
    gone = out_of_rotation(scene.rotations, {address}, fault)
    back = capacity_back(scene.rotations, WANTED, fault + AROUND if gone is None else gone)
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - fault,
        capacity_back_s=None if back is None else back - fault,
        figures={
            "replaced": len(servers["replaced"]),
            "failed_after_out_of_rotation": None if gone is None else failures(scene.requests, gone),
            "fewest_in_rotation": fewest(scene.rotations, fault),
        },
        conditions={
            **mostly_served(scene.requests, scene.clients),
            "no request failed that began after it left the rotation": gone is not None
            and failures(scene.requests, gone) == 0,
            "the cloud alone brought capacity back": back is not None,
            "only the broken replica was replaced": servers["replaced"] == servers["victim"],
            f"there are {WANTED} servers": len(servers["after"]) == WANTED,
        },
    )


def play_limit(scene: Scene) -> Outcome:
    """Let the monitor ask what no replica answers: all are called broken at once, and none may be replaced."""
    wanted = service(scene)
    scene.site(wanted)
    balancers = scene.conn().load_balancer
    with scene.under_load(rate=50, users=10) as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        servers = ids(scene)
        (monitor,) = balancers.health_monitors()
        fault = scene.mark("fault", "the monitor asks a path that does not exist")
        balancers.update_health_monitor(monitor.id, url_path="/no/such/path")
        time.sleep(WATCHED)
        meanwhile = ids(scene)
        repair = scene.repair(wanted)
        wait_for(lambda: len(watch.now()) == WANTED, 60, "all replicas in rotation again")
        time.sleep(AROUND)
        after = ids(scene)
    return judge_limit(scene, fault, repair, (servers, meanwhile, after))


def judge_limit(scene: Scene, fault: float, repair: Run, servers: tuple[set[str], set[str], set[str]]) -> Outcome:
    """Return the figures, and what must hold; `servers` are their ids before, while all were broken, and at the end."""
    before, meanwhile, after = servers
    gone = next((seen.at for seen in scene.rotations if seen.at >= fault and not seen.members), None)
    back = capacity_back(scene.rotations, WANTED, repair.begin)
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - fault,
        capacity_back_s=None if back is None else back - fault,
        figures={
            "replaced_while_broken": len(before - meanwhile),
            "replaced": len(before - after),
            "failed_after_site": failures(scene.requests, repair.end),
            "site_s": repair.end - repair.begin,
        },
        conditions={
            "the monitor took every replica out of the rotation": gone is not None and gone < repair.begin,
            "no replica was replaced while the monitor was wrong": before == meanwhile,
            "site.yml put it right": repair.code == 0,
            # Members come back one after another, and Aodh looks in between.
            "at most one replica was replaced then": len(before - after) <= 1,
            "no request failed that began after that": failures(scene.requests, repair.end) == 0,
        },
    )


def service(scene: Scene) -> dict[str, object]:
    """Return the service file of a group of a fixed size, which is healed only."""
    return scene.service(
        replicas=WANTED,
        autoscaling={"enabled": True},
        rollout={"drain_timeout": 10},
    )
