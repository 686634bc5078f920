# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nova's server groups: reading and writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    InvalidInputError,
    attempt,
    one_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._project_servers import project_servers
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import (
    CreateGroup,
    DeleteGroup,
    Desired,
    Group,
    Member,
    plan,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._spread import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openstack.compute.v2.server import Server
    from openstack.compute.v2.server_group import ServerGroup

    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan

KIND = "server group"
PERHAPS_CUT = 100
"""Groups of a first page after which there may be others. Projects have 10 at most by default, and an operator who lets
Nova list less than 1000 (C(max_limit)) hardly goes below this. So a usual run makes one call."""


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


def _listed(context: Context) -> list[ServerGroup]:
    """Return the server groups of the project. One call, unless they are many.

    Nova cuts the listing and names no next page, so the SDK reads one page only. Nova has no order either, so a group
    may be on two pages.
    """
    list_groups = context.conn.compute.server_groups
    with attempt("list", "server groups"):
        page = list(list_groups())
        found = {group.id: group for group in page}
        offset = len(page)
        while offset >= PERHAPS_CUT:
            # The SDK knows no offset and would leave it out of the query without a word.
            page = list(list_groups(base_path=f"/os-server-groups?offset={offset}"))
            new = {group.id: group for group in page if group.id not in found}
            if not new:
                break
            found |= new
            offset += len(page)
    return list(found.values())


def all_server_groups(context: Context) -> Sequence[Group]:
    """Return the server groups of the project with the ids of their members, but not with these."""
    return [from_sdk(group) for group in _listed(context)]


def find(context: Context, name: str | None) -> list[Group]:
    """Return the groups with this name or id, all groups of the project when it is None.

    One listing of the groups, and one of the servers when a group has any.
    """
    groups = [group for group in _listed(context) if name in (None, group.name, group.id)]
    servers: list[Server] = []
    if any(group.member_ids for group in groups):
        servers = project_servers(context)
    return [from_sdk(group, servers) for group in groups]


def create_group(context: Context, name: str, policy: str, max_server_per_host: int | None) -> str:
    """Create a group and return its id."""
    rules = {"rules": {"max_server_per_host": max_server_per_host}} if max_server_per_host is not None else {}
    with attempt("create", KIND, name):
        made: ServerGroup = context.conn.compute.create_server_group(name=name, policy=policy, **rules)
    return str(made.id)


def delete_group(context: Context, name: str, group_id: str) -> None:
    """Delete a group; its servers stay."""
    with attempt("delete", KIND, name, group_id):
        context.conn.compute.delete_server_group(group_id, ignore_missing=True)


class ServerGroupNoun(Noun[Desired, "Group | None"]):
    """The server group that has a given name."""

    def desired(self, params: Params) -> Desired:
        desired = Desired(
            name=params["name"],
            policy=params["policy"] or "",
            max_server_per_host=params["max_server_per_host"],
            present=params["state"] == "present",
            recreate=params["recreate"],
        )
        if desired.present and desired.max_server_per_host is not None:
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
        for action in plan.actions:
            match action:
                case DeleteGroup():
                    delete_group(context, action.name, action.id)
                case CreateGroup():
                    create_group(context, action.name, action.policy, action.max_server_per_host)

    def result(self, observed: Group | None) -> dict[str, Any]:
        return {"server_group": result(observed) if observed else None}


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(server_group_info) returns."""
    return {"server_groups": [result(group) for group in find(context, params["name"])]}
