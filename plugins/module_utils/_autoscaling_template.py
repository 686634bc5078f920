# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An autoscaling group as Heat templates. Pure: options and what was looked up in, plain dictionaries out.

Three levels: the stack has a nested stack for each availability zone, a zone has Heat's group, the group's members
are replicas. Alarms are on the first level and signal the policies of all zones alike.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _autoscaling_replica
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    METERED_AS,
    USER_DATA_FILE,
    VERSION,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_user_data import with_signal
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import (
    ATTEMPT,
    BATCH,
    HEALING_ENABLED,
    MOVING,
    NOT_SIZED,
    SIZED,
    server_groups,
    zone_template,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_alarms import Scaling

ZONE_FILE = "zone.yaml"
REPLICA_FILE = "replica-"
_DIGEST_LENGTH = 12
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

    @classmethod
    def of(cls, options: Mapping[str, Any] | None) -> Rolling:
        """Return what the option C(rolling_update) says."""
        return cls(**(options or {}))


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

    :param policy: of the server groups of each zone
    :param side: which of a zone's two server groups the replicas are in
    """

    name: str
    replica: Replica
    zones: Sequence[str] = (ANY_ZONE,)
    min_size: int = 1
    max_size: int = 1
    policy: str = "soft-anti-affinity"
    max_server_per_host: int | None = None
    side: int = 0
    rolling: Rolling = field(default_factory=Rolling)
    healing: Healing | None = None
    scaling: Sequence[Scaling] = ()


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

    The file of a replica has its version and a digest of its pools in its name. Heat starts its rolling batches only
    when a property of the group changed, and looks files up by name for old and new replicas alike: with one name, all
    of them would become new in the first batch.
    """
    files: dict[str, str] = {}
    user_data = _user_data(group.replica)
    user_data_file = f"{USER_DATA_FILE}-{digest(user_data)}"
    if user_data is not None:
        files[user_data_file] = user_data
    # Another zone or server group is another version, too: Heat would replace each server before its new one is ready.
    placement = [list(group.zones), server_groups(group)[group.side]]
    version = digest([_autoscaling_replica.template(_anywhere(group.replica), "", user_data_file), placement])
    replica_file = replica_file_name(version, [member.pool for member in group.replica.members])
    files[replica_file] = written(_autoscaling_replica.template(group.replica, version, user_data_file))
    files[ZONE_FILE] = written(zone_template(group, replica_file))
    return Templates(template=_root_template(group), files=files)


def replica_file_name(version: str, pools: Sequence[str]) -> str:
    """Return the name of the file of a replica."""
    return f"{REPLICA_FILE}{version}-{digest(pools)}.yaml"


def version_of(replica_file: str) -> str:
    """Return the version that is in the name of a replica's file."""
    return replica_file.removeprefix(REPLICA_FILE).split("-")[0]


def _anywhere(replica: Replica) -> Replica:
    """Return a replica whose pools are known by their places only."""
    members = [replace(member, pool=str(number)) for number, member in enumerate(replica.members, start=1)]
    return replace(replica, members=tuple(members))


def _user_data(replica: Replica) -> str | None:
    if replica.readiness is None:
        return replica.template.user_data
    return with_signal(replica.template.user_data, replica.readiness)


def zone_resource(number: int) -> str:
    """Return the name of the resource that a zone is in the stack; zones are counted from 1."""
    return f"zone_{number}"


_PARAMETERS: dict[str, Any] = {
    ATTEMPT: {"type": "string", "default": ""},
    "scaling_enabled": {"type": "boolean", "default": True},
    HEALING_ENABLED: {"type": "boolean", "default": True},
    MOVING: {"type": "boolean", "default": False},
}


def _root_template(group: Group) -> dict[str, Any]:
    count = len(group.zones)
    sizes = zip(shares(group.min_size, count), shares(group.max_size, count), strict=True)
    resources: dict[str, Any] = {}
    parameters = dict(_PARAMETERS)
    for number, (zone, (low, high)) in enumerate(zip(group.zones, sizes, strict=True), start=1):
        for name, default in (("desired", low), ("pinned", 0), ("batch", 0)):
            parameters[f"{name}_{number}"] = {"type": "number", "default": default}
        resources[zone_resource(number)] = {
            "type": ZONE_FILE,
            "properties": {
                "availability_zone": zone,
                "min_size": low,
                "max_size": high,
                "desired": {"get_param": f"desired_{number}"},
                "pinned": {"get_param": f"pinned_{number}"},
                SIZED: NOT_SIZED,
                METERED_AS: {"get_param": "OS::stack_id"},
                ATTEMPT: {"get_param": ATTEMPT},
                HEALING_ENABLED: {"get_param": HEALING_ENABLED},
                MOVING: {"get_param": MOVING},
                BATCH: {"get_param": f"batch_{number}"},
            },
        }
        if number > 1:
            # One after another: the batch is then the batch of the whole group, and a version that does not become
            # ready is stopped in the first zone.
            resources[zone_resource(number)]["depends_on"] = zone_resource(number - 1)
    zones = [zone_resource(number) for number in range(1, count + 1)]
    # A zone that goes is deleted after what needed it. So that is when the others have what it had.
    resources["all_zones"] = {"type": "OS::Heat::Value", "depends_on": zones, "properties": {"value": ""}}
    for scaling in group.scaling:
        resources.update(scaling.alarm_resources(zones))
    return {
        "heat_template_version": VERSION,
        "description": f"Autoscaling group of the service {group.name}",
        "parameters": parameters,
        "resources": resources,
        "outputs": {"sizes": {"value": [{"get_attr": [zone, "current_size"]} for zone in zones]}},
    }
