# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling groups as modules see them: options in, return values out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _aodh_api,
    _autoscaling_options,
    _heat_api,
    _heat_resources,
    _heat_tree,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_apply import apply
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_lost import source_warnings
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_missing import missing_warnings
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_move import move
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_observe import observe, observe_again
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import (
    alarms_of,
    alarms_seen,
    other_user,
    warnings_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_plan import plan_absent, plan_present
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import GROUP_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_request import (
    request,
    way_back,
    within,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import (
    servers_among,
    servers_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import troubles
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    KIND,
    Observed,
    suspended,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import server_groups_among
from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import services_of
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_MARK
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import result_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import all_server_groups
from ansible_collections.model_serving.openstack.plugins.module_utils._spread import (
    group_of,
    judged,
    spread_warnings_by_group,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group


class AutoscalingGroupNoun(Noun[Desired, Observed]):
    """The autoscaling group of a service."""

    def desired(self, params: Params) -> Desired:
        if found := _autoscaling_options.problems(params):
            raise InvalidInputError(found)
        return Desired(params=params)

    def observe(self, context: Context, desired: Desired) -> Observed:
        return observe(context, desired)

    def observe_again(self, context: Context, desired: Desired, before: Observed) -> Observed:  # noqa: ARG002
        return observe_again(context, desired)

    def plan(self, desired: Desired, observed: Observed) -> Plan:
        if not desired.present:
            return plan_absent(observed)
        size, initial = desired.option("desired_capacity"), desired.option("min_size")
        if size is None and observed.rezoned and observed.size:
            size = within(desired, observed.size)
        if size is None and observed.stillborn:
            size = within(desired, observed.size_asked)
        moved = move(desired, observed)
        found = moved.after if moved else observed
        forth = request(desired, found)
        rollback = desired.option("rollback")
        back = way_back(found, forth) if rollback else None
        plan = plan_present(observed, forth, initial, size, rollback=rollback, way_back=back, move=moved)
        warnings = (
            *_autoscaling_options.warnings(desired.params),
            *warnings_of(observed.stack, observed.user, observed.other),
            *missing_warnings(observed),
            *source_warnings(observed),
        )
        return replace(plan, warnings=warnings)

    def apply(self, context: Context, plan: Plan) -> None:
        apply(context, plan.actions)

    def result(self, observed: Observed) -> dict[str, Any]:
        found = (observed.replicas, observed.server_groups)
        group = described(observed.name, observed.stack, observed.size, *found)
        return {"group": group, "warnings": [*_stray_warnings(observed), *_spread_warnings(observed)]}


def _stray_warnings(observed: Observed) -> list[str]:
    if not observed.strays:
        return []
    strays = ", ".join(f"{server.name!r} ({server.id})" for server in observed.strays)
    said = f"Heat does not know of servers that say they are of autoscaling group {observed.name!r}: {strays}."
    return [f"{said} Nobody keeps them. They go with the group; delete them earlier if nobody needs them."]


def _spread_warnings(observed: Observed) -> list[str]:
    """Return what to tell the user when replicas share a host that should not.

    While others take their places, or when that has failed, old and new ones may: they are in different server groups.
    """
    if not observed.replicas or not observed.quiet:
        return []
    known = [server for server in observed.replicas if server not in observed.strays]
    said = spread_warnings_by_group(f"{KIND} {observed.name!r}", known, observed.server_groups)
    return [f"{warning} Let autoscaling_capacity replace one of these, if another host has room." for warning in said]


def described(
    name: str,
    stack: Stack | None,
    size: int,
    replicas: Sequence[Replica] | None,
    server_groups: Sequence[Group],
) -> dict[str, Any]:
    """Return a group as the modules return it, with its replicas and where they run when they are known."""
    return {
        "name": name,
        "id": stack.id if stack else None,
        "status": stack.status if stack else None,
        "status_reason": stack.reason if stack else None,
        "owner": stack.owner if stack else None,
        "suspended_processes": list(suspended(stack)),
        "size": size,
        **({} if replicas is None else _placed(replicas, server_groups)),
    }


def _placed(replicas: Sequence[Replica], server_groups: Sequence[Group]) -> dict[str, Any]:
    return {
        "replicas": [result_of(replica) for replica in replicas],
        "server_groups": sorted(group.name for group in server_groups),
        "spread": judged(replicas, group_of(replicas, server_groups)),
    }


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return the autoscaling groups of the project, or the one of a service; none where there is no Heat."""
    found = [one for one in _stacks(context) if params["name"] in (None, one[0])]
    groups = _groups(found, servers_of(context), all_server_groups(context)) if found else []
    if params["describe_alarms"] and groups:
        every = _aodh_api.every(context.conn) if _aodh_api.SERVICE in services_of(context.conn) else None
        for group, (_name, stack) in zip(groups, found, strict=True):
            resources = _heat_resources.every(context.conn.orchestration, stack)
            tree = _heat_tree.tree(context.conn, stack.name) or _heat_tree.Tree(root=stack)
            group |= {"alarms": alarms_of(resources, every), **troubles(tree, resources)}
    return {"groups": groups}


def groups_among(context: Context, servers: Iterable[Replica], server_groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return the autoscaling groups of the project, with those servers and server groups that belong to them.

    C(other_user) is the id of another user whom the alarms of the group belong to.
    """
    found = _stacks(context)
    alarms = alarms_seen(context) if found else None
    return [
        {**group, "other_user": other_user(context, alarms, group["name"])}
        for group in _groups(found, servers_among(servers), server_groups)
    ]


def groups_without_stack(
    context: Context, groups: Iterable[dict[str, Any]], servers: Iterable[Replica]
) -> list[dict[str, Any]]:
    """Return what is left of groups whose stack is gone, by name: servers that Heat had forgotten before.

    Without Heat there are none, as nobody could remove them as a group.

    :param groups: those that there are
    """
    if "orchestration" not in services_of(context.conn):
        return []
    known = {group["name"] for group in groups}
    left: dict[str, list[dict[str, Any]]] = {}
    for server in servers_among(servers):
        if (name := server.metadata[GROUP_KEY]) not in known:
            left.setdefault(name, []).append(result_of(server))
    return [{"name": name, "replicas": replicas} for name, replicas in sorted(left.items())]


def _stacks(context: Context) -> list[tuple[str, Stack]]:
    """Return the stacks of autoscaling groups, each with the group's name; none where there is no Heat."""
    if "orchestration" not in services_of(context.conn):
        return []
    return [
        (tag.removeprefix(SERVICE_MARK), stack)
        for stack in _heat_api.every(context.conn)
        for tag in stack.tags
        if tag.startswith(SERVICE_MARK)
    ]


def _groups(
    found: Iterable[tuple[str, Stack]], servers: Sequence[Replica], server_groups: Sequence[Group]
) -> list[dict[str, Any]]:
    groups = []
    for name, stack in found:
        own = tuple(server for server in servers if server.metadata[GROUP_KEY] == name)
        groups.append(described(name, stack, len(own), own, server_groups_among(server_groups, name)))
    return groups
