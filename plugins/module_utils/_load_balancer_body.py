# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one request that makes a load balancer with everything below it, and what has to come after it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateBalancer,
    Made,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_pool import creating
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import as_new
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_fields import to_create
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_members import set_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import has_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        Balancer,
        Listener,
        Policy,
        Pool,
        Vip,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def _pool_body(pool: Pool) -> dict[str, Any]:
    """Return a pool with monitor and members, as the request for a whole tree has it."""
    body: dict[str, Any] = {"name": pool.name, **to_create(pool.settings), **creating(pool.settings)}
    if pool.monitor and pool.monitor.settings:
        body["healthmonitor"] = to_create(pool.monitor.settings)
    if pool.members:
        body["members"] = [to_create(member.body) for member in pool.members]
    return body


def policy_body(policy: Policy, position: int) -> dict[str, Any]:
    """Return a policy without what it refers to, as a request has it."""
    return {"name": policy.name, "position": position, **to_create(policy.settings)}


def _unset(listener: Listener) -> dict[str, None]:
    """Return what else a listener needs in the request for a whole tree.

    Octavia fills in defaults of TLS for TERMINATED_HTTPS only, and then looks for them wherever there is a certificate
    (C(db/prepare.py), C(_validate_create_listener) in C(api/v2/controllers/listener.py)).
    """
    needed = listener.settings["protocol"] == "PROMETHEUS" and has_certificates(listener.settings)
    return dict.fromkeys(("tls_versions", "alpn_protocols")) if needed else {}


def _listener_body(listener: Listener) -> dict[str, Any]:
    body: dict[str, Any] = {"name": listener.name, **_unset(listener), **to_create(listener.settings)}
    if listener.default_pool:
        body["default_pool"] = {"name": listener.default_pool}
    policies = []
    for position, policy in enumerate(listener.policies or (), start=1):
        inner = policy_body(policy, position)
        if policy.redirect_pool:
            inner["redirect_pool"] = {"name": policy.redirect_pool}
        policies.append({**inner, "rules": [to_create(rule.settings) for rule in policy.rules]})
    return {**body, "l7policies": policies} if policies else body


def balancer_body(balancer: Balancer) -> dict[str, Any]:
    """Return the request that makes the whole tree; only the VIP is missing.

    Where security groups of the VIP decide who is let in, Octavia takes no listener with networks: not one of somebody
    else either, who gave it some before the groups.
    """
    left_out = ("allowed_cidrs",) if balancer.settings.get("vip_sg_ids") else ()
    listeners = [_listener_body(listener) for listener in balancer.listeners or ()]
    return {
        "name": balancer.name,
        **to_create(balancer.settings),
        **to_create(balancer.placement),
        **({"additional_vips": [vip.body for vip in vips]} if (vips := balancer.additional_vips) else {}),
        "listeners": [{key: each[key] for key in each if key not in left_out} for each in listeners],
        "pools": [_pool_body(pool) for pool in balancer.pools or ()],
    }


def first_request(tree: Balancer) -> tuple[dict[str, Any], tuple[Pool, ...]]:
    """Return the request that makes a tree, and the pools whose members are too many for it and come after it."""
    new = as_new(tree)
    body = balancer_body(new)
    if octavia.size_of(body) <= octavia.LARGEST:
        return body, ()
    pools = new.pools or ()
    return balancer_body(replace(new, pools=tuple(replace(pool, members=None) for pool in pools))), pools


def making(tree: Balancer, port_id: str | None, vip: Vip | None) -> Iterator[Action]:
    """Yield what makes a tree on its VIP port: one request, and the members that come after it.

    :param port_id: see :class:`CreateBalancer`, and C(vip) as well
    """
    body, later = first_request(tree)
    yield CreateBalancer(name=tree.name, body=body, port_id=port_id, vip=vip)
    for pool in later:
        made = Made(kind=octavia.POOL.name, name=pool.name)
        yield from filter(None, [set_members(pool.name, made, (), pool.members or ())])
