# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a load balancer that is to be made, or made again: its addresses and its one request. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _load_balancer_address as addresses,
)
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    AddressVipPort,
    CreateBalancer,
    CreateVipPort,
    DeleteBalancer,
    DeleteVipPort,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_body import making
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import is_going
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_floating_ips import (
    WantedFloatingIp,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    AdditionalVip,
    Balancer,
    Vip,
    mark_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def address_of(desired: Desired, observed: Observed, living: Balancer | None) -> addresses.Address:
    """Return what is known about the addresses.

    :param living: the balancer that is changed; None when one is made
    """
    balancer, port = observed.balancer, observed.port
    return addresses.Address(
        port=port,
        floating_ips=observed.floating_ips,
        vip_port_id=port.id if port else balancer.vip_port_id if balancer else None,
        balancer_id=living.id if living else None,
        provider=balancer.provider if balancer else desired.provider,
        mark=mark_of(desired.name),
        name=desired.name,
    )


def wanted_ip(desired: Desired, observed: Observed) -> WantedFloatingIp:
    """Return what is declared about the floating IP."""
    # Declared as none, declared by name, or not declared.
    network = observed.references.floating_network_id if desired.floating_ip_network else desired.floating_ip_network
    return WantedFloatingIp(network_id=network, address=desired.floating_ip_address)


def creation(
    desired: Desired, observed: Observed, tree: Balancer, broken: str, problems: list[str]
) -> Iterator[Action]:
    """Yield what makes a balancer, after it removed one that is broken."""
    if (left := observed.port) and left.ours and not left.address:
        # A run was killed when it had made the port in a network without a subnet.
        yield DeleteVipPort(id=left.id, name=left.name)
        observed = replace(observed, port=None)
    old, port = observed.balancer, observed.port
    address = address_of(desired, observed, None)
    yield from addresses.before_creation(address)
    stays = port if port and not port.goes_along else None
    vip = _vip(desired, observed, tree, problems)
    place = (stays.id if stays else None, vip if stays is None or stays.ours else None)
    placement = {
        "provider": desired.provider,
        "flavor_id": observed.references.flavor_id,
        "availability_zone": desired.availability_zone,
        **tree.placement,
    }
    problems += observed.disabled
    made = list(making(replace(tree, placement=placement), *place))
    if old and broken:
        if old.provisioning_status == "ERROR" and mark_of(desired.name) not in old.tags:
            problems.append(_left_alone(desired, old))
        problems += _too_large(made, broken)
        back = (*making(old, *place), *addresses.floating_ip(address, WantedFloatingIp(), []))
        yield DeleteBalancer(name=old.name, id=str(old.id), why=broken, back=() if is_going(old) else back)
    if stays is None and vip:
        yield CreateVipPort(vip=vip)
    elif stays and stays.ours and vip and not same_vips(vip.more, stays.more):
        yield AddressVipPort(port_id=stays.id, vip=vip)
    yield from made
    yield from addresses.floating_ip(address, wanted_ip(desired, observed), problems)


def _too_large(made: Sequence[Action], broken: str) -> Iterator[str]:
    """Yield that a balancer is not deleted to be made again, because Octavia would refuse the request."""
    size = max(octavia.size_of(each.body) for each in made if isinstance(each, CreateBalancer))
    if size > octavia.MOST_BYTES:
        yield (
            f"{broken}; to make it again needs a request of {size} bytes, and Octavia takes {octavia.MOST_BYTES} unless"
            " its operator has set another limit: declare less, or delete it by hand"
        )


def _left_alone(desired: Desired, old: Balancer) -> str:
    """Say why a balancer that somebody else has made is not made again, although it is broken."""
    return (
        f"load balancer {old.name!r} ({old.id}) is in ERROR, and Octavia lets it only be deleted. It has no tag"
        f" {mark_of(desired.name)!r}, so somebody else made it: choose another name, delete it by hand, or let Octavia"
        " build it anew ('openstack loadbalancer failover')"
    )


def _vip(desired: Desired, observed: Observed, tree: Balancer, problems: list[str]) -> Vip | None:
    """Return the VIP port to be: where it was, else where it is declared to be."""
    references, port, balancer = observed.references, observed.port, observed.balancer
    noted = next((ip.noted for ip in observed.floating_ips if ip.ours and ip.noted), None)
    network_id, subnet_id, address = references.vip_network_id, references.vip_subnet_id, desired.vip_address or noted
    others = () if port or balancer or address else references.other_vip_subnets
    if port:
        network_id, subnet_id, address = port.network_id, port.subnet_id, port.address
    elif balancer:
        network_id, subnet_id, address = balancer.vip_network_id, balancer.vip_subnet_id, balancer.vip_address
    if not network_id:
        problems.append("'vip_subnet' or 'vip_network' is needed to make the load balancer")
        return None
    provider = tree.provider or desired.provider
    if tree.additional_vips and not (subnet_id and provider):
        problems.append(
            "'additional_vips' needs 'vip_subnet' and 'provider', because providers do it in different ways"
        )
    return Vip(
        name=addresses.vip_port_name(desired.name),
        mark=mark_of(desired.name),
        network_id=network_id,
        subnet_id=subnet_id,
        address=address,
        # What follows the names of ports makes a port of its own for each further address.
        more=() if abilities(provider).follows_vip_port_name else tree.additional_vips,
        others=others,
    )


def same_vips(wanted: Sequence[AdditionalVip], there: Sequence[AdditionalVip]) -> bool:
    """Return whether further addresses are as wanted; one without an address may have any."""
    known = {vip.subnet_id: vip.address for vip in there}
    return len(wanted) == len(known) and all(
        vip.subnet_id in known and vip.address in ("", known[vip.subnet_id]) for vip in wanted
    )


def immutable(desired: Desired, observed: Observed, old: Balancer | None) -> Iterator[str]:
    """Yield what is declared otherwise than it is and cannot be changed."""
    references, port = observed.references, observed.port
    pairs: list[tuple[str, str | None, str | None]] = []
    if old:
        pairs = [
            ("provider", desired.provider, old.provider),
            ("flavor", references.flavor_id, old.placement.get("flavor_id")),
            ("availability_zone", desired.availability_zone, old.placement.get("availability_zone")),
            ("vip_subnet", references.vip_subnet_id, old.vip_subnet_id),
            ("vip_network", references.vip_network_id, old.vip_network_id),
            ("vip_address", desired.vip_address, old.vip_address),
        ]
    elif port and port.address:
        pairs = [
            ("vip_subnet", references.vip_subnet_id, port.subnet_id),
            ("vip_network", references.vip_network_id, port.network_id),
            ("vip_address", desired.vip_address, port.address),
        ]
    what = (
        f"load balancer {old.name!r} ({old.id})"
        if old
        else f"the kept VIP port {port.name!r} ({port.id})"
        if port
        else ""
    )
    vips = references.additional_vips
    if old and vips is not None and not same_vips(vips, old.additional_vips):
        pairs.append(("additional_vips", _told(vips), _told(old.additional_vips)))
    for option, wanted, current in pairs:
        if wanted is not None and wanted != current:
            yield (
                f"{what} has {option!r} {current}, not {wanted}, and that cannot be changed: remove it with"
                " 'state: absent' first, with 'keep_address: true' if the address shall stay"
            )


def _told(vips: Sequence[AdditionalVip]) -> str:
    return ", ".join(f"{vip.address or 'any'} on subnet {vip.subnet_id}" for vip in vips) or "none"


def other_families(desired: Desired, observed: Observed, tree: Balancer) -> Iterator[str]:
    """Yield the networks of C(allowed_cidrs) of whose version of IP no VIP is.

    Octavia refuses them, on an existing balancer after other parts were changed. Nothing is said as long as Neutron is
    to choose an address.
    """
    balancer, port = observed.balancer, observed.port
    known = (balancer.vip_address if balancer else "", port.address if port else "", desired.vip_address or "")
    vips = [next(filter(None, known), ""), *(each.address for each in tree.additional_vips)]
    if not all(vips):
        return
    for listener in desired.listeners or ():
        for cidr in listener.settings.get("allowed_cidrs") or ():
            if not any((":" in cidr) == (":" in each) for each in vips):
                yield (
                    f"'allowed_cidrs' of listener {listener.name!r} has {cidr}, but no VIP is of this version of IP"
                    f" ({', '.join(vips)})"
                )
