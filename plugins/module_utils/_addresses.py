# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of its addresses a replica is reached at, and where Heat cannot tell which. Pure.

Nova lists the addresses of a port in the order of the ids of their subnets, so the first one is of IPv4 or of IPv6 by
chance. A load balancer has an address of IPv4 where it can, and most runtimes listen by IPv4 only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


IPV4 = 4


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet of a network.

    :param automatic: whether each port of the network gets an address of it, also one that asks for another subnet
    """

    id: str
    name: str
    ip_version: int
    automatic: bool = False

    @property
    def label(self) -> str:
        return self.name or self.id


def replica_address(addresses: Mapping[str, Sequence[str]]) -> str | None:
    """Return the address of a replica for pools: on its first network the first of IPv4, else the first one.

    :param addresses: by network
    """
    first = next((found for found in addresses.values() if found), ())
    return next((address for address in first if ":" not in address), first[0] if first else None)


def both_families(
    network: str, subnets: Sequence[Subnet], named: str | None, option: Callable[[str], str]
) -> str | None:
    """Return why a template of Heat cannot tell the address of a replica for pools, None when it can.

    :param subnets: all of the network
    :param named: name or id of the one that replicas get their address from, if that is said
    :param option: says in the words of the user how to name a subnet
    """
    automatic = [subnet for subnet in subnets if subnet.automatic]
    asked = [subnet for subnet in subnets if named in (None, subnet.id, subnet.name)]
    if len({subnet.ip_version for subnet in (*asked, *automatic)}) < 2:  # noqa: PLR2004  # families
        return None
    said = (
        f"replicas on network {network!r} get addresses of IPv4 and of IPv6, and of such a replica Heat cannot tell"
        " which one a pool needs"
    )
    if automatic:
        labels = ", ".join(repr(subnet.label) for subnet in automatic)
        return f"{said}; a 'subnet' would not help, as each port gets an address of {labels}: put another network first"
    first = next(subnet.label for subnet in asked if subnet.ip_version == IPV4)
    return f"{said}; name the subnet of IPv4: {option(first)}"


def no_subnet(network: str, reference: str, subnets: Sequence[Subnet]) -> str:
    """Return that a network has no subnet of this name or id."""
    there_are = ", ".join(sorted(subnet.label for subnet in subnets)) or "none"
    return f"network {network!r} has no subnet {reference!r} (it has: {there_are})"
