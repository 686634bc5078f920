# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the L7 policies of a listener as they are and as they shall be to the smallest list of writes. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_fields as fields
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateChild,
    DeleteChild,
    Made,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_body import policy_body
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_update import update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Policy, Rule
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

REDIRECTS = ("redirect_url", "redirect_prefix")


def policy_changes(
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
    Until its last failed change is sent again, Octavia refuses rules: so they do not come first. A request that names
    where to redirect to and not by which code has Octavia set 302.
    """
    enabling = new.settings.get("admin_state_up") is True and old.settings.get("admin_state_up") is False
    enable_later = enabling and new.rules != old.rules
    first = replace(new, settings={**new.settings, "admin_state_up": False}) if enable_later else new
    target = any(new.settings.get(key) and new.settings[key] != old.settings.get(key) for key in REDIRECTS)
    if target and (code := new.settings.get("redirect_http_code")):
        more = {**more, "redirect_http_code": code}
    yield from update(octavia.POLICY, fields.POLICY, name, old, first, more)
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
            yield from update(octavia.RULE, fields.RULE, name(rule), was, rule, parent=str(policy_id))
    for rule in old:
        if rule.id not in staying:
            yield DeleteChild(kind=octavia.RULE, name=name(rule), id=str(rule.id), parent=str(policy_id))
