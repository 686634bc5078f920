# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading everything that a decision about one load balancer needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_placement as placement
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, not_unique
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import exactly
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import (
    NOTE,
    FloatingIp,
    VipPort,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import find, read
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    AdditionalVip,
    Balancer,
    mark_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import BALANCER, Api
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_references import Resolver
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import wait_settled
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from openstack.network.v2.floating_ip import FloatingIP
    from openstack.network.v2.port import Port

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

OCTAVIA_OWNERS = ("Octavia", "ovn-lb:vip")
OCTAVIA_NAMES = ("octavia-lb-", "ovn-lb-vip-")


@dataclass(frozen=True, kw_only=True)
class References:
    """Ids of what a declaration names. None is not declared.

    :param other_vip_subnets: subnets that do as well as the one of the VIP, which was chosen then
    """

    subnets: Mapping[str, str] = field(default_factory=dict)
    vip_subnet_id: str | None = None
    other_vip_subnets: tuple[str, ...] = ()
    vip_network_id: str | None = None
    vip_qos_policy_id: str | None = None
    vip_sg_ids: Sequence[str] | None = None
    additional_vips: tuple[AdditionalVip, ...] | None = None
    floating_network_id: str | None = None
    flavor_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Everything the decision needs.

    :param port: the balancer's VIP port; without a balancer, the one that was kept for it
    :param disabled: why Octavia would not make the balancer, if that is to be done
    """

    balancer: Balancer | None = None
    port: VipPort | None = None
    floating_ips: tuple[FloatingIp, ...] = ()
    references: References = field(default_factory=References)
    disabled: tuple[str, ...] = ()

    @property
    def floating_ip(self) -> FloatingIp | None:
        """The floating IP of the balancer."""
        port_id = self.balancer.vip_port_id if self.balancer else None
        return next((ip for ip in self.floating_ips if port_id and ip.port_id == port_id), None)


def observe(context: Context, desired: Desired) -> Observed:
    """Read. A balancer that is at work is waited for, because nobody knows yet whether that ends well.

    :raises InvalidInputError: with every reference that does not exist, or with who has the VIP port that was kept
    """
    api = Api(context.conn.load_balancer)
    project_id = project_of(context)
    balancer = _balancer(context, api, project_id, desired.name)
    mark = mark_of(desired.name)
    with attempt("list", "ports"):
        ours = exactly(context.conn.network.ports(description=mark, project_id=project_id), description=mark)
    with attempt("list", "floating IPs"):
        own_ips = exactly(context.conn.network.ips(description=mark, project_id=project_id), description=mark)
    kept = {each["subnet_id"] for port in ours[:1] for each in port.fixed_ips or ()}
    # A provider may have deleted the port: then the address says on which subnet it was.
    somewhere = balancer is None and (bool(ours) or not any(floating_ip(ip).noted for ip in own_ips))
    references = References()
    if desired.present:
        references = _references(context, desired, kept, is_new=balancer is None, choose=somewhere)
    port = _port(context, balancer, ours, references.vip_subnet_id)
    if balancer is None and port:
        placement.check_port(context, desired.name, port)
    floating_ips = _floating_ips(context, port, own_ips, project_id, desired.floating_ip_address)
    disabled = tuple(placement.disabled(context, desired, balancer, references.flavor_id))
    return Observed(balancer=balancer, port=port, floating_ips=floating_ips, references=references, disabled=disabled)


def _balancer(context: Context, api: Api, project_id: str, name: str) -> Balancer | None:
    rows = find(api, project_id, name)
    if len(rows) > 1:
        raise not_unique("load balancer", name, [row["id"] for row in rows])
    if not rows:
        return None
    row = rows[0]
    if row["provisioning_status"].startswith("PENDING") and context.wait and not context.check_mode:
        wait_settled(api, context.deadline, name, row["id"], any_end=True)
        again = api.show(BALANCER, row["id"], name)
        if again is None:
            return None
        row = again
    return read(api, project_id, [row])[0]


def _references(context: Context, desired: Desired, kept: Collection[str], *, is_new: bool, choose: bool) -> References:
    """Find what is declared by name.

    :param kept: ids of the subnets on which the VIP port is that was kept
    :param choose: whether the VIP is still to be given a place
    """
    names = Resolver(context)
    network_id, subnets = _vip_place(names, desired, kept, choose=choose)
    subnet_id = subnets[0] if subnets else None
    additional = _additional_vips(names, desired, subnet_id, network_id)
    members = [member for pool in desired.pools or () for member in pool.members or ()]
    found = References(
        subnets=names.subnets(member.settings["subnet_id"] for member in members if "subnet_id" in member.settings),
        vip_subnet_id=subnet_id,
        other_vip_subnets=() if additional else tuple(subnets[1:]),
        vip_network_id=network_id,
        vip_qos_policy_id=names.qos_policy(policy) if (policy := desired.vip_qos_policy) else policy,
        vip_sg_ids=None if desired.vip_security_groups is None else names.security_groups(desired.vip_security_groups),
        additional_vips=additional,
        floating_network_id=names.network(desired.floating_ip_network) if desired.floating_ip_network else None,
        flavor_id=names.flavor(desired.flavor) if desired.flavor else None,
    )
    if is_new:
        placement.check_names(names, desired)
    names.finish()
    return found


def _vip_place(
    names: Resolver, desired: Desired, kept: Collection[str], *, choose: bool
) -> tuple[str | None, Sequence[str]]:
    """Return the ids of the VIP's network and of the subnets that do for it, the declared one or the best first."""
    network_id: str | None = None
    subnets: list[str] = []
    if desired.vip_subnet:
        subnet_id, network_id = names.subnet(desired.vip_subnet)
        subnets = [subnet_id]
    if desired.vip_network:
        of_subnet, network_id = network_id, names.network(desired.vip_network)
        if of_subnet and of_subnet != network_id:
            names.problems.append(f"subnet {desired.vip_subnet!r} is not in network {desired.vip_network!r}")
    if choose and network_id and desired.vip_address:
        names.vip_address(desired.vip_address, network_id, subnets)
    elif choose and network_id and not subnets:
        subnets = names.vip_subnets(network_id, kept)
    return network_id, subnets


def _additional_vips(
    names: Resolver, desired: Desired, subnet_id: str | None, network_id: str | None
) -> tuple[AdditionalVip, ...] | None:
    """Return the further addresses with ids. Octavia wants them on one network, each on a subnet of its own."""
    if desired.additional_vips is None:
        return None
    found, used = [], {subnet_id: "vip_subnet"} if subnet_id else {}
    for vip in desired.additional_vips:
        of_subnet, of_network = names.subnet(vip.subnet_id)
        if network_id and of_network and of_network != network_id:
            names.problems.append(f"subnet {vip.subnet_id!r} of 'additional_vips' is not in the network of the VIP")
        if of_subnet in used:
            names.problems.append(f"subnet {vip.subnet_id!r} of 'additional_vips' has an address already")
        used[of_subnet] = vip.subnet_id
        found.append(replace(vip, subnet_id=of_subnet))
    return tuple(sorted(found, key=lambda vip: vip.subnet_id))


def _port(context: Context, balancer: Balancer | None, ours: Sequence[Port], subnet_id: str | None) -> VipPort | None:
    if balancer is None:
        return _vip_port(ours[0], subnet_id, ours=True) if ours else None
    for port in ours:
        if port.id == balancer.vip_port_id:
            return _vip_port(port, balancer.vip_subnet_id, ours=True)
    with attempt("look at", "VIP port", resource_id=balancer.vip_port_id):
        others = list(context.conn.network.ports(id=balancer.vip_port_id))
    return _vip_port(others[0], balancer.vip_subnet_id, ours=False) if others else None


def _vip_port(port: Port, subnet_id: str | None, *, ours: bool) -> VipPort:
    """Return a port as a plain value.

    :param subnet_id: where the first address of the VIP is, when that is known
    """
    every = port.fixed_ips or [{}]
    fixed = next((each for each in every if each.get("subnet_id") == subnet_id), every[0])
    made_by_octavia = port.device_owner in OCTAVIA_OWNERS or (port.name or "").startswith(OCTAVIA_NAMES)
    return VipPort(
        id=port.id,
        name=port.name or "",
        address=fixed.get("ip_address", ""),
        subnet_id=fixed.get("subnet_id", ""),
        network_id=port.network_id,
        ours=ours,
        goes_along=made_by_octavia and not ours,
        more=tuple(
            AdditionalVip(subnet_id=each["subnet_id"], address=each["ip_address"])
            for each in every
            if each is not fixed
        ),
    )


def _floating_ips(
    context: Context, port: VipPort | None, ours: Sequence[FloatingIP], project_id: str, address: str | None
) -> tuple[FloatingIp, ...]:
    """Return those that are ours, on the port, or declared; each once."""
    network = context.conn.network
    with attempt("list", "floating IPs"):
        others = list(network.ips(port_id=port.id)) if port else []
        given = list(network.ips(floating_ip_address=address, project_id=project_id)) if address else []
    marked = {ip.id for ip in ours}
    return tuple({ip.id: floating_ip(ip, ours=ip.id in marked) for ip in [*others, *ours, *given]}.values())


def floating_ip(ip: FloatingIP, *, ours: bool = False) -> FloatingIp:
    """Return a floating IP as a plain value."""
    tags: Sequence[str] = ip.tags or ()
    return FloatingIp(
        id=ip.id,
        address=ip.floating_ip_address,
        network_id=ip.floating_network_id,
        port_id=ip.port_id or None,
        ours=ours,
        noted=next((tag.removeprefix(NOTE) for tag in tags if tag.startswith(NOTE)), None),
    )
