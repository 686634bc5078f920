# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Floating IPs: what is declared, which go with a load balancer, and which stay because something else uses them. Pure.

The description says who made a floating IP and stays when it is moved to another port: by a service that was given the
address, or by hand in an incident. Whoever has it then loses nothing when the service that made it goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import DeleteFloatingIp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import (
        Address,
        FloatingIp,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


@dataclass(frozen=True, kw_only=True)
class WantedFloatingIp:
    """What is declared about the floating IP.

    :param network_id: None is not managed, an empty text is none
    """

    network_id: str | None = None
    address: str | None = None

    @property
    def managed(self) -> bool:
        return self.network_id is not None or self.address is not None

    @property
    def unwanted(self) -> bool:
        return self.network_id == ""


def own_ips(address: Address) -> Iterator[Action]:
    """Yield the deletions of the floating IPs that the module made and nothing else uses."""
    for ip in address.floating_ips:
        if ip.ours and not _is_moved(address, ip):
            yield DeleteFloatingIp(id=ip.id, address=ip.address)


def moved_ips(address: Address) -> Iterator[str]:
    """Yield which floating IPs that the module made stay, because something else uses them."""
    for ip in address.floating_ips:
        if ip.ours and _is_moved(address, ip):
            yield (
                f"floating IP {ip.address} ({ip.id}) stays: it was made for load balancer {address.name!r} and is on"
                f" port {ip.port_id} now. Delete its description to give it away, or disassociate it, and the next run"
                " deletes it"
            )


def _is_moved(address: Address, ip: FloatingIp) -> bool:
    """Return whether it is on another port. Neutron disassociates it from one that is deleted."""
    return ip.port_id is not None and ip.port_id != address.vip_port_id
