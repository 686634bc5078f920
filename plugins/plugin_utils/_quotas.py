# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment adds to a project, and whether the quotas have room for it. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import SIDES
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import zones
from ansible_collections.model_serving.openstack.plugins.plugin_utils._looked_up import looked_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Facts = Mapping[str, Any]
DEFAULT_RULES = 2
"""Rules that Neutron gives to a new security group: everything may go out, by IPv4 and by IPv6."""
UNITS = {"ram": "MiB of RAM", "gigabytes": "GiB of volumes"}
"""What Nova and Cinder count in these quotas; in the others it is what they are called."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """What services have, as C(service_info) lists it."""

    fleets: Sequence[Facts] = ()
    groups: Sequence[Facts] = ()
    security_groups: Sequence[Facts] = ()
    server_groups: Sequence[Facts] = ()

    @classmethod
    def listed(cls, answer: Facts) -> Existing:
        """Return what an answer of C(service_info) lists."""
        return cls(**{kind.name: answer.get(kind.name, ()) for kind in fields(cls)})

    def of(self, fleet: Facts) -> Facts | None:
        """Return the autoscaling group or the server fleet that a fleet is already.

        One that is to become the other is nothing yet: its new replicas come before the old ones go.
        """
        kind = self.groups if fleet["elastic"] else self.fleets
        return next((one for one in kind if one["name"] == fleet["name"]), None)


def replicas_to_add(fleet: Facts, existing: Existing) -> int:
    """Return how many replicas a fleet lacks."""
    found = existing.of(fleet)
    there = len(found["replicas"]) if found else 0
    wanted: int = fleet["replicas"] or 0
    if fleet["elastic"]:
        options = fleet["autoscaling"]
        kept = max(options["min_size"], min(options["max_size"], there)) if found else wanted
        wanted = options["desired_capacity"] or kept
    return max(0, wanted - there)


def server_groups_of(fleet: Facts, capacity: Facts) -> int:
    """Return how many server groups a fleet has that is not being updated."""
    if fleet["elastic"]:
        return len(SIDES) * zones(fleet)
    limit = (capacity["quotas"].get("server_group_members") or {}).get("limit")
    return max(1, math.ceil((fleet["replicas"] or 0) / limit)) if limit else 1


def server_groups_to_add(fleet: Facts, capacity: Facts, existing: Existing) -> int:
    """Return how many server groups a fleet lacks."""
    there = server_groups_there(fleet, existing)
    if fleet["elastic"]:
        # They belong to Heat. Where replicas run does not tell how many there are: Nova may have chosen the zones.
        found = existing.of(fleet)
        there = len(found["server_groups"]) if found else 0
    return max(0, server_groups_of(fleet, capacity) - there)


def server_groups_there(fleet: Facts, existing: Existing) -> int:
    """Return how many server groups there are for a server fleet."""
    return sum(group["fleet"] == fleet["name"] for group in existing.server_groups)


def quota_problems(
    wanted: Sequence[Facts], capacity: Facts, existing: Existing, actions: Sequence[str]
) -> Iterator[str]:
    """Yield the quotas that are too small for what has to be added.

    :param wanted: as :func:`_elastic.kept_fleets` returns it
    :param actions: what will be done to the load balancer
    """
    needed: Counter[str] = Counter()
    for fleet in wanted:
        needed.update(_of_fleet(fleet, capacity, existing))
    needed.update(
        ports=_count(actions, "create VIP port"),
        floating_ips=_count(actions, "create floating IP"),
        # One that is broken goes before it is made again.
        load_balancers=_count(actions, "create load balancer") - _count(actions, "delete load balancer"),
    )
    for name, amount in needed.items():
        free = capacity["quotas"].get(name, {}).get("free")
        if amount > 0 and free is not None and amount > free:
            limit = capacity["quotas"][name]["limit"]
            counted = UNITS.get(name, name)
            yield f"{amount} more {counted} are needed, but only {free} of the project's quota of {limit} are free"


def _of_fleet(fleet: Facts, capacity: Facts, existing: Existing) -> dict[str, int]:
    """Return what a fleet adds, by the name of the quota."""
    added = replicas_to_add(fleet, existing)
    flavor = looked_up(capacity["flavors"], fleet["flavor"]) or {}
    size = volume_size(fleet)
    # The fleet and the group of one name have one security group.
    secured = any(group["fleet"] == fleet["name"] for group in existing.security_groups)
    cidrs = (fleet.get("security_group") or {}).get("allowed_cidrs") or ()
    return {
        "instances": added,
        "cores": added * flavor.get("vcpus", 0),
        "ram": added * flavor.get("ram", 0),
        "ports": max(0, added * _ports_of_replica(fleet) - _free_ports(existing.of(fleet) or {})),
        "volumes": added if size else 0,
        "gigabytes": added * size,
        "server_groups": server_groups_to_add(fleet, capacity, existing),
        "security_groups": int(not secured),
        "security_group_rules": 0 if secured else DEFAULT_RULES + len(set(cidrs)),
    }


def volume_size(service: Facts) -> int:
    """Return the GiB of a replica's boot volume, 0 without one."""
    return (service["boot_volume"] or {}).get("size") or 0


def _ports_of_replica(fleet: Facts) -> int:
    """Return how many ports are made for a replica: none where the user has made them."""
    more = fleet["additional_networks"] or ()
    made = [item for item in more if not (isinstance(item, Mapping) and item.get("ports"))]
    return len(network_names({**fleet, "additional_networks": made}))


def network_names(service: Facts) -> list[str]:
    """Return the networks of a replica, as the service file has them."""
    more = [item.get("network") if isinstance(item, Mapping) else item for item in service["additional_networks"] or ()]
    # What is no text is told as a mistake of the service file.
    return [name for name in (service["network"], *more) if isinstance(name, str)]


def _free_ports(fleet: Facts) -> int:
    """Return how many ports are there that no replica uses."""
    return sum(port["server_id"] is None for port in fleet.get("ports", ()))


def _count(actions: Sequence[str], prefix: str) -> int:
    return sum(action.startswith(prefix) for action in actions)
