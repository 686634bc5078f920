# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of three hypervisors with replicas loses its power: replica, switch, nova-compute are gone without a goodbye."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import guests
import hypervisors
from figures import capacity_back, failures, fewest, out_of_rotation
from outcome import Outcome, mostly_served
from runs import Run
from scene import Scene, wait_for
from traffic import DrillError

WANTED = 3
GRACE = 10  # seconds
AT_LEAST = 10_000  # requests
AROUND = 10.0  # seconds of traffic between the steps


@dataclass(frozen=True)
class Loss:
    """What was lost when, and how it was repaired."""

    host: str
    addresses: frozenset[str]
    fault: float
    repair: Run


def choose(replicas: Collection[str], amphorae: Counter[str], holders: Collection[str] = (), *, pair: bool) -> str:
    """Return a hypervisor that has a replica and, of the balancer's amphorae, none, or one of a pair.

    :param holders: those whose amphora has the balancer's address; if one of them fits, it is chosen
    """
    wanted = 1 if pair else 0
    fitting = [host for host in set(replicas) if amphorae[host] == wanted and amphorae.total() == wanted + 1]
    if not fitting:
        raise DrillError(f"no hypervisor fits: replicas on {sorted(replicas)}, amphorae on {dict(amphorae)}")
    return min(fitting, key=lambda host: (host not in holders, host))


def with_address(scene: Scene) -> set[str]:
    """Return the hypervisors whose amphora has the balancer's address: of a pair, one that is alive takes it over."""
    address = scene.balancer().vip_address
    return {
        str(server.hypervisor_hostname)
        for server in hypervisors.amphorae(scene)
        if address in guests.addresses(server.instance_name, "amphora-haproxy")
    }


def play(scene: Scene) -> Outcome:
    """Kill a host that has no amphora: the balancer loses a replica."""
    return kill(scene, pair=False)


def play_pair(scene: Scene) -> Outcome:
    """Kill a host that has one of two amphorae: the balancer loses a replica and half of itself."""
    return kill(scene, pair=True)


def kill(scene: Scene, *, pair: bool) -> Outcome:
    """Kill the host under load, look at who gets requests, and let site.yml repair the service on what is left."""
    service = scene.service(
        replicas=WANTED,  # on three of four hosts
        # The service may be judged quickly: its clients wait.
        health={"health_grace_period": GRACE},
        **(hypervisors.pair(scene) if pair else {}),
    )
    scene.site(service)
    before, amphorae = scene.replicas(), hypervisors.of_amphorae(scene)
    holders = with_address(scene)
    host = choose(before.values(), amphorae, holders, pair=pair)
    lost = frozenset(address for address, place in before.items() if place == host)
    with hypervisors.alive(scene), scene.under_load() as (traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        fault = scene.mark("fault", f"{host} loses its power")
        hypervisors.power_off(host)
        wait_for(lambda: watch.now() and not watch.now() & lost, 60, f"{set(lost)} out of rotation")
        scene.mark("note", "its replica gets no requests any more")
        time.sleep(AROUND)
        if pair:
            # Octavia's workers would wait for the dead amphora for up to 120 tries of 11 s, and keep the balancer busy.
            wait_for(lambda: hypervisors.is_whole(scene, host), 300, "two amphorae again", every=3)
            scene.mark("note", "Octavia has two amphorae again")
        repair = scene.repair(service)
        comes(lambda: len(watch.now() - lost) >= WANTED)
        time.sleep(AROUND)
        after = scene.replicas()
        traffic.wait_for(AT_LEAST, 120)
    places = {
        "amphorae": dict(amphorae),
        "address_was_there": host in holders,
        "replicas_before": sorted(before.values()),
    }
    return judge(scene, Loss(host, lost, fault, repair), after, places)


def judge(scene: Scene, loss: Loss, after: dict[str, str], places: Mapping[str, object]) -> Outcome:
    """Return the figures, and what must hold."""
    gone = out_of_rotation(scene.rotations, loss.addresses, loss.fault)
    restored = capacity_back(scene.rotations, WANTED, loss.repair.begin)
    failed_after = None if gone is None else failures(scene.requests, gone)
    places_after = sorted(host for address, host in after.items() if address not in loss.addresses)
    return Outcome(
        out_of_rotation_s=None if gone is None else gone - loss.fault,
        capacity_back_s=None if restored is None else restored - loss.fault,
        figures={
            "host": loss.host,
            **places,
            "replicas_after": places_after,
            "failed_after_out_of_rotation": failed_after,
            "site_s": loss.repair.end - loss.repair.begin,
            "fewest_in_rotation": fewest(scene.rotations, loss.fault),
        },
        conditions={
            f"at least {AT_LEAST} requests": len(scene.requests) >= AT_LEAST,
            **mostly_served(scene.requests, scene.clients),
            "the lost replica left the rotation": gone is not None,
            "no request failed that began after that": failed_after == 0,
            "site.yml succeeded": loss.repair.code == 0,
            f"{WANTED} replicas are in rotation again": restored is not None,
            "each has a host of its own": len(set(places_after)) == len(places_after) == WANTED,
            "nothing is left of the lost replica": not loss.addresses & after.keys(),
        },
    )


def comes(condition: Callable[[], bool]) -> None:
    """Wait for what may not come: the record says so then."""
    try:
        wait_for(condition, 60, "the replicas in rotation")
    except DrillError as error:
        print(error, flush=True)
