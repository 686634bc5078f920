# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cloud's services end, all at once, and come back, while nothing else happens: clients must not notice.

One is spared: Octavia's health manager would take every amphora for dead when it comes back.
"""

from __future__ import annotations

import time

import hypervisors
from amphora_killed import allocated
from autoscale import ids
from figures import failures, fewest
from heal import service as group
from outcome import Outcome
from scene import Scene, wait_for

WANTED = 3
DOWN = 30.0  # seconds
WATCHED = 90.0  # seconds afterwards: longer than Octavia waits for heartbeats, so all that it missed shows
STAGES = ("infrastructure", "network", "identity", "apis", "control", "compute", "balancer")
# One that was down for longer than heartbeat_timeout takes all amphorae for dead when it starts, and replaces them.
SPARED = {"octavia-health-manager"}


def programs() -> list[str]:
    """Return what is killed: APIs, daemons, database, message queue, OVN's databases, and what runs on hypervisors."""
    return [
        program["name"]
        for program in hypervisors.described()["programs"]
        if program["stage"] in STAGES and program["name"] not in SPARED
    ]


def play(scene: Scene) -> Outcome:
    """Kill the services under load, and start them again; the service is an autoscaling group, which they keep."""
    service = group(scene)
    scene.site(service)
    before, amphorae, killed, spared = ids(scene), allocated(scene), programs(), ", ".join(sorted(SPARED))
    with scene.under_load() as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(10)
        fault = scene.mark("fault", f"{len(killed)} services are killed, all but {spared}")
        try:
            hypervisors.local_cloud("kill", *killed)
            time.sleep(DOWN)
            unreachable = not answers(scene)
        finally:
            scene.mark("change", "they are started again")
            hypervisors.local_cloud("up")
        running = scene.mark("recovery", "all of them answer")
        time.sleep(WATCHED)
        wait_for(lambda: not hypervisors.down(scene), 120, "all of nova-compute up")
        again = scene.site(service, may_fail=True)
        scene.mark("note", f"site.yml ended with {again.code}, changed={again.changed}")
        after = ids(scene)
    return Outcome(
        figures={
            "killed": len(killed),
            "spared": spared,
            "services_back_s": running - fault,
            "fewest_in_rotation": fewest(scene.rotations, fault),
            "failed_while_down": failures(scene.requests, fault) - failures(scene.requests, running),
        },
        conditions={
            "the cloud's API did not answer meanwhile": unreachable,
            "no request failed": failures(scene.requests) == 0,
            f"never fewer than {WANTED} replicas in rotation": fewest(scene.rotations, fault) == WANTED,
            "the replicas are the same": after == before,
            "the amphora is the same": allocated(scene) == amphorae,
            "site.yml changed nothing afterwards": again.code == 0 and again.changed == 0,
        },
    )


def answers(scene: Scene) -> bool:
    """Return whether Keystone gives a token, and Nova a list."""
    try:
        return bool(list(scene.conn().compute.servers()))
    except Exception:  # noqa: BLE001 -- whatever is wrong, there is no answer
        return False
