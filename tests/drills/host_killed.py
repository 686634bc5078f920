# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hypervisor of three loses its power: replica, switch and nova-compute are gone, and nothing says goodbye."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from typing import Any

import hypervisors
from figures import capacity_back, failures, fewest, out_of_rotation
from outcome import Outcome
from scene import Scene, wait_for
from traffic import DrillError

WANTED = 3
SHARE = 0.01  # of the requests may fail
AFTER = 20.0  # seconds of traffic with the replicas that are left, before and after the repair


def choose(scene: Scene, amphorae: Counter[str]) -> str:
    """Return a hypervisor that has a replica, and not all amphorae of the balancer."""
    replicas = set(scene.replicas().values())
    spare = sorted(replicas - {host for host, count in amphorae.items() if count == amphorae.total()})
    if not spare:
        raise DrillError(f"every replica is beside the balancer's only amphora: {replicas}, {dict(amphorae)}")
    # Rather one with an amphora of a pair: it must survive that, too.
    return max(spare, key=lambda host: amphorae[host])


def play(scene: Scene) -> Outcome:
    """Kill the host under load, look at who gets requests, and let site.yml repair the service on what is left."""
    service = scene.service(
        replicas=WANTED,
        anti_affinity={"policy": "soft-anti-affinity", "max_server_per_host": None},
        **hypervisors.pair(scene),
    )
    scene.site(service)
    before = scene.replicas()
    amphorae = hypervisors.of_amphorae(scene)
    victim = choose(scene, amphorae)
    lost = {address for address, host in before.items() if host == victim}
    with hypervisors.alive(scene), scene.under_load() as (traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(10)
        fault = scene.mark("fault", f"{victim} loses its power")
        hypervisors.power_off(victim)
        wait_for(lambda: watch.now() and not watch.now() & lost, 60, f"{lost} out of rotation")
        scene.mark("note", "its replica gets no requests any more")
        time.sleep(AFTER)
        repair = scene.mark("change", "site.yml begins")
        done = scene.site(service, may_fail=True)
        scene.mark("recovery" if done.code == 0 else "note", f"site.yml ended with {done.code}")
        back = attempt(lambda: len(watch.now() - lost) >= WANTED)
        time.sleep(AFTER if back else 0)
        after = scene.replicas()
        traffic.wait_for(10_000, 120)
    gone = out_of_rotation(scene.rotations, lost, fault)
    restored = capacity_back(scene.rotations, WANTED, repair)
    failed = failures(scene.requests)
    left = sorted(host for address, host in after.items() if address not in lost)
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - fault,
        capacity_back_s=None if restored is None else restored - fault,
        figures={
            "host": victim,
            "amphorae": dict(amphorae),
            "replicas_before": sorted(before.values()),
            "replicas_after": left,
            "failed_after_out_of_rotation": None if gone is None else failures(scene.requests, gone),
            "repair_by_site_s": None if restored is None else restored - repair,
            "fewest_in_rotation": fewest(scene.rotations, fault),
        },
        conditions={
            f"less than {SHARE:.0%} of the requests failed": failed < SHARE * len(scene.requests),
            "the lost replica left the rotation": gone is not None,
            "no request failed that began after that": gone is not None and not failures(scene.requests, gone),
            f"site.yml succeeded and {WANTED} replicas are in rotation": done.code == 0 and restored is not None,
            f"{WANTED} replicas run on the hosts that are left": len(left) == WANTED and victim not in left,
            "they are on all the hosts that are left": set(left) == set(hypervisors.names()) - {victim},
        },
    )


def attempt(condition: Any) -> bool:
    """Wait for what may not come: the record says so then."""
    try:
        wait_for(condition, 60, "the replicas in rotation")
    except (DrillError, subprocess.SubprocessError):
        return False
    return True
