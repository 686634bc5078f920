# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load drives the CPU of an autoscaling group over its target: it grows to its maximum, and back when load ends."""

from __future__ import annotations

import time
from typing import Any

import guests
from figures import failures
from outcome import Outcome
from scene import Scene, wait_for
from traffic import Traffic

LEAST, MOST = 2, 4
LOW, HIGH = 30.0, 200.0  # requests/s
TARGET = 8.0  # per cent of a VCPU: two replicas have less under LOW, three more under both, four about that
TRACKING = {
    "target_value": TARGET,
    "granularity": guests.GRANULARITY,
    "evaluation_periods": 3,
    "estimated_instance_warmup": 20,
}
GROWS_WITHIN, SHRINKS_WITHIN = 300, 420  # seconds
AROUND = 20.0  # seconds of traffic before the load, at the maximum and at the end


def group(scene: Scene, **changes: Any) -> dict[str, Any]:
    """Return the service file of a group that grows from LEAST to MOST."""
    options = {"enabled": True, "min_size": LEAST, "max_size": MOST, **changes.pop("autoscaling", {})}
    settings: dict[str, Any] = {"replicas": LEAST, "autoscaling": options, "rollout": {"drain_timeout": 10}, **changes}
    return scene.service(**settings)


def play(scene: Scene) -> Outcome:
    """Send little, then much, then little, and look at the number of replicas that get requests."""
    scene.site(group(scene, autoscaling={"target_tracking": TRACKING}))
    servers: set[str] = set()
    with scene.under_load(rate=LOW, users=10) as (traffic, watch):
        wait_for(lambda: len(watch.now()) == LEAST, 60, "all replicas in rotation")
        time.sleep(AROUND)
        burst = Traffic(traffic.url, scene.folder / "burst.csv", rate=HIGH, users=30)
        begin = scene.mark("change", f"{HIGH:.0f} requests/s more")
        with burst.running():
            wait_for(lambda: len(watch.now()) >= MOST, GROWS_WITHIN, f"{MOST} replicas in rotation", every=1)
            grown = scene.mark("recovery", f"{MOST} replicas get requests")
            servers |= ids(scene)
            time.sleep(AROUND)
            ended = scene.mark("change", "the additional load ends")
        wait_for(lambda: len(watch.now()) <= LEAST, SHRINKS_WITHIN, f"{LEAST} replicas in rotation", every=1)
        shrunk = scene.mark("recovery", f"{LEAST} replicas get requests")
        time.sleep(AROUND)
    scene.add(burst)
    scene.series["cpu"] = guests.cpu(scene, servers, scene.requests[0].start)
    sizes = [len(seen.members) for seen in scene.rotations]
    return Outcome(
        capacity_back_s=grown - begin,
        figures={
            "target": TARGET,
            "seconds_to_most": grown - begin,
            "seconds_to_least": shrunk - ended,
            "failed_while_growing": failures(scene.requests, begin) - failures(scene.requests, ended),
            "failed_while_shrinking": failures(scene.requests, ended),
            "largest": max(sizes),
            "smallest": min(sizes),
        },
        conditions={
            "no request failed": failures(scene.requests) == 0,
            f"the group grew to {MOST} replicas and no further": max(sizes) == MOST,
            f"it shrank to {LEAST} replicas and no further": min(sizes) == LEAST and sizes[-1] == LEAST,
        },
    )


def ids(scene: Scene) -> set[str]:
    """Return the ids of the project's servers."""
    return {server.id for server in scene.conn().compute.servers()}
