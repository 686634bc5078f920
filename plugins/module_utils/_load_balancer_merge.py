# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared laid over what is observed: the tree as it shall be. Pure.

What keeps its id stays and is changed in place; what has none is made; what is observed and not in the result goes.
Of the lists that are declared, an entry that is no longer declared goes if the module made it (its tag says so) or if
C(purge) is set; everybody else's stays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    Balancer,
    Listener,
    Member,
    Monitor,
    Policy,
    Pool,
    mark_of,
    new_listener,
    new_policy,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import (
    L7_PROTOCOLS,
    pool_mismatch,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Settings

NamedT = TypeVar("NamedT", Listener, Policy, Pool)

IMMUTABLE = ("protocol", "protocol_port")
OF_ANY_PROTOCOL = frozenset(
    {
        "protocol",
        "protocol_port",
        "description",
        "admin_state_up",
        "connection_limit",
        "allowed_cidrs",
        "timeout_client_data",
        "timeout_member_connect",
        "timeout_member_data",
        "timeout_tcp_inspect",
        "tags",
    }
)
"""Settings of a listener that outlive a change of its protocol."""


@dataclass
class Merge:
    """One laying over.

    :param mark: tag of what the module makes; empty for none
    :param subnets: ids of subnets by the names in the declaration
    :param problems: what cannot be done, found on the way
    """

    mark: str
    provider: str | None
    purge: bool
    subnets: Mapping[str, str]
    problems: list[str]

    def named(
        self,
        kind: str,
        old: Sequence[NamedT],
        wanted: Sequence[NamedT] | None,
        merge: Callable[[NamedT | None, NamedT], NamedT],
    ) -> tuple[NamedT, ...]:
        """Return a list of parts that are known by name: first what is declared, in that order, then what stays."""
        if wanted is None:
            return tuple(old)
        counted = Counter(part.name for part in old)
        by_name = {part.name: part for part in old}
        for part in wanted:
            if counted[part.name] > 1:
                ids = ", ".join(str(twin.id) for twin in old if twin.name == part.name)
                self.problems.append(f"several {kind}s are named {part.name!r} ({ids}); rename or delete all but one")
        declared = {part.name for part in wanted}
        merged: list[NamedT] = [merge(by_name.get(part.name), part) for part in wanted]
        stay: list[NamedT] = [part for part in old if part.name not in declared and not self._goes(part.tags)]
        return tuple(merged + stay)

    def _goes(self, tags: Sequence[str]) -> bool:
        return self.purge or (bool(self.mark) and self.mark in tags)

    def settings(self, old: Settings | None, wanted: Settings) -> Settings:
        """Return settings laid over; something new gets the mark."""
        if old is not None:
            return {**old, **wanted}
        return {**wanted, "tags": [self.mark]} if self.mark else wanted

    def listener(self, old: Listener | None, wanted: Listener) -> Listener:
        if old is None:
            policies = self.named("L7 policy", (), wanted.policies, self.policy)
            return replace(wanted, settings=self.settings(None, wanted.settings), policies=policies)
        pool = old.default_pool if wanted.default_pool is None else wanted.default_pool
        policies = self.named("L7 policy", old.policies or (), wanted.policies, self.policy)
        merged = replace(
            old, settings=self.settings(old.settings, wanted.settings), default_pool=pool, policies=policies
        )
        if all(merged.settings.get(key) == old.settings.get(key) for key in IMMUTABLE):
            return merged
        return self._replaced(old, merged, wanted)

    def _replaced(self, old: Listener, merged: Listener, wanted: Listener) -> Listener:
        """Return the listener to be made in place of one whose protocol or port is another."""
        if merged.settings["protocol"] == old.settings["protocol"]:
            return new_listener(merged)
        carried = {key: value for key, value in old.settings.items() if key in OF_ANY_PROTOCOL}
        if merged.policies and merged.settings["protocol"] not in L7_PROTOCOLS:
            names = ", ".join(repr(policy.name) for policy in merged.policies)
            self.problems.append(
                f"listener {old.name!r} cannot become {merged.settings['protocol']}: it has L7 policies ({names})"
            )
        return new_listener(replace(merged, settings={**carried, **wanted.settings}))

    def policy(self, old: Policy | None, wanted: Policy) -> Policy:
        """Return a policy; its rules are what is declared, no more."""
        if old is None:
            return replace(new_policy(wanted), settings=self.settings(None, wanted.settings))
        rules = []
        left = list(old.rules)
        for rule in wanted.rules:
            same = next((one for one in left if one.settings == rule.settings), None)
            if same:
                left.remove(same)
            rules.append(same or replace(rule, id=None))
        settings = self.settings(old.settings, wanted.settings)
        return replace(old, settings=settings, redirect_pool=wanted.redirect_pool or "", rules=tuple(rules))

    def pool(self, old: Pool | None, wanted: Pool) -> Pool:
        if old is None:
            algorithm = {"lb_algorithm": abilities(self.provider).default_algorithm}
            return replace(
                wanted,
                settings=self.settings(None, {**algorithm, **wanted.settings}),
                monitor=wanted.monitor,
                members=self.members((), wanted.members, wanted.name),
            )
        if old.settings["protocol"] != wanted.settings["protocol"]:
            self.problems.append(
                f"pool {old.name!r} ({old.id}) is {old.settings['protocol']}, and Octavia cannot change that: declare"
                " the new pool under another name; listeners move to it without interruption, and this one is removed"
                " afterwards if the module made it"
            )
        return replace(
            old,
            settings=self.settings(old.settings, wanted.settings),
            monitor=self.monitor(old.monitor, wanted.monitor),
            members=self.members(old.members or (), wanted.members, old.name),
        )

    def monitor(self, old: Monitor | None, wanted: Monitor | None) -> Monitor | None:
        """Return a monitor; one of another type is another monitor."""
        if wanted is None or old is None:
            return old if wanted is None else wanted
        if not wanted.settings:
            return None
        if wanted.settings["type"] != old.settings["type"]:
            return wanted
        return replace(old, settings={**old.settings, **wanted.settings})

    def members(self, old: Sequence[Member], wanted: Sequence[Member] | None, pool: str) -> tuple[Member, ...]:
        """Return members; a weight that is not declared stays what it is, so a drained member stays drained."""
        if wanted is None:
            return tuple(old)
        by_key = {member.key: member for member in old}
        merged = [self._member(by_key.get(member.key), member, pool) for member in wanted]
        declared = {member.key for member in wanted}
        stay = [member for member in old if member.key not in declared and not self._goes(member.tags)]
        return tuple(merged + stay)

    def _member(self, old: Member | None, wanted: Member, pool: str) -> Member:
        settings = dict(wanted.settings)
        if "subnet_id" in settings:
            settings["subnet_id"] = self.subnets.get(settings["subnet_id"], settings["subnet_id"])
        if old is None:
            return replace(wanted, settings=self.settings(None, settings))
        is_on = old.settings.get("subnet_id")
        if "subnet_id" in settings and settings["subnet_id"] != is_on:
            self.problems.append(
                f"member {old.address}:{old.protocol_port} of pool {pool!r} is on subnet {is_on}, not"
                f" {settings['subnet_id']}, and Octavia cannot change that: remove the member first"
            )
        return replace(old, settings=self.settings(old.settings, settings))


def merged(desired: Desired, old: Balancer | None, subnets: Mapping[str, str]) -> tuple[Balancer, list[str]]:
    """Return the tree as it shall be, and what cannot be done.

    :param old: the balancer as it is, None when there is none
    :param subnets: ids of subnets by the names in the declaration
    """
    merge = Merge(
        mark=mark_of(desired.name),
        provider=old.provider if old else desired.provider,
        purge=desired.purge,
        subnets=subnets,
        problems=[],
    )
    base = old or Balancer(name=desired.name)
    tree = replace(
        base,
        settings=_balancer_settings(merge, desired, old),
        listeners=merge.named("listener", base.listeners or (), desired.listeners, merge.listener),
        pools=merge.named("pool", base.pools or (), desired.pools, merge.pool),
    )
    merge.problems.extend(_dangling(tree))
    return tree, merge.problems


def _balancer_settings(merge: Merge, desired: Desired, old: Balancer | None) -> Settings:
    wanted = dict(desired.settings)
    tags = wanted.pop("tags", None)
    settings = {**old.settings, **wanted} if old else {**wanted, "tags": [merge.mark]}
    if tags is not None:
        kept = [tag for tag in settings.get("tags") or () if not desired.purge or tag == merge.mark]
        settings["tags"] = sorted({*kept, *tags})
    return settings


def _dangling(tree: Balancer) -> Iterable[str]:
    protocols = {pool.name: pool.settings["protocol"] for pool in tree.pools or ()}
    for listener in tree.listeners or ():
        users = [(f"listener {listener.name!r}", listener.default_pool)]
        users += [
            (f"L7 policy {policy.name!r} of listener {listener.name!r}", policy.redirect_pool)
            for policy in listener.policies or ()
        ]
        for where, pool in users:
            if pool and pool not in protocols:
                yield f"{where} refers to pool {pool!r}, which is neither declared nor there"
            elif pool:
                yield from pool_mismatch(listener.settings["protocol"], pool, protocols[pool], where)
