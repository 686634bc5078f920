# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a load balancer that is to be made, or made again: its addresses and its one request. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_address as addresses
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    AddressVipPort,
    CreateVipPort,
    DeleteBalancer,
    DeleteVipPort,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_body import first_request, making
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import (
    is_going,
    what_is_broken,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_floating_ips import (
    WantedFloatingIp,
    floating_ip_problems,
    wanted_ip,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Vip, mark_of
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import VipPort
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        AdditionalVip,
        Balancer,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def creation_problems(desired: Desired, observed: Observed, tree: Balancer) -> Iterator[str]:
    """Yield why a balancer cannot be made, or made again."""
    if _half_made(observed):
        observed = replace(observed, port=None)
    tree = _placed(desired, observed, tree)
    vip = _vip(desired, observed, tree)
    if not vip.network_id:
        yield "'vip_subnet' or 'vip_network' is needed to make the load balancer"
    elif tree.additional_vips and not (vip.subnet_id and tree.provider):
        yield "'additional_vips' needs 'vip_subnet' and 'provider', because providers do it in different ways"
    yield from observed.disabled
    if old := observed.balancer:
        if old.provisioning_status == "ERROR" and mark_of(desired.name) not in old.tags:
            yield _left_alone(desired, old)
        yield from _too_large(tree, what_is_broken(old))
    yield from floating_ip_problems(addresses.address_of(desired, observed), wanted_ip(desired, observed))


def creation(desired: Desired, observed: Observed, tree: Balancer) -> Iterator[Action]:
    """Yield what makes a balancer of which there are no C(creation_problems), after it removed one that is broken."""
    if left := _half_made(observed):
        yield DeleteVipPort(id=left.id, name=left.name)
        observed = replace(observed, port=None)
    old, port = observed.balancer, observed.port
    tree = _placed(desired, observed, tree)
    vip, address = _vip(desired, observed, tree), addresses.address_of(desired, observed)
    stays = port if port and not port.goes_along else None
    place = (stays.id if stays else None, vip if stays is None or stays.ours else None)
    yield from addresses.before_creation(address)
    if old:
        back = (*making(old, *place), *addresses.floating_ip(address, WantedFloatingIp()))
        broken = what_is_broken(old)
        yield DeleteBalancer(name=old.name, id=str(old.id), why=broken, back=() if is_going(old) else back)
    if stays is None:
        yield CreateVipPort(vip=vip)
    elif stays.ours and not same_vips(vip.more, stays.more):
        yield AddressVipPort(port_id=stays.id, vip=vip)
    yield from making(tree, *place)
    yield from addresses.floating_ip(address, wanted_ip(desired, observed))


def _half_made(observed: Observed) -> VipPort | None:
    """Return our VIP port if a run was killed when it had made it in a network without a subnet."""
    port = observed.port
    return port if port and port.ours and not port.address else None


def _placed(desired: Desired, observed: Observed, tree: Balancer) -> Balancer:
    """Return a tree with where it is to be: where it was, else where it is declared to be."""
    placement = {
        "provider": desired.provider,
        "flavor_id": observed.references.flavor_id,
        "availability_zone": desired.availability_zone,
        **tree.placement,
    }
    return replace(tree, placement=placement)


def _vip(desired: Desired, observed: Observed, tree: Balancer) -> Vip:
    """Return the VIP port to be: where it was, else where it is declared to be, in no network if that is nowhere."""
    references, port, balancer = observed.references, observed.port, observed.balancer
    noted = next((ip.noted for ip in observed.floating_ips if ip.ours and ip.noted), None)
    network_id, subnet_id, address = references.vip_network_id, references.vip_subnet_id, desired.vip_address or noted
    others = () if port or balancer or address else references.other_vip_subnets
    if port:
        network_id, subnet_id, address = port.network_id, port.subnet_id, port.address
    elif balancer:
        network_id, subnet_id, address = balancer.vip_network_id, balancer.vip_subnet_id, balancer.vip_address
    return Vip(
        name=addresses.vip_port_name(desired.name),
        mark=mark_of(desired.name),
        network_id=network_id or "",
        subnet_id=subnet_id,
        address=address,
        # What follows the names of ports makes a port of its own for each further address.
        more=() if abilities(tree.provider).follows_vip_port_name else tree.additional_vips,
        others=others,
    )


def _left_alone(desired: Desired, old: Balancer) -> str:
    """Say why a balancer that somebody else has made is not made again, although it is broken."""
    return (
        f"load balancer {old.name!r} ({old.id}) is in ERROR, and Octavia lets it only be deleted. It has no tag"
        f" {mark_of(desired.name)!r}, so somebody else made it: choose another name, delete it by hand, or let Octavia"
        " build it anew ('openstack loadbalancer failover')"
    )


def _too_large(tree: Balancer, broken: str) -> Iterator[str]:
    """Yield that a balancer is not deleted to be made again, because Octavia would refuse the request."""
    body, _later = first_request(tree)
    if (size := octavia.size_of(body)) > octavia.MOST_BYTES:
        yield (
            f"{broken}; to make it again needs a request of {size} bytes, and Octavia takes {octavia.MOST_BYTES} unless"
            " its operator has set another limit: declare less, or delete it by hand"
        )


def same_vips(wanted: Sequence[AdditionalVip], there: Sequence[AdditionalVip]) -> bool:
    """Return whether further addresses are as wanted; one without an address may have any."""
    known = {vip.subnet_id: vip.address for vip in there}
    return len(wanted) == len(known) and all(
        vip.subnet_id in known and vip.address in ("", known[vip.subnet_id]) for vip in wanted
    )
