# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From which subnet replicas get the address that pools know them by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._addresses import (
    Subnet,
    both_families,
    no_subnet,
)
from ansible_collections.model_serving.openstack.plugins.plugin_utils._looked_up import looked_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Facts = Mapping[str, Any]


def two_addresses(fleet: Facts, capacity: Facts) -> Iterator[str]:
    """Yield why Heat cannot tell the address of a fleet's replicas."""
    named = fleet.get("subnet") or None
    why = both_families(fleet.get("network") or "", _listed(fleet, capacity), named, "subnet: {}".format)
    if why:
        yield why


def subnet_problems(fleets: Sequence[Facts], capacity: Facts) -> Iterator[str]:
    """Yield what is wrong with the option C(subnet) of a service.

    :param fleets: as :func:`_elastic.kept_fleets` returns them
    """
    for fleet in fleets:
        subnet = fleet.get("subnet")
        if not subnet:
            continue
        if not fleet["elastic"] and not fleet["fixed_ports"]:
            yield (
                f"'subnet' has no effect on server fleet {fleet['name']!r}, whose ports Nova makes: leave it out, or"
                " add 'fixed_ports: true'"
            )
        yield from _missing(subnet, fleet, capacity)


def vip_problems(service: Facts, capacity: Facts) -> Iterator[str]:
    """Yield that the load balancer's subnet is none of its network."""
    wanted = service["load_balancer"].get("vip_subnet")
    if wanted:
        yield from (f"load_balancer.vip_subnet: {problem}" for problem in _missing(wanted, service, capacity))


def _missing(subnet: str, owner: Facts, capacity: Facts) -> Iterator[str]:
    """Yield that the network of a service or fleet has no subnet of this name or id."""
    subnets = _listed(owner, capacity)
    if subnets and not any(subnet in (one.id, one.name) for one in subnets):
        yield no_subnet(owner["network"], subnet, subnets)


def _listed(fleet: Facts, capacity: Facts) -> list[Subnet]:
    network = looked_up(capacity.get("networks") or (), fleet.get("network")) or {}
    return [Subnet(**subnet) for subnet in network.get("subnets") or ()]
