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
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_listener import outliving
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_merge_members import MemberMerge
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    CONDITION,
    Listener,
    Monitor,
    Policy,
    Pool,
    Rule,
    new_listener,
    new_policy,
    owner_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import L7_PROTOCOLS
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NamedT = TypeVar("NamedT", Listener, Policy, Pool)

IMMUTABLE = ("protocol", "protocol_port")


@dataclass
class Merge(MemberMerge):
    """One laying over of a whole tree.

    :param guest: whether it is about a service on the load balancer of another one, which owns only what has its mark
    """

    guest: bool = False

    def named(
        self,
        kind: str,
        old: Sequence[NamedT],
        wanted: Sequence[NamedT] | None,
        merge: Callable[[NamedT | None, NamedT], NamedT],
    ) -> tuple[NamedT, ...]:
        """Return a list of parts that are known by name: first what is declared, in that order, then what stays.

        A guest's parts come where they are, else last, so that several guests do not push each other around. What it
        declares behind a new one goes to the end, too.
        """
        if wanted is None:
            return tuple(old)
        counted = Counter(map(_name, old))
        by_name = {part.name: part for part in old}
        for part in wanted:
            if counted[part.name] > 1:
                ids = ", ".join(str(twin.id) for twin in old if _name(twin) == part.name)
                remedy = "rename or delete all but one"
                if self.guest and isinstance(part, Listener):
                    remedy = "a run of their owner may have been interrupted: run that again first"
                self.problems.append(f"several {kind}s are named {part.name!r} ({ids}); {remedy}")
            elif part.name in by_name:
                self._check_owner(kind, by_name[part.name])
        declared = {part.name for part in wanted}
        merged: list[NamedT] = [merge(by_name.get(part.name), part) for part in wanted]
        stay: list[NamedT] = [part for part in old if part.name not in declared and not self.goes(part.tags)]
        if not self.guest:
            return tuple(merged + stay)
        places = {part.id: place for place, part in enumerate(old)}
        by_place = {places[part.id]: part for part in stay}
        last = -1
        for part in merged:
            place = places[part.id] if part.id else -1
            last = place if place > last else max(last + 1, len(old))
            by_place[last] = part
        return tuple(by_place[place] for place in sorted(by_place))

    def _check_owner(self, kind: str, part: Listener | Policy | Pool) -> None:
        owner = owner_of(part.tags)
        if isinstance(part, Listener) and self.guest:
            return
        if self.guest and owner != self.mark:
            whose = "was not made by this service"
        elif self.mark and owner and owner.startswith(SERVICE_MARK) and owner != self.mark:
            whose = f"belongs to service {owner.removeprefix(SERVICE_MARK)!r}"
        else:
            return
        self.problems.append(f"{kind} {part.name!r} ({part.id}) is there already and {whose}; use another name")

    def resumed(self, old: Sequence[Listener], wanted: Sequence[Listener]) -> tuple[Listener, ...]:
        """Return the listeners without those that are left of a run which was killed when it replaced them.

        Such a run leaves two of a name, both with the mark. The one that is wanted stays and gets the L7 policies of
        the other, which has those of guests, too.
        """
        listeners = list(old)
        for one in wanted:
            twins = [each for each in listeners if each.name == one.name]
            if len(twins) > 1 and all(self.mark in each.tags for each in twins):
                fit = [each for each in twins if all(each.settings[key] == one.settings[key] for key in IMMUTABLE)]
                kept, *others = sorted(twins, key=lambda each: (each not in fit, -len(each.policies or ())))
                listeners = [each for each in listeners if each not in twins]
                for other in others:
                    kept = self._taking_over(kept, other)
                listeners.append(kept)
        return tuple(listeners)

    def _taking_over(self, kept: Listener, other: Listener) -> Listener:
        left, policies = list(kept.policies or ()), []
        for policy in other.policies or ():
            same = next((one for one in left if one.name == policy.name), None)
            if same is None:
                policies.append(new_policy(policy))
                continue
            left.remove(same)
            policies.append(same if _completeness(same) >= _completeness(policy) else self.policy(same, policy))
        return replace(kept, policies=(*policies, *left))

    def listener(self, old: Listener | None, wanted: Listener) -> Listener:
        if self.guest:
            return self._visited(old, wanted)
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

    def _visited(self, old: Listener | None, wanted: Listener) -> Listener:
        """Return the listener of somebody else, to which a guest adds its policies."""
        if old is None:
            self.problems.append(f"there is no listener {wanted.name!r}, which its owner has to make")
            return wanted
        for key in IMMUTABLE:
            if wanted.settings[key] != old.settings[key]:
                self.problems.append(
                    f"listener {old.name!r} ({old.id}) has {key!r} {old.settings[key]}, not {wanted.settings[key]},"
                    " and it belongs to another service"
                )
        return replace(old, policies=self.named("L7 policy", old.policies or (), wanted.policies, self.policy))

    def _replaced(self, old: Listener, merged: Listener, wanted: Listener) -> Listener:
        """Return the listener to be made in place of one whose protocol or port is another."""
        if merged.settings["protocol"] == old.settings["protocol"]:
            return new_listener(merged)
        protocol = merged.settings["protocol"]
        carried = outliving(old.settings, protocol)
        if merged.policies and protocol not in L7_PROTOCOLS:
            names = ", ".join(repr(policy.name) for policy in merged.policies)
            self.problems.append(f"listener {old.name!r} cannot become {protocol}: it has L7 policies ({names})")
        declared = {key: merged.settings[key] for key in wanted.settings}
        return new_listener(replace(merged, settings={**carried, **declared}))

    def policy(self, old: Policy | None, wanted: Policy) -> Policy:
        """Return a policy; its rules are what is declared, no more."""
        if old is None:
            return replace(wanted, settings=self.settings(None, wanted.settings))
        rules = []
        left = list(old.rules)
        for rule in wanted.rules:
            same = next((one for one in left if _condition(one) == _condition(rule)), None)
            if same:
                left.remove(same)
                rules.append(replace(same, settings=self.settings(same.settings, rule.settings)))
            else:
                rules.append(replace(rule, id=None))
        settings = self.settings(old.settings, wanted.settings)
        return replace(old, settings=settings, redirect_pool=wanted.redirect_pool or "", rules=tuple(rules))

    def pool(self, old: Pool | None, wanted: Pool) -> Pool:
        if old is None:
            algorithm = {"lb_algorithm": abilities(self.provider).default_algorithm}
            return replace(
                wanted,
                settings=self.settings(None, {**algorithm, **wanted.settings}),
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
        return replace(old, settings=self.settings(old.settings, wanted.settings))


def _name(part: Listener | Policy | Pool) -> str:
    """Return the name that the cloud knows a part by."""
    return (part.shared_name if isinstance(part, Pool) else "") or part.name


def _completeness(policy: Policy) -> tuple[int, bool]:
    """Return how far a policy was made: its rules come one by one, and then it is enabled."""
    return len(policy.rules), policy.settings.get("admin_state_up") is True


def _condition(rule: Rule) -> tuple[Any, ...]:
    return tuple(rule.settings.get(key) for key in CONDITION)
