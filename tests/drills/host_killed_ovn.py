# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hypervisor loses its power behind a balancer of the provider ovn, which does not notice it."""

from __future__ import annotations

import time

import hypervisors
from examples import OVN
from figures import capacity_back, failures, out_of_rotation
from haproxy import Watch
from host_killed import AROUND, WANTED, Loss, comes
from outcome import Outcome
from scene import Scene, wait_for

NOTICED_WITHIN = 90  # seconds until Nova calls a host lost


class Members(Watch):
    """Looks at what Octavia says of the members: behind ovn there is no HAProxy to ask."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.balancer().id, patience=10.0)
        self._balancers = scene.conn().load_balancer

    def look(self) -> frozenset[str] | None:
        """Return the addresses of the members that get requests."""
        time.sleep(1)
        pools = list(self._balancers.pools(loadbalancer_id=self.load_balancer))
        found = [member for pool in pools for member in self._balancers.members(pool.id)]
        return frozenset(str(one.address) for one in found if one.operating_status == "ONLINE")


def play(scene: Scene) -> Outcome:
    """Kill a host; when Nova calls it lost, site.yml has to find the replica that says ACTIVE and ONLINE."""
    service = scene.service(
        replicas=WANTED,
        anti_affinity={"policy": "anti-affinity", "max_server_per_host": 1, "fallback": "soft"},
        load_balancer=OVN,
    )
    scene.site(service)
    before = scene.replicas()
    host = min(before.values())
    lost = frozenset(address for address, place in before.items() if place == host)
    with hypervisors.alive(scene), scene.under_load(Members(scene)) as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        fault = scene.mark("fault", f"{host} loses its power")
        hypervisors.power_off(host)
        wait_for(lambda: host in hypervisors.down(scene), NOTICED_WITHIN, f"Nova to notice the end of {host}")
        noticed = scene.mark("note", "Nova calls the host lost")
        unnoticed = lost <= watch.now()
        repair = scene.repair(service)
        comes(lambda: len(watch.now() - lost) >= WANTED)
        time.sleep(AROUND)
        after = scene.replicas()
    loss = Loss(host, lost, fault, repair)
    return judge(scene, loss, after, unnoticed=unnoticed, noticed_after=noticed - fault)


def judge(scene: Scene, loss: Loss, after: dict[str, str], *, unnoticed: bool, noticed_after: float) -> Outcome:
    """Return the figures, and what must hold."""
    lost, fault, repair = loss.addresses, loss.fault, loss.repair
    gone = out_of_rotation(scene.rotations, lost, fault)
    restored = capacity_back(scene.rotations, WANTED, repair.begin)
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - fault,
        capacity_back_s=None if restored is None else restored - fault,
        figures={
            "host": loss.host,
            "noticed_by_nova_s": noticed_after,
            "share_failed": failures(scene.requests) / max(len(scene.requests), 1),
            "failed_after_site": failures(scene.requests, repair.end),
            "site_s": repair.end - repair.begin,
            "replicas_after": sorted(place for address, place in after.items() if address not in lost),
        },
        conditions={
            "the balancer did not notice": unnoticed,
            "site.yml succeeded": repair.code == 0,
            "the lost replica left the rotation": gone is not None,
            f"{WANTED} replicas are in rotation again": restored is not None,
            "nothing is left of the lost replica": not lost & after.keys(),
            "no request failed that began after site.yml": failures(scene.requests, repair.end) == 0,
        },
    )
