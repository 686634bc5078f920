# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neutron's security groups with their rules: reading and writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    GIVE_ID,
    InvalidInputError,
    attempt,
    one_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._neutron_tags import set_tags
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_owner import marks_of
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_plan import (
    NEW,
    CreateGroup,
    CreateRules,
    DeleteGroup,
    DeleteRule,
    Desired,
    Group,
    Observed,
    SetTags,
    UpdateGroup,
    plan,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_rules import (
    Rule,
    normalised,
    problems,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openstack.network.v2._proxy import Proxy
    from openstack.network.v2.security_group import SecurityGroup

    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

KIND = "security group"


def from_sdk(group: SecurityGroup) -> Group:
    """Return a group as a plain value. Neutron's order of rules varies from call to call; here it does not."""
    rules = {rule["id"]: _rule(rule) for rule in group.security_group_rules or ()}
    return Group(
        id=group.id,
        name=group.name,
        description=group.description or "",
        stateful=group.stateful,
        tags=tuple(group.tags or ()),
        rules=dict(sorted(rules.items(), key=lambda item: (str(item[1]), item[0]))),
    )


def _rule(rule: Any) -> Rule:
    # Inside a group rules come as Neutron sends them, where the SDK's ether_type is called ethertype.
    return normalised({**rule, "ether_type": rule.get("ethertype")})


def result(group: Group) -> dict[str, Any]:
    """Return a group as the modules return it."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "stateful": group.stateful,
        "tags": sorted(group.tags),
        "rules": [
            {
                "id": rule_id,
                "direction": rule.direction,
                "ether_type": rule.ether_type,
                "protocol": rule.protocol,
                "port_range_min": rule.port_range_min,
                "port_range_max": rule.port_range_max,
                "remote_ip_prefix": rule.remote_ip_prefix,
                "remote_group_id": rule.remote_group,
                "remote_address_group_id": rule.remote_address_group,
            }
            for rule_id, rule in group.rules.items()
        ],
    }


def own_groups(context: Context) -> list[Group]:
    """Return the security groups of the project. One call; it brings the rules along.

    Administrators would see those of all projects, hence the filter.
    """
    with attempt("list", "security groups"):
        groups = context.conn.network.security_groups(project_id=project_of(context))
        return [from_sdk(group) for group in groups]


class SecurityGroupNoun(Noun[Desired, Observed]):
    """The security group that has a given name."""

    def desired(self, params: Params) -> Desired:
        present = params["state"] == "present"
        # A group that goes needs no rules, and what they refer to may have gone before.
        rules = params["rules"] if present else None
        if found := problems(rules or ()):
            raise InvalidInputError(found)
        desired = Desired(
            name=params["name"],
            description=params["description"],
            stateful=params["stateful"],
            tags=None if params["tags"] is None else tuple(params["tags"]),
            purge_tags=params["purge_tags"],
            rules=None if rules is None else tuple(normalised(rule) for rule in rules),
            purge_rules=params["purge_rules"],
            keep_default_egress=params["keep_default_egress"],
            adopt=params["adopt"],
            present=present,
        )
        if not desired.adopt and not marks_of(desired):
            raise InvalidInputError(["'adopt: false' needs 'tags' or 'description', by which the group is known"])
        return desired

    def observe(self, context: Context, desired: Desired) -> Observed:
        groups = own_groups(context)
        group = one_of(KIND, desired.name, [group for group in groups if group.name == desired.name])
        names = {group.id: group.name for group in groups}
        remote_ids, unknown = _remote_ids(desired, groups)
        if unknown and not context.check_mode:
            raise InvalidInputError(
                [f"there is no security group {name!r} for a rule's 'remote_group'" for name in unknown]
            )
        for name in unknown:
            context.warn(f"There is no security group {name!r} yet; a run would fail if nothing made it before.")
        return Observed(group=group, remote_ids=remote_ids, names=names)

    def plan(self, desired: Desired, observed: Observed) -> Plan:
        return plan(desired, observed)

    def apply(self, context: Context, plan: Plan) -> None:
        created: Group | None = None
        for action in plan.actions:
            match action:
                case CreateGroup():
                    with attempt("create", KIND, action.name):
                        group = context.conn.network.create_security_group(name=action.name, **action.attributes)
                    created = from_sdk(group)
                    _purge(context.conn.network, action, created)
                case _:
                    _apply(context.conn.network, action, created)

    def result(self, observed: Observed) -> dict[str, Any]:
        return {"security_group": result(observed.group) if observed.group else None}


def _remote_ids(desired: Desired, groups: Sequence[Group]) -> tuple[dict[str, str], list[str]]:
    """Return the ids of the remote groups of the wanted rules, and the names that are unknown."""
    wanted = {rule.remote_group for rule in desired.rules or () if rule.remote_group} - {desired.name}
    ids: dict[str, str] = {}
    for reference in sorted(wanted):
        by_id = [group for group in groups if group.id == reference]
        named = [group for group in groups if group.name == reference]
        found = one_of(KIND, reference, by_id or named, way_out=GIVE_ID)
        if found is not None:
            ids[reference] = found.id
    return ids, sorted(wanted - ids.keys())


def _apply(network: Proxy, action: Action, created: Group | None) -> None:
    """Do one action on a group that exists; C(created) is the group when this run made it."""
    new_id = created.id if created else NEW
    match action:
        case UpdateGroup():
            with attempt("update", KIND, action.name, action.id):
                network.update_security_group(action.id, **action.attributes)
        case SetTags():
            group_id = action.id or new_id
            with attempt("look at", KIND, action.name, group_id):
                group = network.get_security_group(group_id)
            set_tags(network, KIND, action.name, group, action.tags)
        case CreateRules():
            group_id = action.id or new_id
            existing = set(created.rules.values()) if created else set()
            bodies = [_body(rule, group_id) for rule in action.rules if rule not in existing]
            if bodies:
                with attempt("create rules of", KIND, action.name, group_id):
                    list(network.create_security_group_rules(bodies))
        case DeleteRule():
            with attempt("delete a rule of", KIND, action.name):
                for rule_id in [action.rule_id] if action.rule_id else _ids_of(action.rule, created):
                    network.delete_security_group_rule(rule_id, ignore_missing=True)
        case DeleteGroup():
            with attempt("delete", KIND, action.name, action.id):
                network.delete_security_group(action.id, ignore_missing=True)


def _purge(network: Proxy, action: CreateGroup, created: Group) -> None:
    """Delete the rules of a new group that may not stay."""
    for rule_id, rule in created.rules.items():
        if action.allowed is not None and rule not in action.allowed:
            with attempt("delete a rule of", KIND, action.name, created.id):
                network.delete_security_group_rule(rule_id, ignore_missing=True)


def _ids_of(rule: Rule, created: Group | None) -> list[str]:
    return [rule_id for rule_id, made in created.rules.items() if made == rule] if created else []


def _body(rule: Rule, group_id: str) -> dict[str, Any]:
    """Return the attributes to create a rule with; a remote group C(NEW) is the group itself.

    Neutron wants the same attributes in all members of a bulk request, so unset ones are sent as null.
    """
    return {
        "security_group_id": group_id,
        "direction": rule.direction,
        "ether_type": rule.ether_type,
        "protocol": rule.protocol,
        "port_range_min": rule.port_range_min,
        "port_range_max": rule.port_range_max,
        "remote_ip_prefix": rule.remote_ip_prefix,
        "remote_group_id": group_id if rule.remote_group == NEW else rule.remote_group,
    }


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(security_group_info) returns."""
    name = params["name"]
    return {"security_groups": [result(group) for group in own_groups(context) if name in (None, group.name, group.id)]}
