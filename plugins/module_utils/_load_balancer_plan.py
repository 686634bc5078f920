# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a load balancer: make, change, make again, remove or refuse. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _load_balancer_address as addresses,
)
from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_diff as diff
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    AssociateFloatingIp,
    CreateBalancer,
    CreateFloatingIp,
    CreateVipPort,
    DeleteBalancer,
    DeleteFloatingIp,
    DeleteVipPort,
    ReleaseFloatingIp,
    Vip,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_describe import describe
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_merge import merged
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    Balancer,
    as_new,
    balancer_body,
    mark_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Node

BEING_DELETED = "PENDING_DELETE"


@dataclass(frozen=True, kw_only=True)
class BalancerPlan(Plan):
    """A plan, with what its actions are done to.

    :param desired: what it was made for
    :param living: the balancer that is changed; None when the plan makes one
    """

    desired: Desired
    living: Balancer | None = None


def plan(desired: Desired, observed: Observed) -> BalancerPlan:
    """Decide. Pure.

    :raises InvalidInputError: with everything that cannot be done
    """
    floating_ip = _address(desired, observed, observed.balancer).on_port
    before = describe(observed.balancer, floating_ip.address if floating_ip else None)
    if not desired.present:
        return BalancerPlan(desired=desired, actions=tuple(_removal(desired, observed)), before=before)
    old = observed.balancer if observed.balancer and not _is_going(observed.balancer) else None
    tree, problems = merged(desired, old, observed.references.subnets)
    problems += _immutable(desired, observed, old)
    if old and not desired.provider:
        problems += _octavia_abilities.problems(old.provider, desired.options)
    broken = what_is_broken(observed.balancer)
    living = None if broken else old
    if living is None:
        actions = list(_creation(desired, observed, tree, broken, problems))
    else:
        actions = addresses.floating_ip(_address(desired, observed, living), _wanted(desired, observed), problems)
    if problems:
        raise InvalidInputError(problems)
    if living:
        actions = [*diff.actions(living, tree), *actions]
    after = _after(before, tree, actions)
    return BalancerPlan(desired=desired, living=living, actions=tuple(actions), before=before, after=after)


def _is_going(balancer: Balancer) -> bool:
    return balancer.provisioning_status == BEING_DELETED


def what_is_broken(balancer: Balancer | None) -> str:
    """Return why a balancer has to be made again, an empty text when it has not.

    Octavia accepts nothing but the deletion of a balancer in ERROR. With a part in ERROR it refuses every change that
    has to do with that part, its deletion included.
    """
    if balancer is None:
        return ""
    if balancer.provisioning_status == "ERROR":
        return "it is in ERROR"
    if _is_going(balancer):
        return "it is being deleted"
    parts: list[tuple[str, Node]] = [(f"listener {part.name!r}", part) for part in balancer.listeners or ()]
    for pool in balancer.pools or ():
        parts.append((f"pool {pool.name!r}", pool))
        if pool.monitor:
            parts.append((f"the health monitor of pool {pool.name!r}", pool.monitor))
    return next((f"{what} is in ERROR" for what, part in parts if part.provisioning_status == "ERROR"), "")


def _address(desired: Desired, observed: Observed, living: Balancer | None) -> addresses.Address:
    balancer = observed.balancer
    return addresses.Address(
        port=observed.port,
        floating_ips=observed.floating_ips,
        balancer_id=living.id if living else None,
        provider=balancer.provider if balancer else desired.provider,
        mark=mark_of(desired.name),
        name=desired.name,
    )


def _wanted(desired: Desired, observed: Observed) -> addresses.WantedFloatingIp:
    # Declared as none, declared by name, or not declared.
    network = observed.references.floating_network_id if desired.floating_ip_network else desired.floating_ip_network
    return addresses.WantedFloatingIp(network_id=network, address=desired.floating_ip_address)


def _removal(desired: Desired, observed: Observed) -> Iterator[Action]:
    balancer, port = observed.balancer, observed.port
    if desired.keep_address:
        yield from addresses.own_name(_address(desired, observed, balancer))
    if balancer:
        yield DeleteBalancer(name=balancer.name, id=str(balancer.id))
    if desired.keep_address:
        return
    for ip in observed.floating_ips:
        if ip.ours:
            yield DeleteFloatingIp(id=ip.id, address=ip.address)
    if port and port.ours:
        yield DeleteVipPort(id=port.id, name=port.name)


def _creation(
    desired: Desired, observed: Observed, tree: Balancer, broken: str, problems: list[str]
) -> Iterator[Action]:
    """Yield what makes a balancer, after it removed one that is broken."""
    old, port = observed.balancer, observed.port
    address = _address(desired, observed, None)
    yield from addresses.before_creation(address)
    if old and broken:
        yield DeleteBalancer(name=old.name, id=str(old.id), why=broken)
    stays = port if port and not port.goes_along else None
    vip = _vip(desired, observed, problems)
    if stays is None and vip:
        yield CreateVipPort(vip=vip)
    placement = {
        "provider": desired.provider,
        "flavor_id": observed.references.flavor_id,
        "availability_zone": desired.availability_zone,
        **tree.placement,
    }
    yield CreateBalancer(
        name=desired.name,
        body=balancer_body(replace(as_new(tree), placement=placement)),
        port_id=stays.id if stays else None,
        vip=vip if stays is None or stays.ours else None,
    )
    yield from addresses.floating_ip(address, _wanted(desired, observed), problems)


def _vip(desired: Desired, observed: Observed, problems: list[str]) -> Vip | None:
    """Return the VIP port to be: where it was, else where it is declared to be."""
    references, port, balancer = observed.references, observed.port, observed.balancer
    noted = next((ip.noted for ip in observed.floating_ips if ip.ours and ip.noted), None)
    network_id, subnet_id, address = references.vip_network_id, references.vip_subnet_id, desired.vip_address or noted
    if port:
        network_id, subnet_id, address = port.network_id, port.subnet_id, port.address
    elif balancer:
        network_id, subnet_id, address = balancer.vip_network_id, balancer.vip_subnet_id, balancer.vip_address
    if not network_id:
        problems.append("'vip_subnet' or 'vip_network' is needed to make the load balancer")
        return None
    return Vip(
        name=addresses.vip_port_name(desired.name),
        mark=mark_of(desired.name),
        network_id=network_id,
        subnet_id=subnet_id,
        address=address,
    )


def _immutable(desired: Desired, observed: Observed, old: Balancer | None) -> Iterator[str]:
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
    elif port:
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
    for option, wanted, current in pairs:
        if wanted is not None and wanted != current:
            yield (
                f"{what} has {option!r} {current}, not {wanted}, and that cannot be changed: remove it with"
                " 'state: absent' first, with 'keep_address: true' if the address shall stay"
            )


def _after(before: Mapping[str, Any], tree: Balancer, actions: list[Action]) -> dict[str, Any]:
    if not actions:
        return dict(before)
    floating_ip = before.get("floating_ip_address")
    for action in actions:
        if isinstance(action, CreateFloatingIp):
            floating_ip = action.address or "chosen by the cloud"
        elif isinstance(action, AssociateFloatingIp):
            floating_ip = action.address
        elif isinstance(action, DeleteFloatingIp | ReleaseFloatingIp) and action.address == floating_ip:
            floating_ip = None
    return describe(tree, floating_ip)
