# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a tree as it is and as it shall be to the smallest list of writes. Pure.

The order keeps traffic flowing: new pools are filled before listeners point to them, and old pools go when nothing
points to them any more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_fields as fields
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateChild,
    DeleteChild,
    Made,
    UpdateBalancer,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_body import policy_body
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_pool import changing
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import owner_of
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_members import set_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import transport
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import differing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        Balancer,
        Listener,
        Monitor,
        Node,
        Policy,
        Pool,
        Rule,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def actions(old: Balancer, new: Balancer) -> Iterator[Action]:
    """Yield what makes one tree out of the other; the balancer itself is the same."""
    balancer_id = str(old.id)
    if changes := differing(new.settings, old.settings):
        yield UpdateBalancer(name=old.name, id=balancer_id, changes=fields.to_update(fields.BALANCER, changes))
    old_pools = {pool.id: pool for pool in old.pools or ()}
    new_pools = new.pools or ()
    pool_ids: dict[str, str | Made] = {pool.name: pool.id or Made(kind="pool", name=pool.name) for pool in new_pools}
    for pool in new_pools:
        yield from _pool(balancer_id, old_pools.get(pool.id), pool, old.provider)
    yield from _listeners(old, new, pool_ids)
    staying = {pool.id for pool in new_pools}
    yield from (
        DeleteChild(kind=octavia.POOL, name=pool.name, id=str(pool.id))
        for pool in old_pools.values()
        if pool.id not in staying
    )


def _update(
    kind: octavia.Kind,
    form: fields.Fields,
    name: str,
    old: Node,
    new: Node,
    more: Mapping[str, Any] | None = None,
    parent: str | None = None,
) -> Iterator[Action]:
    """Yield a change of the settings that differ, and of what is given in addition.

    What is in ERROR is what its load balancer was not told. Any change of it, also one that changes nothing, has
    Octavia tell everything again. Only what belongs to a pool or L7 policy in ERROR is refused, so it comes later.
    """
    changes = {**fields.to_update(form, differing(new.settings, old.settings)), **(more or {})}
    again = ""
    if not changes and old.provisioning_status == "ERROR":
        changes = {"admin_state_up": bool(old.settings.get("admin_state_up", True))}
        again = "nothing, but it is in ERROR"
    if changes:
        yield UpdateChild(kind=kind, name=name, id=str(old.id), changes=changes, parent=parent, again=again)


def _pool(balancer_id: str, old: Pool | None, new: Pool, provider: str | None) -> Iterator[Action]:
    pool_id = new.id or Made(kind="pool", name=new.name)
    if old is None:
        body = {"name": new.name, "loadbalancer_id": balancer_id, **fields.to_create(new.settings)}
        yield CreateChild(kind=octavia.POOL, name=new.name, body=body)
    else:
        yield from _update(octavia.POOL, fields.POOL, new.name, old, new, changing(old, new, provider))
    yield from _monitor(new.name, pool_id, old.monitor if old else None, new.monitor)
    change = set_members(new.name, pool_id, (old.members if old else None) or (), new.members or ())
    if change:
        yield change


def _monitor(pool: str, pool_id: str | Made, old: Monitor | None, new: Monitor | None) -> Iterator[Action]:
    name = f"of pool {pool}"
    wanted = new is not None and bool(new.settings)
    if old is not None and new is not None and new.id == old.id:
        yield from _update(octavia.MONITOR, fields.MONITOR, name, old, new)
        return
    if old is not None:
        yield DeleteChild(kind=octavia.MONITOR, name=name, id=str(old.id))
    if wanted and new is not None:
        body = {"pool_id": pool_id, **fields.to_create(new.settings)}
        yield CreateChild(kind=octavia.MONITOR, name=name, body=body)


def _listeners(old: Balancer, new: Balancer, pool_ids: Mapping[str, str | Made]) -> Iterator[Action]:
    before = {listener.id: listener for listener in old.listeners or ()}
    staying = {listener.id for listener in new.listeners or ()}
    going = [listener for listener in before.values() if listener.id not in staying]
    needed = {_endpoint(listener) for listener in new.listeners or () if listener.id is None}
    # Octavia may refuse a new one, so the old one goes afterwards: but not when it has the port that the new one needs,
    # and not without a mark, by which the next run knows that two of a name are what a killed run left.
    first = [listener for listener in going if _endpoint(listener) in needed or not owner_of(listener.tags)]
    yield from map(_delete_listener, first)
    for listener in new.listeners or ():
        was = before.get(listener.id)
        if was is None:
            yield _create_listener(str(old.id), listener, pool_ids)
        else:
            pool = listener.default_pool
            moved = {"default_pool_id": pool_ids[pool] if pool else None} if pool != was.default_pool else {}
            yield from _update(octavia.LISTENER, fields.LISTENER, listener.name, was, listener, moved)
        listener_id = listener.id or Made(kind="listener", name=listener.name)
        policies = (was.policies if was else None) or ()
        yield from _policies(listener.name, listener_id, policies, listener.policies or (), pool_ids)
    yield from (_delete_listener(listener) for listener in going if listener not in first)


def _endpoint(listener: Listener) -> tuple[str, int]:
    """Return what no two listeners of a load balancer can have."""
    return transport(listener.settings["protocol"]), listener.settings["protocol_port"]


def _delete_listener(listener: Listener) -> Action:
    return DeleteChild(kind=octavia.LISTENER, name=listener.name, id=str(listener.id))


def _create_listener(balancer_id: str, listener: Listener, pool_ids: Mapping[str, str | Made]) -> Action:
    body: dict[str, Any] = {"name": listener.name, "loadbalancer_id": balancer_id}
    body |= fields.to_create(listener.settings)
    if listener.default_pool:
        body["default_pool_id"] = pool_ids[listener.default_pool]
    return CreateChild(kind=octavia.LISTENER, name=listener.name, body=body)


def _policies(
    listener: str,
    listener_id: str | Made,
    old: Sequence[Policy],
    new: Sequence[Policy],
    pool_ids: Mapping[str, str | Made],
) -> Iterator[Action]:
    """Yield the changes of a listener's policies.

    A position is set by inserting, which moves what comes after it: the list is followed step by step, so that only
    those are moved that have to. Those that go do so last, because a new one may take over the requests of one of them.
    """
    before = {policy.id: policy for policy in old}
    staying = {policy.id for policy in new}
    order = [policy.id for policy in old]
    index = 0
    for policy in new:
        was = before.get(policy.id)
        if was is None:
            order.insert(index, None)
            yield from _create_policy(listener, listener_id, policy, index + 1, pool_ids)
        else:
            more: dict[str, Any] = {}
            if policy.redirect_pool and policy.redirect_pool != was.redirect_pool:
                more["redirect_pool_id"] = pool_ids[policy.redirect_pool]
            there = min(place for place in range(index, len(order)) if order[place] in staying)
            if order[there] == policy.id:
                index = there
            else:
                order.remove(policy.id)
                order.insert(index, policy.id)
                more["position"] = index + 1
            yield from _change_policy(f"{listener}/{policy.name}", was, policy, more)
        index += 1
    for policy in old:
        if policy.id not in staying:
            yield DeleteChild(kind=octavia.POLICY, name=policy.name, id=str(policy.id))


def _change_policy(name: str, old: Policy, new: Policy, more: Mapping[str, Any]) -> Iterator[Action]:
    """Yield the changes of a policy and of its rules.

    One that is disabled, for example because a run was killed that made it, is enabled when it has all its rules.
    Until its last failed change is sent again, Octavia refuses rules: so they do not come first.
    """
    enabling = new.settings.get("admin_state_up") is True and old.settings.get("admin_state_up") is False
    enable_later = enabling and new.rules != old.rules
    first = replace(new, settings={**new.settings, "admin_state_up": False}) if enable_later else new
    yield from _update(octavia.POLICY, fields.POLICY, name, old, first, more)
    yield from _rules(name, str(new.id), old.rules, new.rules)
    if enable_later:
        yield UpdateChild(kind=octavia.POLICY, name=name, id=str(new.id), changes={"admin_state_up": True})


def _create_policy(
    listener: str, listener_id: str | Made, policy: Policy, position: int, pool_ids: Mapping[str, str | Made]
) -> Iterator[Action]:
    """Yield a new policy and its rules.

    Rules are made one by one, and with only some of several rules a policy would match too much: it is enabled last.
    """
    name = f"{listener}/{policy.name}"
    made = Made(kind=octavia.POLICY.name, name=name)
    body: dict[str, Any] = {**policy_body(policy, position), "listener_id": listener_id}
    if policy.redirect_pool:
        body["redirect_pool_id"] = pool_ids[policy.redirect_pool]
    enable_later = len(policy.rules) > 1 and body.get("admin_state_up", True)
    yield CreateChild(kind=octavia.POLICY, name=name, body={**body, "admin_state_up": False} if enable_later else body)
    yield from _rules(name, made, (), policy.rules)
    if enable_later:
        yield UpdateChild(kind=octavia.POLICY, name=name, id=made, changes={"admin_state_up": True})


def _rules(policy: str, policy_id: str | Made, old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[Action]:
    def name(rule: Rule) -> str:
        return f"{policy}/{rule.settings['type']} {rule.settings['value']}"

    for rule in new:
        if rule.id is None:
            body = fields.to_create(rule.settings)
            yield CreateChild(kind=octavia.RULE, name=name(rule), body=body, parent=policy_id)
    before = {rule.id: rule for rule in old}
    staying = {rule.id for rule in new}
    for rule in new:
        if rule.id in before:
            was = before[rule.id]
            yield from _update(octavia.RULE, fields.RULE, name(rule), was, rule, parent=str(policy_id))
    for rule in old:
        if rule.id not in staying:
            yield DeleteChild(kind=octavia.RULE, name=name(rule), id=str(rule.id), parent=str(policy_id))
