# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only amphora of a load balancer ends without a goodbye: Octavia replaces it behind the same address."""

from __future__ import annotations

import time
from typing import Any

import guests
from autoscale import ids
from figures import capacity_back, failures, outage
from haproxy import Watch
from outcome import Outcome
from runs import Run
from scene import Scene, wait_for

WANTED = 2
# Octavia waits this long for a heartbeat; health_manager.heartbeat_timeout of the local cloud, Octavia's default.
HEARTBEAT_TIMEOUT = 60
FAILOVER_WITHIN = 120  # seconds, after that
AROUND = 10.0  # seconds of traffic before and after


def allocated(scene: Scene) -> dict[str, str]:
    """Return the servers of the balancer's amphorae, by the amphora's id."""
    found = scene.operator.load_balancer.amphorae(loadbalancer_id=scene.balancer().id)
    return {str(one.id): str(one.compute_id) for one in found if one.status == "ALLOCATED"}


def play(scene: Scene) -> Outcome:
    """Kill the amphora's server under load; nothing of ours runs until requests are answered again."""
    service = scene.service(replicas=WANTED)
    scene.site(service)
    before, servers, url = allocated(scene), ids(scene), scene.url()
    (compute,) = before.values()
    # For most of this time there is no HAProxy to say anything.
    unseen = Watch(scene.balancer().id, patience=HEARTBEAT_TIMEOUT + FAILOVER_WITHIN)
    with scene.under_load(unseen) as (traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        fault = scene.mark("fault", "the balancer's only amphora loses its power")
        guests.power_cut(scene.operator.compute.get_server(compute).instance_name)
        wait_for(lambda: renewed(scene, before), HEARTBEAT_TIMEOUT + FAILOVER_WITHIN, "another amphora", every=1)
        scene.mark("note", "Octavia has another amphora")
        traffic.wait_until_steady(60)
        steady = scene.mark("recovery", "traffic is steady again")
        again = scene.site(service, may_fail=True)
        scene.mark("note", f"site.yml ended with {again.code}, changed={again.changed}")
        time.sleep(AROUND)
        after = allocated(scene)
    return judge(
        scene,
        fault,
        steady,
        again,
        {"address": (url, scene.url()), "amphorae": (before, after), "replicas": (servers, ids(scene))},
    )


def judge(scene: Scene, fault: float, steady: float, again: Run, things: dict[str, tuple[Any, Any]]) -> Outcome:
    """Return the figures, and what must hold; `things` are as they were before and after."""
    (url, url_after), (before, after), (servers, servers_after) = (
        things[kind] for kind in ("address", "amphorae", "replicas")
    )
    limit = HEARTBEAT_TIMEOUT + FAILOVER_WITHIN
    begin, end = outage(scene.requests)
    back = capacity_back(scene.rotations, WANTED, max(end, fault))
    return Outcome(
        capacity_back_s=None if back is None else back - fault,
        figures={
            "unanswered_from_s": begin - fault,
            "answered_again_s": end - fault,
            "failed_after_traffic_was_steady": failures(scene.requests, steady),
            "address_before": url,
            "address_after": url_after,
        },
        conditions={
            f"answered again within {limit} s": end - fault < limit,
            "the address is the same": url_after == url,
            "another amphora took over, and there is one": len(after) == 1 and not after.keys() & before.keys(),
            "the replicas are the same": servers_after == servers,
            "no request failed that began after traffic was steady": failures(scene.requests, steady) == 0,
            "site.yml changed nothing": again.code == 0 and again.changed == 0,
        },
    )


def renewed(scene: Scene, before: dict[str, str]) -> bool:
    """Return whether the balancer takes changes again and has other amphorae."""
    now: Any = allocated(scene)
    return bool(now) and not now.keys() & before.keys() and scene.balancer().provisioning_status == "ACTIVE"
