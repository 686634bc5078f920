# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All hypervisors of one availability zone lose their power at once: the other zone serves on, and takes the rest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hypervisors
from figures import capacity_back, failures, fewest, out_of_rotation
from host_killed import AROUND, GRACE, comes
from outcome import Outcome, mostly_served
from runs import Run
from scene import Scene, wait_for
from traffic import DrillError

WANTED = 4  # two in each zone


def choose(zones: Mapping[str, Collection[str]], amphorae: Collection[str]) -> str:
    """Return the first zone that has no amphora; raise DrillError when each has one."""
    fitting = sorted(zone for zone, hosts in zones.items() if not set(hosts) & set(amphorae))
    if not fitting:
        raise DrillError(f"every zone has an amphora: they are on {sorted(amphorae)}")
    return fitting[0]


def play(scene: Scene) -> Outcome:
    """Kill the zone under load, repair the service on what is left, and give the power back."""
    zones = hypervisors.zones()
    service = scene.service(
        replicas=WANTED,
        availability_zones=sorted(zones),
        # The zone that is left has a host for each of its own replicas only.
        anti_affinity={"policy": "anti-affinity", "max_server_per_host": 1, "fallback": "soft"},
        health={"health_grace_period": GRACE},
    )
    scene.site(service)
    before = scene.replicas()
    zone = choose(zones, hypervisors.of_amphorae(scene).keys())
    lost = frozenset(address for address, host in before.items() if host in zones[zone])
    with scene.under_load() as (_traffic, watch):
        with hypervisors.alive(scene):
            wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
            time.sleep(AROUND)
            fault = scene.mark("fault", f"zone {zone} loses its power")
            with ThreadPoolExecutor() as all_at_once:
                list(all_at_once.map(hypervisors.power_off, zones[zone]))
            wait_for(lambda: watch.now() and not watch.now() & lost, 60, f"{set(lost)} out of rotation")
            scene.mark("note", "its replicas get no requests any more")
            # Until Nova calls the hosts lost, it would choose them for new replicas.
            wait_for(lambda: set(zones[zone]) <= set(hypervisors.down(scene)), 90, "Nova to notice", every=1)
            repair = scene.repair(service, "Nova calls the hosts lost; site.yml begins")
            comes(lambda: len(watch.now() - lost) >= WANTED)
            time.sleep(AROUND)
            meanwhile = scene.replicas()
        scene.mark("change", "site.yml begins")
        again = scene.site(service, may_fail=True)
        scene.mark("note", f"site.yml ended with {again.code}, changed={again.changed}")
        time.sleep(AROUND)
    hosts = {"zone": zone, "before": before, "meanwhile": meanwhile}
    return judge(scene, lost, fault, (repair, again), hosts)


def judge(scene: Scene, lost: frozenset[str], fault: float, runs: tuple[Run, Run], hosts: dict[str, Any]) -> Outcome:
    """Return the figures, and what must hold."""
    repair, again = runs
    gone = out_of_rotation(scene.rotations, lost, fault)
    back = capacity_back(scene.rotations, WANTED, repair.begin)
    failed_after = None if gone is None else failures(scene.requests, gone)
    lowest = fewest(scene.rotations, fault)
    survivors = hosts["before"].keys() - lost
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - fault,
        capacity_back_s=None if back is None else back - fault,
        figures={
            "zone": hosts["zone"],
            "replicas_before": dict(sorted(Counter(hosts["before"].values()).items())),
            "replicas_meanwhile": dict(sorted(Counter(hosts["meanwhile"].values()).items())),
            "failed_after_out_of_rotation": failed_after,
            "fewest_in_rotation": lowest,
            "site_began_s": repair.begin - fault,
            "site_s": repair.end - repair.begin,
        },
        conditions={
            "each replica had a host of its own before": len(set(hosts["before"].values())) == WANTED,
            f"the zone had {WANTED // 2} replicas": len(lost) == WANTED // 2,
            **mostly_served(scene.requests, scene.clients),
            "the lost replicas left the rotation": gone is not None,
            "no request failed that began after that": failed_after == 0,
            "the other zone's replicas stayed in rotation": all(
                survivors <= seen.members for seen in scene.rotations if seen.at >= fault
            ),
            "site.yml succeeded while the zone had no power": repair.code == 0,
            f"{WANTED} replicas are in rotation again": back is not None,
            "site.yml changed nothing when the power was back": again.code == 0 and again.changed == 0,
        },
    )
