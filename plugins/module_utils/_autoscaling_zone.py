# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replicas of a group in one availability zone as a Heat template: server group, Heat's group, policies. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    METERED_AS,
    VERSION,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Group, Healing
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Step
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group as ServerGroup

SIDES = (1, 2)
"""Numbers of the two server groups in the stack of a zone.

The replicas of one version are in one, those of the next in the other. New replicas keep away from each other, and
not from those that they replace: otherwise a policy that is hard would need free hosts for them.
"""
POLICY_TYPE, GROUP_TYPE = "OS::Heat::ScalingPolicy", "OS::Heat::AutoScalingGroup"
GROUP = "group"
"""Name of Heat's group in the stack of a zone."""
SIZED = "sized"
"""Parameter of the stack of a zone: how many replicas it shall have after an update of it alone, or C(NOT_SIZED)."""
NOT_SIZED = -1
HEALING = "healing"
ATTEMPT = "attempt"
"""Parameter that is another one when replicas shall be brought to a version that Heat believes they have already.

After a failed update the group counts as not updated, although some of its members are. Without a changed property it
would leave them so.
"""
HEALING_ENABLED = "healing_enabled"
MOVING = "moving"
"""Parameter that makes an update one batch for the whole zone.

When a pool is gone, Heat takes no update as long as a single replica's template names it.
"""
BATCH = "batch"
"""Parameter: how many replicas a batch of an update has, 0 for as many as usual."""
LARGER = "larger"
"""Condition: batches are larger than usual."""
_CONDITIONS = {
    MOVING: {"equals": [{"get_param": MOVING}, True]},
    LARGER: {"not": {"equals": [{"get_param": BATCH}, 0]}},
}
WATCHED_POOL = "watched_pool_"
"""How the name of the pool that decides about healing begins. Its id follows, because Heat takes no other one for a
resource that is there (C(external_id)).
"""
NOT_HEALED = "no member of the pool is healthy, so no replica is replaced"


def zone_template(group: Group, replica_file: str) -> dict[str, Any]:
    """Return the template of the replicas in one zone.

    :param replica_file: name of the file with the template of a replica
    """
    rules = {} if group.max_server_per_host is None else {"max_server_per_host": group.max_server_per_host}
    resources: dict[str, Any] = {
        **{
            name: {
                "type": "OS::Nova::ServerGroup",
                "properties": {"policies": [group.policy], **({"rules": rules} if rules else {})},
            }
            for name in server_groups(group)
        },
        GROUP: _group(group, replica_file),
    }
    outputs = {
        "current_size": {"value": {"get_attr": [GROUP, "current_size"]}},
    }
    for step in (step for scaling in group.scaling for step in scaling.steps):
        resources[step.name] = _policy(step)
        outputs[step.name] = {"value": {"get_attr": [step.name, "signal_url"]}}
    if group.healing is not None:
        resources |= _healing(group.healing)
    return {
        "heat_template_version": VERSION,
        "description": f"Replicas of the service {group.name} in one availability zone",
        "parameters": {
            "availability_zone": {"type": "string"},
            **{name: {"type": "number"} for name in ("min_size", "max_size", "desired", "pinned", SIZED)},
            **{name: {"type": "string"} for name in (METERED_AS, ATTEMPT)},
            HEALING_ENABLED: {"type": "boolean"},
            # With a default, because the condition is looked at even when the template alone is validated.
            MOVING: {"type": "boolean", "default": False},
            BATCH: {"type": "number", "default": 0},
        },
        "conditions": _CONDITIONS,
        "resources": resources,
        "outputs": outputs,
    }


def server_groups(group: Group) -> tuple[str, ...]:
    """Return the names of the two server groups in the stack of a zone.

    What they do is in their names. Of a server group with another policy Heat makes another one; by the same name, it
    would do so again when the change is taken back, and replace the servers that had stayed in the first one.
    """
    most = "" if group.max_server_per_host is None else f"_{group.max_server_per_host}"
    return tuple(f"server_group_{side}_{group.policy.replace('-', '_')}{most}" for side in SIDES)


def server_groups_among(found: Iterable[ServerGroup], service: str) -> tuple[ServerGroup, ...]:
    """Return the server groups of an autoscaling group among those of a project.

    Nova has no tags for them. Heat names what it makes after the stack, here that of a zone, and the resource, with an
    id behind each (C(physical_resource_name) in C(heat/engine/resource.py)).
    """
    own = re.compile(rf"{re.escape(service)}-zone_\d+-\w+-server_group_\d_\w+-\w+")
    return tuple(group for group in found if own.fullmatch(group.name))


def server_group_in(zone: Mapping[str, Any]) -> str | None:
    """Return the name of the server group that the replicas are in by the template of a zone."""
    replica = replica_in(zone)
    return replica["properties"]["server_group"]["get_resource"] if replica else None


def replica_in(zone: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the replicas are in the template of a zone."""
    found: dict[str, Any] | None = zone.get("resources", {}).get(GROUP, {}).get("properties", {}).get("resource")
    return found


def _healing(healing: Healing) -> dict[str, Any]:
    return {
        HEALING: {
            "type": "OS::Aodh::LBMemberHealthAlarm",
            "properties": {
                "pool": healing.pool,
                "stack": {"get_param": "OS::stack_id"},
                "autoscaling_group_id": {"get_resource": GROUP},
                "alarm_actions": ["trust+heat://"],
                "repeat_actions": True,
                "enabled": {"get_param": HEALING_ENABLED},
            },
        },
        f"{WATCHED_POOL}{healing.pool}": {"type": "OS::Octavia::Pool", "external_id": healing.pool},
    }


def _group(group: Group, replica_file: str) -> dict[str, Any]:
    rolling = group.rolling
    # No YAQL where a condition will do: all threads of Heat's engine share one parser, and disturb each other in it.
    batch = {"if": [LARGER, {"get_param": BATCH}, rolling.max_batch_size]}
    return {
        "type": GROUP_TYPE,
        "properties": {
            "min_size": {"get_param": "min_size"},
            "max_size": {"get_param": "max_size"},
            "desired_capacity": _capacity(server_groups(group), group.healing),
            "rolling_updates": {
                "max_batch_size": {"if": [MOVING, group.max_size, batch]},
                "pause_time": rolling.pause,
            },
            "resource": {
                "type": replica_file,
                "properties": {
                    "server_group": {"get_resource": server_groups(group)[group.side]},
                    "availability_zone": {"get_param": "availability_zone"},
                    METERED_AS: {"get_param": METERED_AS},
                    ATTEMPT: {"get_param": ATTEMPT},
                },
            },
        },
    }


def _capacity(names: Sequence[str], healing: Healing | None) -> dict[str, Any]:
    """Return the size of the group as an expression that Heat evaluates at each update.

    A fixed number would undo what scaling chose, and none at all would leave out the replicas that healing marked.
    So it is the number of servers in both server groups; C(desired) when there are none yet. After a failed update
    there are servers too many; then C(pinned) is the number, for one update. C(sized) is, when a size is set by hand.
    """
    data = {
        **{name: {"get_attr": [name, "show", "members"]} for name in names},
        "desired": {"get_param": "desired"},
        "low": {"get_param": "min_size"},
        "high": {"get_param": "max_size"},
        "pinned": {"get_param": "pinned"},
        SIZED: {"get_param": SIZED},
    }
    there = "(" + " + ".join(f"coalesce($data.{name}, []).len()" for name in names) + ")"
    within = f"max($data.low, min($data.high, {there}))"
    fixed = "$data.pinned > 0 => $data.pinned, $data.sized >= 0 => $data.sized"
    size = f"switch({fixed}, {there} = 0 => $data.desired, true => {within})"
    if healing is not None:
        # Here, and not in a resource before it: when the group itself fails, Heat does not scale it either, so the
        # marked replicas stay what they are until a run has looked after them.
        data["health"] = {"get_attr": [f"{WATCHED_POOL}{healing.pool}", "show", "operating_status"]}
        data["healing"] = {"get_param": HEALING_ENABLED}
        # A move replaces no server, and what it moves to may be too new to be well. In a zone without servers there is
        # nothing to replace; who is not well in the pool is somebody else.
        data[MOVING] = {"get_param": MOVING}
        allowed = f"$data.pinned > 0 or $data.moving or {there} = 0"
        well = f"{allowed} or not $data.healing or $data.health != 'ERROR'"
        size += f".assert({well}, '{NOT_HEALED}')"
    return {"yaql": {"expression": f"let(data => $.data) -> {size}", "data": data}}


def _policy(step: Step) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "auto_scaling_group_id": {"get_resource": GROUP},
        "adjustment_type": step.adjustment_type,
        "scaling_adjustment": step.adjustment,
        "cooldown": step.cooldown,
    }
    if step.minimum is not None:
        properties["min_adjustment_step"] = step.minimum
    return {"type": POLICY_TYPE, "properties": properties}
