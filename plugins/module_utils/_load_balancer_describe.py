# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load balancers as plain data: for the diff, and as the modules return them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    AssociateFloatingIp,
    CreateFloatingIp,
    DeleteFloatingIp,
    ReleaseFloatingIp,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import what_failed
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import CONDITION
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_members import member_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import FloatingIp
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        Balancer,
        Listener,
        Node,
        Policy,
        Pool,
        Rule,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def describe(balancer: Balancer | None, floating_ip: str | None = None) -> dict[str, Any]:
    """Return what a user can declare of a balancer, for the diff."""
    if balancer is None:
        return {}
    return {
        "name": balancer.name,
        **balancer.placement,
        **balancer.settings,
        "additional_vips": [vip.body for vip in balancer.additional_vips],
        "floating_ip_address": floating_ip,
        "listeners": [
            {
                "name": listener.name,
                **listener.settings,
                "default_pool": listener.default_pool or None,
                "l7policies": [_policy(policy) for policy in listener.policies or ()],
            }
            for listener in sorted(balancer.listeners or (), key=_by_name)
        ],
        "pools": [
            {
                "name": pool.name,
                **pool.settings,
                "healthmonitor": dict(pool.monitor.settings) if pool.monitor else None,
                "members": [member.body for member in sorted(pool.members or (), key=lambda member: member.key)],
            }
            for pool in sorted(balancer.pools or (), key=_by_name)
        ],
    }


def describe_before(observed: Observed) -> dict[str, Any]:
    """Return what a user can declare of a balancer as it is, and what of it failed."""
    floating_ip = observed.floating_ip
    described = describe(observed.balancer, floating_ip.address if floating_ip else None)
    return described | what_failed(observed.balancer)


def describe_after(before: Mapping[str, Any], tree: Balancer, actions: Sequence[Action]) -> dict[str, Any]:
    """Return what a user can declare of a balancer once actions have made a tree of it."""
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


def _by_name(part: Listener | Pool) -> tuple[str, str]:
    return (part.name, part.id or "")


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "name": policy.name,
        **policy.settings,
        "redirect_pool": policy.redirect_pool or None,
        # All of them have to apply. Octavia lists those that were made in one second in the order of their ids.
        "rules": [dict(rule.settings) for rule in sorted(policy.rules, key=_by_condition)],
    }


def _by_condition(rule: Rule) -> list[str]:
    return [str(rule.settings.get(key)) for key in CONDITION]


def _status(part: Node) -> dict[str, Any]:
    return {
        "id": part.id,
        "operating_status": part.operating_status,
        "provisioning_status": part.provisioning_status,
    }


def result(balancer: Balancer, floating_ip: FloatingIp | None) -> dict[str, Any]:
    """Return a balancer as the modules return it."""
    return {
        "name": balancer.name,
        **_status(balancer),
        **balancer.settings,
        "provider": balancer.provider,
        "flavor_id": balancer.placement.get("flavor_id"),
        "availability_zone": balancer.placement.get("availability_zone"),
        "vip_address": balancer.vip_address,
        "vip_port_id": balancer.vip_port_id,
        "vip_subnet_id": balancer.vip_subnet_id,
        "vip_network_id": balancer.vip_network_id,
        "additional_vips": [
            {"subnet_id": vip.subnet_id, "ip_address": vip.address} for vip in balancer.additional_vips
        ],
        "floating_ip_address": floating_ip.address if floating_ip else None,
        "floating_ip_id": floating_ip.id if floating_ip else None,
        "listeners": [_listener_result(listener) for listener in sorted(balancer.listeners or (), key=_by_name)],
        "pools": [_pool_result(pool) for pool in sorted(balancer.pools or (), key=_by_name)],
    }


def _listener_result(listener: Listener) -> dict[str, Any]:
    return {
        "name": listener.name,
        **_status(listener),
        **listener.settings,
        "default_pool": listener.default_pool or None,
        "l7policies": [{**_policy(policy), **_status(policy)} for policy in listener.policies or ()],
    }


def _pool_result(pool: Pool) -> dict[str, Any]:
    members = sorted(pool.members or (), key=lambda member: member.key)
    return {
        "name": pool.name,
        **_status(pool),
        **pool.settings,
        "healthmonitor": {**pool.monitor.settings, **_status(pool.monitor)} if pool.monitor else None,
        "members": [member_result(member) for member in members],
    }
