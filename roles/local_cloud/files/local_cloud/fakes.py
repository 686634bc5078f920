# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts whose servers only seem to run (Nova's fake driver), kept apart from the real ones."""

from __future__ import annotations

import contextlib
import re
import time
from functools import partial
from typing import Any

from openstack.exceptions import HttpException

from . import databases, identity
from .layout import Cloud, CloudError, Node, run
from .processes import wait_for

ZONE = "fake"
FLAVOR = "serving.fake"
TRAIT = "CUSTOM_FAKE_HYPERVISOR"
NAME = re.compile(r"fake\d+")
# With this version, Placement's API knows traits and provider generations.
MICROVERSION = "1.39"
# Neutron takes a host for alive whose switch has seen the latest change of OVN's database. There is no switch.
SEEN_EVERYTHING = 2**53


def ensure(cloud: Cloud) -> list[str]:
    """Make what the fake hosts need beside a running nova-compute, and remove those that shall not be."""
    names = [node.name for node in cloud.fakes]
    admin = identity.operator(cloud)
    done = _surplus(cloud, admin, names)
    if not names:
        return done
    done += [f"{node.name} made known to Neutron" for node in cloud.fakes if _join(cloud, node)]
    done += [f"{name} marked" for name in names if _mark(admin.placement, name)]
    aggregate = admin.compute.find_aggregate(ZONE, ignore_missing=False)
    if f"trait:{TRAIT}" not in aggregate.metadata:
        admin.compute.set_aggregate_metadata(aggregate, {f"trait:{TRAIT}": "required"})
        done.append("fake hypervisors kept for their flavor")
    if admin.compute.find_flavor(FLAVOR, ignore_missing=True) is None:
        flavor = admin.compute.create_flavor(name=FLAVOR, ram=512, vcpus=1, disk=2)
        admin.compute.create_flavor_extra_specs(flavor, {f"trait:{TRAIT}": "required"})
        done.append(f"flavor {FLAVOR} made")
    return done


def _surplus(cloud: Cloud, admin: Any, names: list[str]) -> list[str]:
    compute, network = admin.compute, admin.network
    there = [service for service in compute.services(binary="nova-compute") if NAME.fullmatch(service.host)]
    surplus = [service for service in there if service.host not in names]
    for service in surplus:
        wait_for(partial(_leave_zone, compute, service.host), 60, f"the removal of {service.host} from its zone")
        compute.delete_service(service)
        _leave(cloud, service.host)
    if surplus:
        # Of a host that comes back, Nova's API may look at the row that was deleted, and refuses resizes then.
        databases.execute(cloud, ["DELETE FROM nova.services WHERE deleted != 0;"])
    # Neutron keeps them in mind, as dead.
    for agent in network.agents():
        if NAME.fullmatch(agent.host) and agent.host not in names:
            network.delete_agent(agent.id, ignore_missing=True)
    if not names:
        if aggregate := compute.find_aggregate(ZONE, ignore_missing=True):
            compute.delete_aggregate(aggregate)
        if flavor := compute.find_flavor(FLAVOR, ignore_missing=True):
            compute.delete_flavor(flavor)
    return [f"{service.host} removed" for service in surplus]


def _leave_zone(compute: Any, name: str) -> bool:
    """Take a host out of its aggregate; fails while the scheduler, which is told of it, is being started again."""
    aggregate = compute.find_aggregate(ZONE, ignore_missing=True)
    if aggregate is None or name not in (aggregate.hosts or []):
        return True
    with contextlib.suppress(HttpException):
        compute.remove_host_from_aggregate(aggregate, name)
    return False


def _sbctl(cloud: Cloud, *words: str) -> str:
    return run("ovn-sbctl", f"--db=unix:{cloud.run}/ovn/sb.sock", "--no-leader-only", *words).strip()


def _join(cloud: Cloud, node: Node) -> bool:
    """Write the rows by which Neutron knows a host; whether they were missing."""
    if _sbctl(cloud, "--bare", "--columns=name", "find", "Chassis_Private", f"name={node.name}"):
        return False
    address = f"192.0.2.{10 + node.index}"
    chassis = ["--may-exist", "chassis-add", node.name, "geneve", address]
    _sbctl(cloud, *chassis, "--", "set", "Chassis", node.name, f"hostname={node.name}")
    uuid = _sbctl(cloud, "--bare", "--columns=_uuid", "find", "Chassis", f"name={node.name}")
    seen = [f"nb_cfg={SEEN_EVERYTHING}", f"nb_cfg_timestamp={round(time.time() * 1000)}"]
    _sbctl(cloud, "create", "Chassis_Private", f"name={node.name}", f"chassis={uuid}", *seen)
    return True


def _leave(cloud: Cloud, name: str) -> None:
    _sbctl(cloud, "--if-exists", "chassis-del", name)
    _sbctl(cloud, "--if-exists", "destroy", "Chassis_Private", name)


def _mark(placement: Any, name: str) -> bool:
    """Give a host the trait without which no server of an ordinary flavor is kept away; whether it was missing."""
    provider = next(iter(placement.resource_providers(name=name)), None)
    if provider is None:
        raise CloudError(f"Placement does not know {name}")
    where = f"/resource_providers/{provider.id}/traits"
    found = placement.get(where, microversion=MICROVERSION).json()
    if TRAIT in found["traits"]:
        return False
    placement.put(f"/traits/{TRAIT}", microversion=MICROVERSION)
    wanted = {**found, "traits": [*found["traits"], TRAIT]}
    answer = placement.put(where, json=wanted, microversion=MICROVERSION)
    if not answer.ok:
        raise CloudError(f"Placement does not mark {name}: {answer.status_code} {answer.text[:500]}")
    return True
