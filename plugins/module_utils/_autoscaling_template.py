# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An autoscaling group as Heat templates. Pure: options and what was looked up in, plain dictionaries out.

Three levels: the stack has a nested stack for each availability zone, a zone has Heat's group, the group's members
are replicas. Alarms are on the first level and signal the policies of all zones alike, so the zones stay balanced.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _autoscaling_replica
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    USER_DATA_FILE,
    VERSION,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_user_data import with_signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_alarms import Scaling

ZONE_FILE = "zone.yaml"
_DIGEST_LENGTH = 12
GROUP = "group"
"""Name of Heat's group in the stack of a zone."""
SET_POLICY = "set"
"""Name of the policy in the stack of a zone that sets the size to the parameter C(desired)."""
HEALING = "healing"
ATTEMPT = "attempt"
"""Parameter that is another one when replicas shall be brought to a version that Heat believes they have already.

After a failed update the group counts as not updated, although some of its members are. Without a changed property it
would leave them so.
"""
WATCHED_POOL = "watched_pool"
NOT_HEALED = "no member of the pool is healthy, so no replica is replaced"
ANY_ZONE = ""
"""The zone of a group that leaves the choice to Nova."""


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """How replicas are replaced when the instance template changed, in each zone, one zone after another.

    A replica is replaced by a new one before it goes, so all that are wanted are always in service.

    :param pause: seconds between two batches
    """

    max_batch_size: int = 1
    pause: int = 0


@dataclass(frozen=True, kw_only=True)
class Healing:
    """The pool whose members are watched: the cloud replaces replicas that are in ERROR there, but never all at once.

    Aodh marks every such replica, without a limit. When no member is healthy, the replicas are not what is broken,
    but the monitor, the network or the model: then Heat refuses to replace any.
    """

    pool: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """An autoscaling group, all names looked up.

    :param policy: of the server group of each zone
    """

    name: str
    replica: Replica
    zones: Sequence[str] = (ANY_ZONE,)
    min_size: int = 1
    max_size: int = 1
    policy: str = "soft-anti-affinity"
    max_server_per_host: int | None = None
    rolling: Rolling = field(default_factory=Rolling)
    healing: Healing | None = None
    scaling: Scaling | None = None


@dataclass(frozen=True, kw_only=True)
class Templates:
    """What Heat is given: the template of the stack, and the files it refers to by name."""

    template: Mapping[str, Any]
    files: Mapping[str, str]

    def digest(self) -> str:
        """Return what tells whether two are the same."""
        return digest({"template": self.template, "files": self.files})


def digest(value: Any) -> str:
    """Return a short digest of plain data that does not depend on the order of keys."""
    return hashlib.sha256(written(value).encode()).hexdigest()[:_DIGEST_LENGTH]


def written(value: Any) -> str:
    """Return plain data as text that is always the same for the same data; JSON is YAML, too."""
    return json.dumps(value, sort_keys=True, indent=1)


def shares(total: int, zones: int) -> list[int]:
    """Return a number divided over zones as evenly as it can be; the first ones have one more."""
    return [total // zones + (place < total % zones) for place in range(zones)]


def templates(group: Group) -> Templates:
    """Return everything that Heat needs for a group.

    The file of a replica has a digest in its name. Heat starts its rolling batches only when a property of the group
    changed, and looks files up by name for old and new replicas alike: with one name, all of them would become new
    in the first batch.
    """
    files: dict[str, str] = {}
    user_data = _user_data(group.replica)
    user_data_file = f"{USER_DATA_FILE}-{digest(user_data)}"
    if user_data is not None:
        files[user_data_file] = user_data
    version = digest(_autoscaling_replica.template(group.replica, "", user_data_file))
    replica_file = f"replica-{version}.yaml"
    files[replica_file] = written(_autoscaling_replica.template(group.replica, version, user_data_file))
    files[ZONE_FILE] = written(_zone_template(group, replica_file))
    return Templates(template=_root_template(group), files=files)


def _user_data(replica: Replica) -> str | None:
    if replica.readiness is None:
        return replica.template.user_data
    return with_signal(replica.template.user_data, replica.readiness)


def zone_resource(number: int) -> str:
    """Return the name of the resource that a zone is in the stack; zones are counted from 1."""
    return f"zone_{number}"


def _root_template(group: Group) -> dict[str, Any]:
    count = len(group.zones)
    sizes = zip(shares(group.min_size, count), shares(group.max_size, count), strict=True)
    resources: dict[str, Any] = {}
    parameters: dict[str, Any] = {ATTEMPT: {"type": "string", "default": ""}}
    for number, (zone, (low, high)) in enumerate(zip(group.zones, sizes, strict=True), start=1):
        parameters[f"desired_{number}"] = {"type": "number", "default": low}
        parameters[f"pinned_{number}"] = {"type": "number", "default": 0}
        resources[zone_resource(number)] = {
            "type": ZONE_FILE,
            "properties": {
                "availability_zone": zone,
                "min_size": low,
                "max_size": high,
                "desired": {"get_param": f"desired_{number}"},
                "pinned": {"get_param": f"pinned_{number}"},
                ATTEMPT: {"get_param": ATTEMPT},
            },
        }
        if number > 1:
            # One after another: the batch is then the batch of the whole group, and a version that does not become
            # ready is stopped in the first zone.
            resources[zone_resource(number)]["depends_on"] = zone_resource(number - 1)
    if group.scaling is not None:
        zones = [zone_resource(number) for number in range(1, count + 1)]
        resources.update(group.scaling.alarm_resources(group.name, zones))
    return {
        "heat_template_version": VERSION,
        "description": f"Autoscaling group of the service {group.name}",
        "parameters": parameters,
        "resources": resources,
        "outputs": {
            "size": {
                "value": {
                    "yaql": {
                        "expression": "$.data.sizes.where($ != null).sum(0)",
                        "data": {
                            "sizes": [
                                {"get_attr": [zone_resource(number), "current_size"]} for number in range(1, count + 1)
                            ]
                        },
                    }
                }
            }
        },
    }


def _zone_template(group: Group, replica_file: str) -> dict[str, Any]:
    rules = {} if group.max_server_per_host is None else {"max_server_per_host": group.max_server_per_host}
    resources: dict[str, Any] = {
        "server_group": {
            "type": "OS::Nova::ServerGroup",
            "properties": {"policies": [group.policy], **({"rules": rules} if rules else {})},
        },
        GROUP: _group(group, replica_file),
        SET_POLICY: _policy("exact_capacity", {"get_param": "desired"}, 0),
    }
    outputs = {
        "current_size": {"value": {"get_attr": [GROUP, "current_size"]}},
    }
    if group.scaling is not None:
        for step in group.scaling.steps:
            resources[step.name] = _policy(step.adjustment_type, step.adjustment, step.cooldown, step.minimum)
            outputs[step.name] = {"value": {"get_attr": [step.name, "signal_url"]}}
    if group.healing is not None:
        resources[HEALING] = {
            "type": "OS::Aodh::LBMemberHealthAlarm",
            "properties": {
                "pool": group.healing.pool,
                "stack": {"get_param": "OS::stack_id"},
                "autoscaling_group_id": {"get_resource": GROUP},
                "alarm_actions": ["trust+heat://"],
                "repeat_actions": True,
            },
        }
        resources[WATCHED_POOL] = {"type": "OS::Octavia::Pool", "external_id": group.healing.pool}
    return {
        "heat_template_version": VERSION,
        "description": f"Replicas of the service {group.name} in one availability zone",
        "parameters": {
            "availability_zone": {"type": "string"},
            "min_size": {"type": "number"},
            "max_size": {"type": "number"},
            "desired": {"type": "number"},
            "pinned": {"type": "number"},
            ATTEMPT: {"type": "string"},
        },
        "resources": resources,
        "outputs": outputs,
    }


def _group(group: Group, replica_file: str) -> dict[str, Any]:
    rolling = group.rolling
    return {
        "type": "OS::Heat::AutoScalingGroup",
        "properties": {
            "min_size": {"get_param": "min_size"},
            "max_size": {"get_param": "max_size"},
            "desired_capacity": _capacity(group.healing),
            "rolling_updates": {
                "max_batch_size": rolling.max_batch_size,
                "pause_time": rolling.pause,
            },
            "resource": {
                "type": replica_file,
                "properties": {
                    "server_group": {"get_resource": "server_group"},
                    "availability_zone": {"get_param": "availability_zone"},
                    ATTEMPT: {"get_param": ATTEMPT},
                },
            },
        },
    }


def _capacity(healing: Healing | None) -> dict[str, Any]:
    """Return the size of the group as an expression that Heat evaluates at each update.

    A fixed number would undo what scaling chose, and none at all would leave out the replicas that healing marked.
    So it is the number of servers that there are; C(desired) when there are none yet. After a failed update there
    are servers too many; then C(pinned) is the number, for one update.
    """
    data = {
        "servers": {"get_attr": ["server_group", "show", "members"]},
        "desired": {"get_param": "desired"},
        "low": {"get_param": "min_size"},
        "high": {"get_param": "max_size"},
        "pinned": {"get_param": "pinned"},
    }
    there = "coalesce($data.servers, []).len()"
    within = f"max($data.low, min($data.high, {there}))"
    size = f"switch($data.pinned > 0 => $data.pinned, {there} = 0 => $data.desired, true => {within})"
    if healing is not None:
        # Here, and not in a resource before it: when the group itself fails, Heat does not scale it either, so the
        # marked replicas stay what they are until a run has looked after them.
        data["health"] = {"get_attr": [WATCHED_POOL, "show", "operating_status"]}
        size += f".assert($data.pinned > 0 or $data.health != 'ERROR', '{NOT_HEALED}')"
    return {"yaql": {"expression": f"let(data => $.data) -> {size}", "data": data}}


def _policy(kind: str, adjustment: Any, cooldown: int, minimum: int | None = None) -> dict[str, Any]:
    properties = {
        "auto_scaling_group_id": {"get_resource": GROUP},
        "adjustment_type": kind,
        "scaling_adjustment": adjustment,
        "cooldown": cooldown,
    }
    if minimum is not None:
        properties["min_adjustment_step"] = minimum
    return {"type": "OS::Heat::ScalingPolicy", "properties": properties}
