# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Floating IPs: which one is declared, and which go with a load balancer or stay because something else uses them.

Pure.

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
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
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


def wanted_ip(desired: Desired, observed: Observed) -> WantedFloatingIp:
    """Return what is declared about the floating IP."""
    # Declared as none, declared by name, or not declared.
    network = observed.references.floating_network_id if desired.floating_ip_network else desired.floating_ip_network
    return WantedFloatingIp(network_id=network, address=desired.floating_ip_address)


def chosen_ip(address: Address, wanted: WantedFloatingIp) -> FloatingIp | None:
    """Return which of the floating IPs shall be on the VIP, None when none of them; one that is not managed stays."""
    if wanted.address:
        return next((ip for ip in address.floating_ips if ip.address == wanted.address), None)
    ours = (ip for ip in address.floating_ips if ip.ours)
    return address.on_port or (next(ours, None) if wanted.managed else None)


def floating_ip_problems(address: Address, wanted: WantedFloatingIp) -> Iterator[str]:
    """Yield why the VIP cannot have the floating IP that it shall have."""
    if wanted.unwanted or not wanted.managed:
        return
    current, chosen = address.on_port, chosen_ip(address, wanted)
    if wanted.address:
        yield from _problems_of_given(current, chosen, wanted)
    elif chosen and chosen.network_id != wanted.network_id:
        yield (
            f"floating IP {chosen.address} ({chosen.id}) is on network {chosen.network_id}, not {wanted.network_id};"
            " another network is another address: remove it first with an empty 'floating_ip_network'"
        )
    elif chosen and chosen is not current and chosen.port_id:
        yield (
            f"floating IP {chosen.address} ({chosen.id}) was made for this load balancer and is on port"
            f" {chosen.port_id} now; disassociate it, or delete its description to give it away"
        )


def _problems_of_given(current: FloatingIp | None, given: FloatingIp | None, wanted: WantedFloatingIp) -> Iterator[str]:
    if given is None and wanted.network_id is None:
        yield f"there is no floating IP {wanted.address}, and without 'floating_ip_network' none can be made"
    elif given is None and current and current.ours:
        yield f"there is no floating IP {wanted.address}; make it first. Until then {current.address} stays"
    if given and given is not current and given.port_id:
        yield f"floating IP {given.address} ({given.id}) is in use by port {given.port_id}"
    if current and current is not given and not current.ours:
        yield (
            f"the VIP has floating IP {current.address} ({current.id}), which the module did not make;"
            " disassociate it first"
        )


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
