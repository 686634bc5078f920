# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets that are changed before routes are, and routes that are held back until then. Pure.

Octavia's amphora driver configures, and so tests, the pools of a listener only: its default pool and those that an
enabled L7 policy with an enabled rule leads to (octavia.common.data_models.Listener.pools). So a pool that shall get
ready has its policies already, with one more rule that no request fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    CONDITION,
    part_mark,
)
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import LISTENER, policies_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Facts = Mapping[str, Any]

NOBODY = {"type": "HOST_NAME", "compare_type": "EQUAL_TO", "value": "nobody.invalid"}
"""A rule that no request fits: RFC 6761 keeps the name from being anybody's."""
SENDING = ("ACTIVE", "PENDING_UPDATE")
"""Statuses of a load balancer that sends requests. One that is changed at the moment does."""
PLACES = ("redirect_pool", "redirect_url", "redirect_prefix", "redirect_http_code")


def early_fleets(
    fleets: Sequence[Facts], balancer: Facts | None, protocol: str, port: int, service: str | None = None
) -> list[str]:
    """Return the names of the fleets that are changed before routes are, so that these always lead to their models.

    Those that get routes. When none does, and routes go, whoever else gets their requests: all that keep their routes.
    None when the load balancer sends nobody anywhere: without it, or when its listener is about to be another one.

    :param balancer: as C(load_balancer) returns it
    :param protocol: what the listener shall speak
    :param port: where it shall listen
    :param service: whose fleets they are; None for the owner of the load balancer
    """
    if not balancer or balancer["provisioning_status"] not in SENDING:
        return []
    listener = _listener(balancer)
    if not listener or (listener["protocol"], listener["protocol_port"]) != (protocol, int(port)):
        return []
    wanted = policies_of(fleets, [fleet["pool"] for fleet in fleets])
    early = {policy["redirect_pool"] for policy in _pending(wanted, listener)}
    names = {policy["name"] for policy in wanted}
    there = _own(listener["l7policies"], balancer, service)
    losing = {policy["redirect_pool"] for policy in there if policy["name"] not in names and _works(policy)}
    if losing and not early:
        early = {pool["name"] for pool in balancer["pools"]} - losing
    return [fleet["name"] for fleet in fleets if fleet["pool"] in early]


def held_tree(tree: Facts, balancer: Facts, service: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return what brings in the pools of new routes and leaves routes and other pools as they are.

    Without a listener there is nothing that could be kept from anybody: then it is the tree.

    :param tree: as C(balancer_tree) returns it
    :param service: whose it is; None for the owner of the load balancer
    """
    present = _listener(balancer)
    if not present:
        return dict(tree)
    listener = {key: value for key, value in tree["listeners"][0].items() if key != "default_pool"}
    pending = _pending(listener["l7policies"], present)
    names = {policy["name"] for policy in pending}
    kept = [
        _declared(policy)
        for policy in _own(present["l7policies"], balancer, service)
        # A run that was killed leaves policies without rules, which nobody fits either.
        if policy["rules"] and policy["name"] not in names
    ]
    held = [{**policy, "rules": [*policy["rules"], NOBODY]} for policy in pending]
    awaited = {policy["redirect_pool"] for policy in pending}
    new = [pool for pool in tree["pools"] if pool["name"] in awaited]
    there = [
        {"name": pool["name"], "protocol": pool["protocol"]}
        for pool in _own(balancer["pools"], balancer, service)
        if pool["name"] not in awaited
    ]
    return {"listeners": [{**listener, "l7policies": [*kept, *held]}], "pools": [*there, *new]}


def _listener(balancer: Facts) -> Facts | None:
    """Return the listener by which requests come, if there is one."""
    return next((one for one in balancer["listeners"] if one["name"] == LISTENER), None)


def _own(parts: Sequence[Facts], balancer: Facts, service: str | None) -> list[Facts]:
    """Return those parts of a load balancer that are a service's."""
    mark = part_mark(balancer["name"], service)
    return [part for part in parts if mark in (part.get("tags") or ())]


def _pending(wanted: Sequence[Facts], listener: Facts) -> list[Facts]:
    """Return the policies that do not work yet.

    One that works stays as it is when the last replica of its pool breaks: its requests are not for other pools.
    """
    working = {policy["name"] for policy in listener["l7policies"] if _works(policy)}
    return [policy for policy in wanted if policy["name"] not in working]


def _works(policy: Facts) -> bool:
    values = [rule["value"] for rule in policy["rules"]]
    return bool(policy["admin_state_up"] and values) and NOBODY["value"] not in values


def _declared(policy: Facts) -> dict[str, Any]:
    """Return an L7 policy that is there as an option."""
    rules = [{key: rule[key] for key in CONDITION if rule.get(key)} for rule in policy["rules"]]
    places = {key: policy[key] for key in PLACES if policy.get(key)}
    return {"name": policy["name"], "action": policy["action"], **places, "rules": rules}
