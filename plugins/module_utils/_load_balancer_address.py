# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses of a load balancer, which outlive it: its VIP port and its floating IP. Pure.

The module makes the VIP port itself and hands it to Octavia: a port that Octavia did not make survives the deletion of
the balancer, so a balancer that is broken or was deleted by hand is made again with the same address. Both are known
by their description, which is set in the request that makes them: no interrupted run can leave one that is not found.

The provider C(ovn) has a twist. It forwards a floating IP only when it saw it being associated with a port whose name
is C(ovn-lb-vip-) and the balancer's id, the name of the ports it makes itself; and it deletes ports of that name with
the balancer. So, when there is a floating IP, the port gets that name before the association, and gets its own name
back before the module deletes the balancer. If somebody else deletes the balancer, the port goes with it; then the
address is known from a tag of the floating IP. An association that the provider did not see is made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    AssociateFloatingIp,
    CreateFloatingIp,
    DeleteFloatingIp,
    NameVipPort,
    NoteVipAddress,
    ReleaseFloatingIp,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import usable
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_floating_ips import (
    chosen_ip,
    own_ips,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import mark_of
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_floating_ips import (
        WantedFloatingIp,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import AdditionalVip
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

PROVIDER_PREFIX = "ovn-lb-vip-"
NOTE = "model_serving.vip_address="


def vip_port_name(balancer: str) -> str:
    """Return the name of the VIP port of the balancer of this name."""
    return f"{balancer}-vip"


def provider_port_name(balancer_id: str) -> str:
    """Return the name under which the provider C(ovn) looks for floating IPs of a VIP port."""
    return f"{PROVIDER_PREFIX}{balancer_id}"


@dataclass(frozen=True, kw_only=True)
class VipPort:
    """A VIP port.

    :param ours: whether the module made it
    :param goes_along: whether Octavia made it, so that it goes when the balancer is deleted
    :param more: its further addresses
    """

    id: str
    name: str
    address: str
    subnet_id: str
    network_id: str
    ours: bool = False
    goes_along: bool = False
    more: tuple[AdditionalVip, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FloatingIp:
    """A floating IP.

    :param ours: whether the module made it
    :param noted: the address of the VIP that was noted on it
    """

    id: str
    address: str
    network_id: str
    port_id: str | None = None
    ours: bool = False
    noted: str | None = None


@dataclass(frozen=True, kw_only=True)
class Address:
    """What is known about the addresses when it is decided on them.

    :param floating_ips: those that are on the VIP port, that are ours, or that have the declared address
    :param vip_port_id: of the VIP port, also when it cannot be seen; None when there is none
    :param balancer_id: of a balancer that can be changed; None when there is none, or it is broken
    :param provider: None when Octavia's default provider is used, which nobody tells
    """

    port: VipPort | None
    floating_ips: Sequence[FloatingIp]
    vip_port_id: str | None
    balancer_id: str | None
    provider: str | None
    mark: str
    name: str

    @property
    def on_port(self) -> FloatingIp | None:
        return next((ip for ip in self.floating_ips if self.port and ip.port_id == self.port.id), None)

    @property
    def follows_name(self) -> bool:
        return self.provider is None or abilities(self.provider).follows_vip_port_name

    @property
    def settled(self) -> bool:
        """Whether a floating IP that is on the port stays there, and works when the plan is done."""
        if self.port is None or self.port.goes_along:
            return self.balancer_id is not None
        if not self.follows_name:
            return True
        if self.balancer_id is None:
            return False
        return not self.port.ours or self.port.name == provider_port_name(self.balancer_id)


def address_of(desired: Desired, observed: Observed) -> Address:
    """Return what is known about the addresses."""
    balancer, port, living = observed.balancer, observed.port, usable(observed.balancer)
    return Address(
        port=port,
        floating_ips=observed.floating_ips,
        vip_port_id=port.id if port else balancer.vip_port_id if balancer else None,
        balancer_id=living.id if living else None,
        provider=balancer.provider if balancer else desired.provider,
        mark=mark_of(desired.name),
        name=desired.name,
    )


def before_creation(address: Address) -> Iterator[Action]:
    """Yield what comes before a balancer is deleted or made: nothing may look associated that the provider missed."""
    if address.follows_name and (ip := address.on_port):
        yield ReleaseFloatingIp(id=ip.id, address=ip.address)
    yield from own_name(address)


def own_name(address: Address) -> Iterator[Action]:
    """Yield what gives our VIP port its own name back."""
    if (port := address.port) and port.ours and port.name != vip_port_name(address.name):
        yield NameVipPort(port_id=port.id, name=vip_port_name(address.name))


def floating_ip(address: Address, wanted: WantedFloatingIp) -> Iterator[Action]:
    """Yield what brings a floating IP without C(floating_ip_problems) into shape, after the balancer was made."""
    current, chosen = address.on_port, chosen_ip(address, wanted)
    if wanted.unwanted:
        yield from _none(address)
    elif chosen is None and wanted.network_id:
        yield from _named(address)
        yield CreateFloatingIp(network_id=wanted.network_id, mark=address.mark, address=wanted.address)
        yield from _noted(address, None)
    elif chosen and chosen is current and address.settled:
        yield from _noted(address, chosen)
    elif chosen:
        if chosen is not current:
            yield from _dropped(current)
        elif address.balancer_id:
            yield _release(chosen)
        yield from _named(address)
        yield AssociateFloatingIp(id=chosen.id, address=chosen.address)
        yield from _noted(address, chosen)


def _release(ip: FloatingIp) -> Action:
    return ReleaseFloatingIp(id=ip.id, address=ip.address)


def _dropped(ip: FloatingIp | None) -> Iterator[Action]:
    if ip:
        yield DeleteFloatingIp(id=ip.id, address=ip.address) if ip.ours else _release(ip)


def _none(address: Address) -> Iterator[Action]:
    others = [ip for ip in (address.on_port,) if ip and not ip.ours]
    yield from own_ips(address)
    yield from (_release(ip) for ip in others)
    if address.balancer_id:
        yield from own_name(address)


def _named(address: Address) -> Iterator[Action]:
    """Yield what gives the port the name by which the provider sees the association that follows."""
    if not address.follows_name or (address.port and not address.port.ours and not address.port.goes_along):
        return
    name = provider_port_name(address.balancer_id) if address.balancer_id and address.provider else None
    if name is None or address.port is None:
        yield NameVipPort(port_id=None, name=None)
    elif address.port.name != name:
        yield NameVipPort(port_id=address.port.id, name=name)


def _noted(address: Address, ip: FloatingIp | None) -> Iterator[Action]:
    if not address.follows_name or (ip and not ip.ours):
        return
    if ip is None or address.port is None or ip.noted != address.port.address:
        yield NoteVipAddress(id=ip.id if ip else None)
