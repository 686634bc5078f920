# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides on security groups. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan, differing
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_owner import foreign, marks_of
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_rules import Rule, default_egress

if TYPE_CHECKING:
    from collections.abc import Mapping

NEW = ""
"""Stands for the id of a group that is made in the same run."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """A security group. C(rules) maps their ids to rules whose remote group is an id."""

    id: str
    name: str
    description: str = ""
    stateful: bool | None = None
    tags: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Desired:
    """A security group as it is wanted. C(None) is not managed."""

    name: str
    description: str | None = None
    stateful: bool | None = None
    tags: tuple[str, ...] | None = None
    purge_tags: bool = False
    rules: tuple[Rule, ...] | None = None
    purge_rules: bool = False
    keep_default_egress: bool = True
    adopt: bool = True
    present: bool = True


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The group, and the ids and names of groups its rules refer to.

    :param remote_ids: name or id of a remote group, as the user gave it, to its id
    :param names: id of a group to its name, for messages
    """

    group: Group | None
    remote_ids: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CreateGroup(Action):
    """A new group.

    :param allowed: rules that may stay of those that Neutron makes with it, which operators can change (C(default
        security group rules)); None for all
    """

    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    allowed: frozenset[Rule] | None = None

    def __str__(self) -> str:
        return f"create security group {self.name!r}"


@dataclass(frozen=True, kw_only=True)
class UpdateGroup(Action):
    name: str
    id: str
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        changes = ", ".join(f"{key} to {value!r}" for key, value in self.attributes.items())
        return f"set {changes} of security group {self.name!r}"


@dataclass(frozen=True, kw_only=True)
class SetTags(Action):
    name: str
    id: str
    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"set the tags of security group {self.name!r} to {', '.join(self.tags) or 'none'}"


@dataclass(frozen=True, kw_only=True)
class CreateRules(Action):
    """C(described) are the same rules with names of remote groups."""

    name: str
    id: str
    rules: tuple[Rule, ...]
    described: tuple[Rule, ...]

    def __str__(self) -> str:
        return f"create rules of security group {self.name!r}: {'; '.join(str(rule) for rule in self.described)}"


@dataclass(frozen=True, kw_only=True)
class DeleteRule(Action):
    """C(rule_id) is C(NEW) for a rule that Neutron gives to a group made in the same run."""

    name: str
    rule_id: str
    rule: Rule
    described: Rule

    def __str__(self) -> str:
        return f"delete rule of security group {self.name!r}: {self.described}"


@dataclass(frozen=True, kw_only=True)
class DeleteGroup(Action):
    name: str
    id: str

    def __str__(self) -> str:
        return f"delete security group {self.name!r} ({self.id})"


def plan(desired: Desired, observed: Observed) -> Plan:
    """Return what is to be done.

    Rules and tags that are not declared stay unless they are to be purged; the rules that allow all egress stay even
    then unless C(keep_default_egress) is off. New rules come before old ones go, so that traffic which both allow is
    not cut.

    :raises InvalidInputError: when the group that shall be as declared is somebody else's
    """
    group, names = observed.group, {NEW: desired.name, **observed.names}
    before = describe(group, names) if group else {}
    if group and (problem := foreign(desired, group)):
        if desired.present:
            mark = marks_of(desired)[0]
            raise InvalidInputError(
                [f"{problem}; choose another name, or delete it. With {mark} it would lose its other rules"]
            )
        return Plan(before=before, after=before, warnings=(f"{problem}; so it stays",))
    if not desired.present:
        return Plan(actions=(DeleteGroup(name=group.name, id=group.id),) if group else (), before=before)
    base = group or _as_neutron_makes_it(desired.name)
    tags = _wanted_tags(desired, base)
    missing, superfluous = _rule_changes(desired, observed, base)
    actions = [
        *_attribute_changes(desired, group, frozenset([*base.rules.values(), *missing])),
        *([SetTags(name=desired.name, id=base.id, tags=tags)] if set(tags) != set(base.tags) else []),
        *_rule_actions(base, missing, superfluous, names),
    ]
    after = replace(
        base,
        description=base.description if desired.description is None else desired.description,
        stateful=base.stateful if desired.stateful is None else desired.stateful,
        tags=tags,
        rules={str(number): rule for number, rule in enumerate(_remaining(base, superfluous) + missing)},
    )
    return Plan(actions=tuple(actions), before=before, after=describe(after, names))


def describe(group: Group, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what a user declares of a group, for the diff."""
    described = {
        "name": group.name,
        "description": group.description,
        "stateful": group.stateful,
        "tags": sorted(group.tags),
        "rules": sorted(str(_named(rule, names)) for rule in group.rules.values()),
    }
    return {key: value for key, value in described.items() if value is not None}


def _as_neutron_makes_it(name: str) -> Group:
    return Group(id=NEW, name=name, rules={version: default_egress(version) for version in ("IPv4", "IPv6")})


def _named(rule: Rule, names: Mapping[str, str]) -> Rule:
    if rule.remote_group is None:
        return rule
    return replace(rule, remote_group=repr(names.get(rule.remote_group, rule.remote_group)))


def _wanted_tags(desired: Desired, base: Group) -> tuple[str, ...]:
    if desired.tags is None:
        return base.tags
    return tuple(sorted(desired.tags if desired.purge_tags else {*base.tags, *desired.tags}))


def _attribute_changes(desired: Desired, group: Group | None, allowed: frozenset[Rule]) -> list[Action]:
    wanted = {"description": desired.description, "stateful": desired.stateful}
    if group is None:
        given = {key: value for key, value in wanted.items() if value is not None}
        purges = desired.rules is not None and desired.purge_rules
        return [CreateGroup(name=desired.name, attributes=given, allowed=allowed if purges else None)]
    different = differing(wanted, {"description": group.description, "stateful": group.stateful})
    return [UpdateGroup(name=group.name, id=group.id, attributes=different)] if different else []


def _rule_changes(desired: Desired, observed: Observed, base: Group) -> tuple[list[Rule], dict[str, Rule]]:
    """Return the rules to make and, by id, those to delete."""
    if desired.rules is None:
        return [], {}
    remote_ids = {**observed.remote_ids, desired.name: base.id}
    wanted = [
        replace(rule, remote_group=remote_ids.get(rule.remote_group, rule.remote_group)) if rule.remote_group else rule
        for rule in desired.rules
    ]
    existing = set(base.rules.values())
    missing = list(dict.fromkeys(rule for rule in wanted if rule not in existing))
    if not desired.purge_rules:
        return missing, {}
    superfluous = {
        rule_id: rule
        for rule_id, rule in base.rules.items()
        if rule not in wanted and not (desired.keep_default_egress and rule.allows_all_egress)
    }
    return missing, superfluous


def _remaining(base: Group, superfluous: Mapping[str, Rule]) -> list[Rule]:
    return [rule for rule_id, rule in base.rules.items() if rule_id not in superfluous]


def _rule_actions(
    base: Group, missing: list[Rule], superfluous: Mapping[str, Rule], names: Mapping[str, str]
) -> list[Action]:
    actions: list[Action] = []
    if missing:
        described = tuple(_named(rule, names) for rule in missing)
        actions.append(CreateRules(name=base.name, id=base.id, rules=tuple(missing), described=described))
    for rule_id, rule in superfluous.items():
        known = rule_id if base.id != NEW else NEW
        actions.append(DeleteRule(name=base.name, rule_id=known, rule=rule, described=_named(rule, names)))
    return actions
