# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nova's server groups: read, decide, write.

A group cannot be changed once it exists (Nova has no update call for it): another policy or rule means another group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    InvalidInputError,
    attempt,
    one_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan, differing
from ansible_collections.model_serving.openstack.plugins.module_utils._spread import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openstack.compute.v2.server import Server
    from openstack.compute.v2.server_group import ServerGroup

KIND = "server group"
RULES_MICROVERSION = "2.64"


@dataclass(frozen=True, kw_only=True)
class Member:
    """A server of a group, with what tells where it runs."""

    id: str
    name: str
    status: str
    host_id: str | None
    availability_zone: str | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """A server group as it exists."""

    id: str
    name: str
    policy: str
    max_server_per_host: int | None
    member_ids: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Desired:
    """A server group as it is wanted."""

    name: str
    policy: str = ""
    max_server_per_host: int | None = None
    present: bool = True
    recreate: bool = False


@dataclass(frozen=True, kw_only=True)
class CreateGroup(Action):
    name: str
    policy: str
    max_server_per_host: int | None

    def __str__(self) -> str:
        limit = f", at most {self.max_server_per_host} on one host" if self.max_server_per_host else ""
        return f"create server group {self.name!r} ({self.policy}{limit})"


@dataclass(frozen=True, kw_only=True)
class DeleteGroup(Action):
    name: str
    id: str

    def __str__(self) -> str:
        return f"delete server group {self.name!r} ({self.id})"


def describe(group: Group | None) -> dict[str, Any]:
    """Return the part of a group that a user declares, for the diff."""
    if group is None:
        return {}
    return {"name": group.name, "policy": group.policy, "max_server_per_host": group.max_server_per_host}


def plan(desired: Desired, observed: Group | None) -> Plan:
    """Decide. Pure.

    A group that differs is replaced only when it has no members: deleting a group takes nothing from its running
    servers but their membership, so a new group would not keep new servers away from the old ones.

    :raises InvalidInputError: when an existing group differs and may not or cannot be replaced
    """
    before = describe(observed)
    if not desired.present:
        return _removal(observed)
    wanted = {"policy": desired.policy, "max_server_per_host": desired.max_server_per_host}
    create = CreateGroup(name=desired.name, policy=desired.policy, max_server_per_host=desired.max_server_per_host)
    after = {"name": desired.name, **wanted}
    if observed is None:
        return Plan(actions=(create,), before=before, after=after)
    different = differing(wanted, before)
    if not different:
        return Plan(before=before, after=before)
    _refuse_unless_replaceable(desired, observed, different)
    delete = DeleteGroup(name=observed.name, id=observed.id)
    return Plan(actions=(delete, create), before=before, after=after)


def _removal(observed: Group | None) -> Plan:
    if observed is None:
        return Plan()
    warning = (
        f"server group {observed.name!r} ({observed.id}) still had {len(observed.member_ids)} members; they keep"
        " running, but nothing keeps servers made later away from their hosts"
    )
    return Plan(
        actions=(DeleteGroup(name=observed.name, id=observed.id),),
        before=describe(observed),
        warnings=(warning,) if observed.member_ids else (),
    )


def _refuse_unless_replaceable(desired: Desired, observed: Group, different: dict[str, Any]) -> None:
    current = describe(observed)
    change = ", ".join(f"{key} {current[key]!r} instead of {value!r}" for key, value in different.items())
    problem = f"server group {observed.name!r} ({observed.id}) exists with {change}, and Nova cannot change a group"
    if observed.member_ids:
        remedy = (
            f"it has {len(observed.member_ids)} members, so it is not replaced: make a group of another name and let"
            " server_fleet move the replicas to it"
        )
        raise InvalidInputError([f"{problem}; {remedy}"])
    if not desired.recreate:
        raise InvalidInputError([f"{problem}; it has no members: set 'recreate: true' to replace it"])


def from_sdk(group: ServerGroup, servers: Sequence[Server] = ()) -> Group:
    """Return a group as a plain value.

    Clouds before microversion 2.64 have a list C(policies) in place of C(policy) and C(rules).
    """
    rules: dict[str, Any] = group.rules or {}
    limit = rules.get("max_server_per_host")
    member_ids = tuple(group.member_ids or ())
    return Group(
        id=group.id,
        name=group.name,
        policy=group.policy or (group.policies or [""])[0],
        max_server_per_host=int(limit) if limit is not None else None,
        member_ids=member_ids,
        members=tuple(
            Member(
                id=server.id,
                name=server.name,
                status=server.status,
                host_id=server.host_id or None,
                availability_zone=server.availability_zone or None,
            )
            for server in servers
            if server.id in member_ids
        ),
    )


def result(group: Group) -> dict[str, Any]:
    """Return a group as the modules return it."""
    return {
        "id": group.id,
        "name": group.name,
        "policy": group.policy,
        "max_server_per_host": group.max_server_per_host,
        "members": [
            {
                "id": member.id,
                "name": member.name,
                "status": member.status,
                "host_id": member.host_id,
                "availability_zone": member.availability_zone,
            }
            for member in sorted(group.members, key=lambda member: (member.name, member.id))
        ],
        "spread": spread([member.host_id for member in group.members], group.policy, group.max_server_per_host),
    }


def find(context: Context, name: str | None) -> list[Group]:
    """Return the groups with this name or id, all groups of the project when it is None.

    One call for the groups, and one for the servers when a group has any.
    """
    with attempt("list", "server groups"):
        groups = [group for group in context.conn.compute.server_groups() if name in (None, group.name, group.id)]
    servers: list[Server] = []
    if any(group.member_ids for group in groups):
        with attempt("list", "servers"):
            servers = list(context.conn.compute.servers(details=True))
    return [from_sdk(group, servers) for group in groups]


class ServerGroupNoun(Noun[Desired, Group | None]):
    """The server group that has a given name."""

    kind: ClassVar[str] = KIND

    def desired(self, params: Params) -> Desired:
        desired = Desired(
            name=params["name"],
            policy=params["policy"] or "",
            max_server_per_host=params["max_server_per_host"],
            present=params["state"] == "present",
            recreate=params["recreate"],
        )
        if desired.max_server_per_host is not None:
            if desired.policy != "anti-affinity":
                raise InvalidInputError(["'max_server_per_host' is possible with policy 'anti-affinity' only"])
            if desired.max_server_per_host < 1:
                raise InvalidInputError(["'max_server_per_host' must be at least 1"])
        return desired

    def observe(self, context: Context, desired: Desired) -> Group | None:
        groups = [group for group in find(context, desired.name) if group.name == desired.name]
        return one_of(KIND, desired.name, groups)

    def plan(self, desired: Desired, observed: Group | None) -> Plan:
        return plan(desired, observed)

    def apply(self, context: Context, plan: Plan) -> None:
        compute = context.conn.compute
        for action in plan.actions:
            match action:
                case DeleteGroup():
                    with attempt("delete", KIND, action.name, action.id):
                        compute.delete_server_group(action.id, ignore_missing=True)
                case CreateGroup():
                    limit = action.max_server_per_host
                    rules = {"rules": {"max_server_per_host": limit}} if limit is not None else {}
                    with attempt("create", KIND, action.name):
                        compute.create_server_group(name=action.name, policy=action.policy, **rules)

    def result(self, observed: Group | None) -> dict[str, Any]:
        return {"server_group": result(observed) if observed else None}


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(server_group_info) returns."""
    return {"server_groups": [result(group) for group in find(context, params["name"])]}
