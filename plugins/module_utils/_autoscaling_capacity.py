# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The size of an autoscaling group by hand, and replicas that shall be replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_actions import (
    ReplaceReplicas,
    SetProcesses,
    SetSize,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_apply import replace_replicas
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_group import described
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import (
    ALARMS,
    alarms_in,
    alarms_seen,
    other_user,
    refuse_others,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_plan import (
    refuse_asleep,
    refuse_half_resumed,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_processes import set_processes
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_quiet import quiet
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import SERVER_TYPE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import (
    refuse_locked,
    server_groups_of,
    servers_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_size import set_size
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import sizes_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    PINNED_TAG,
    PROCESSES,
    suspended,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import REPLICA_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan
from ansible_collections.model_serving.openstack.plugins.module_utils._project import user_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What is wanted of a group; C(None) and nothing leave it as it is."""

    name: str
    size: int | None
    replaced: tuple[str, ...]
    suspended: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A group with what its stack consists of."""

    name: str
    stack: Stack
    resources: tuple[Resource, ...]
    servers: tuple[Replica, ...]
    sizes: tuple[int, ...]
    """Replicas of each zone."""
    server_groups: tuple[Group, ...] = ()
    limits: tuple[int, int] | None = None
    """Fewest and most servers, where they matter."""
    user: str | None = None
    """Name of the user who looks at it."""
    other: str | None = None
    """Id of another user whom its alarms belong to."""
    asleep: Stack | None = None
    """A stack of it that Heat has suspended with its servers."""
    half_resumed: Stack | None = None
    """A stack of it that Heat has failed to resume."""

    @property
    def zones(self) -> int:
        return sum(resource.name == GROUP for resource in self.resources)

    @property
    def size(self) -> int:
        return sum(self.sizes)


class AutoscalingCapacityNoun(Noun[Capacity, Observed]):
    """The size of a group, and replicas to be replaced."""

    def desired(self, params: Params) -> Capacity:
        size = params["desired_capacity"]
        if size is not None and size < 1:
            raise InvalidInputError([f"'desired_capacity' is {size}, but must be at least 1"])
        stopped = params["suspended_processes"]
        return Capacity(
            name=params["name"],
            size=size,
            replaced=tuple(dict.fromkeys(params["replace"])),
            suspended=None if stopped is None else tuple(process for process in PROCESSES if process in stopped),
        )

    def observe(self, context: Context, desired: Capacity) -> Observed:
        heat = context.conn.orchestration
        # To suspend what the cloud does must not wait until the cloud has done it.
        found = quiet(context, desired.name, every_level=desired.size is not None or bool(desired.replaced))
        if found is None or service_mark(desired.name) not in found.root.tags:
            raise InvalidInputError([f"there is no autoscaling group {desired.name!r}"])
        stack = found.root
        resources = tuple(_heat_resources.every(heat, stack))
        return Observed(
            name=desired.name,
            stack=stack,
            sizes=sizes_of(found),
            resources=resources,
            servers=servers_of(context, desired.name),
            server_groups=server_groups_of(context, desired.name),
            user=user_name(context.conn),
            other=other_user(context, alarms_seen(context) if alarms_in(resources) else None, desired.name),
            asleep=found.suspended,
            half_resumed=found.half_resumed,
            limits=None if desired.size is None else _limits(_heat_api.template(heat, stack)),
        )

    def plan(self, desired: Capacity, observed: Observed) -> Plan:
        return plan(desired, observed)

    def apply(self, context: Context, plan: Plan) -> None:
        for action in plan.actions:
            match action:
                case SetSize():
                    set_size(context, action)
                case ReplaceReplicas():
                    replace_replicas(context, action)
                case SetProcesses():
                    set_processes(context, action)

    def result(self, observed: Observed) -> dict[str, Any]:
        found = (observed.servers, observed.server_groups)
        return {"group": described(observed.name, observed.stack, observed.size, *found)}


def plan(desired: Capacity, observed: Observed) -> Plan:
    """Return what is to be done. Pure.

    :raises InvalidInputError: when servers are named that the group does not have, or that are locked, or when Heat has
        suspended a stack of it, or failed to resume one
    """
    refuse_asleep(observed.asleep)
    refuse_half_resumed(observed.half_resumed)
    refuse_locked(_named(observed, desired.replaced), "it is to be replaced")
    replaced = {name: _replica_of(observed, name) for name in desired.replaced}
    if missing := [name for name, replica in replaced.items() if replica is None]:
        names = ", ".join(sorted(server.name for server in observed.servers))
        raise InvalidInputError([f"the group has no server {name!r} (it has: {names})" for name in missing])
    actions: list[Action] = []
    found = tuple(replica for replica in replaced.values() if replica is not None)
    if found:
        actions.append(ReplaceReplicas(stack=observed.stack, replicas=found, names=desired.replaced))
    size = observed.size if desired.size is None else desired.size
    if observed.limits and not observed.limits[0] <= size <= observed.limits[1]:
        low, high = observed.limits
        raise InvalidInputError(
            [f"'desired_capacity' is {size}, but the group has 'min_size' {low} and 'max_size' {high}"]
        )
    held = PINNED_TAG in observed.stack.tags
    sized = size != observed.size or (held and desired.size is not None)
    if sized:
        actions.append(SetSize(stack=observed.stack, before=observed.size, size=size, zones=observed.zones, held=held))
    before = suspended(observed.stack)
    after = before if desired.suspended is None else desired.suspended
    if after != before:
        # What shall not disturb the rest stops first; what is resumed is resumed last.
        stops = SetProcesses(stack=observed.stack, before=before, suspended=after)
        actions.insert(0 if set(after) - set(before) else len(actions), stops)
    if actions and any(one.type.startswith(ALARMS) for one in observed.resources):
        refuse_others(observed.stack, observed.user, observed.other)
    return Plan(
        actions=tuple(actions),
        before=_shown(observed.size, held, (), before),
        after=_shown(size, held and not sized, desired.replaced, after),
    )


def _shown(size: int, pinned: bool, replaced: Iterable[str], processes: Iterable[str]) -> dict[str, Any]:
    return {
        "size": size,
        "size_pinned": pinned,
        "replaced": list(replaced),
        "suspended_processes": list(processes),
    }


def _limits(template: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the sizes between which the zones of a group's stack keep it."""
    zones = [each.get("properties", {}) for each in template.get("resources", {}).values()]
    sizes = [(int(zone["min_size"]), int(zone["max_size"])) for zone in zones if "max_size" in zone]
    return (sum(low for low, _high in sizes), sum(high for _low, high in sizes)) if sizes else None


def _named(observed: Observed, references: Iterable[str]) -> list[Replica]:
    """Return the servers that references, names or ids, mean."""
    wanted = set(references)
    return [server for server in observed.servers if {server.name, server.id} & wanted]


def _replica_of(observed: Observed, reference: str) -> Resource | None:
    """Return the member of Heat's group that a server, by name or id, belongs to."""
    ids = {server.id for server in _named(observed, [reference])}
    parents = {one.parent for one in observed.resources if one.type == SERVER_TYPE and one.physical_id in ids}
    replicas = [one for one in observed.resources if one.type.startswith(REPLICA_FILE) and one.name in parents]
    return replicas[0] if replicas else None
