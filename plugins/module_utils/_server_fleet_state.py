# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets as values: what is wanted and what is there. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._addresses import replica_address
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import SLOT_KEY, Size, Template
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY, SERVICE_MARK
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import TemplateOptions
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import UpdatePolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedPort
    from ansible_collections.model_serving.openstack.plugins.module_utils._replica_ports import ReplicaPort
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import (
        PoolState,
        PoolUse,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

RUNNING = frozenset({"ACTIVE", "VERIFY_RESIZE"})
"""Statuses of a replica that serves."""
LOST_HOST = frozenset({"DOWN", "UNKNOWN"})
"""Statuses of a host that was fenced, or that does not report (Compute API guide: Server host status)."""
UNSETTLED = frozenset(
    {"BUILD", "REBUILD", "REBOOT", "HARD_REBOOT", "RESIZE", "REVERT_RESIZE", "MIGRATING", "PASSWORD", "EVACUATE"}
)
"""Statuses that go over by themselves."""
DRIFTED, OLDEST, NEWEST = "drifted", "oldest", "newest"
TERMINATION_POLICIES = (DRIFTED, OLDEST, NEWEST)
BEST_EFFORT, BALANCED_ONLY = "balanced-best-effort", "balanced-only"
SOFT_FALLBACK = "soft"
ZONE_DISTRIBUTIONS = (BEST_EFFORT, BALANCED_ONLY)


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A server of the project, and what makes it a replica of a fleet if it is one.

    :param zone: availability zone; None as long as Nova has not placed it
    :param flavor: name of the flavor (before microversion 2.47 its id)
    :param size: what the flavor was when the server got it; None when Nova does not tell
    :param addresses: fixed addresses by network name
    :param launched_at: when it ran for the first time since its creation, or since the last rebuild or resize
    :param changed_at: when Nova changed anything about it last
    :param fault: what Nova says about a server in ERROR
    :param host_status: what Nova says about its host; None when it does not tell (the cloud's policy decides)
    :param volumes: ids of the volumes that are attached
    """

    id: str
    name: str
    status: str
    created_at: str = ""
    launched_at: str = ""
    changed_at: str = ""
    task_state: str | None = None
    host_id: str | None = None
    zone: str | None = None
    image_id: str | None = None
    flavor: str | None = None
    size: Size | None = None
    key_name: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    security_groups: frozenset[str] = frozenset()
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fault: str | None = None
    locked: bool = False
    host_status: str | None = None
    locked_reason: str | None = None
    description: str = ""
    tags: frozenset[str] = frozenset()
    volumes: tuple[str, ...] = ()

    @property
    def address(self) -> str | None:
        """The address that pools and tests of readiness reach it at."""
        return replica_address(self.addresses)

    @property
    def began_at(self) -> str:
        """When what runs on it began to load."""
        return self.launched_at or self.created_at

    @property
    def slot(self) -> int | None:
        """The number of its fixed ports."""
        value = self.metadata.get(SLOT_KEY, "")
        return int(value) if value.isdecimal() and int(value) else None

    @property
    def lock_reason(self) -> str:
        """The reason that a lock of its fleet has."""
        return f"{SERVICE_MARK}{self.service}"

    @property
    def own_lock(self) -> bool:
        return self.locked and self.locked_reason == self.lock_reason

    @property
    def protected(self) -> bool:
        """Whether somebody else has locked it."""
        return self.locked and not self.own_lock

    @property
    def service(self) -> str | None:
        return self.metadata.get(SERVICE_KEY)

    @property
    def leaving(self) -> bool:
        """Whether somebody has begun to delete it."""
        return self.task_state in {"deleting", "soft-deleting"} or self.status in {"DELETED", "SOFT_DELETED"}

    @property
    def broken(self) -> bool:
        """Whether it neither serves nor will by itself."""
        return not self.leaving and self.status not in RUNNING | UNSETTLED

    @property
    def host_lost(self) -> bool:
        """Whether its host does not report to Nova any more. The host may be dead, or just Nova's agent on it."""
        return self.host_status in LOST_HOST

    @property
    def given_up(self) -> bool:
        """Whether nothing is done with it any more: not even its deletion may come to an end."""
        return self.leaving or self.host_lost or self.status not in RUNNING

    @property
    def running(self) -> bool:
        """Whether it serves, as far as Nova knows."""
        return not self.leaving and self.status in RUNNING

    @property
    def in_change(self) -> bool:
        """Whether Nova reboots, moves or rebuilds it, or is held up in that."""
        return not self.leaving and self.status in UNSETTLED - {"BUILD"}

    @property
    def settled(self) -> bool:
        return self.leaving or self.status not in UNSETTLED


@dataclass(frozen=True, kw_only=True)
class HealthPolicy:
    """When a replica that Nova calls ACTIVE is replaced all the same.

    :param grace_period: seconds for which it is not judged after its creation, and for which its member may be in ERROR
    :param max_unhealthy_percentage: how much of the fleet may be replaced for its health in one run
    :param build_timeout: seconds after which a replica in BUILD is given up
    """

    grace_period: int = 300
    max_unhealthy_percentage: int = 50
    build_timeout: int = 600

    def limit(self, replicas: int) -> int:
        """Return how many replicas may be replaced for their health in one run; one may always."""
        return max(1, replicas * self.max_unhealthy_percentage // 100)


@dataclass(frozen=True, kw_only=True)
class Desired(TemplateOptions):
    """A fleet as it is wanted. References are as the user wrote them.

    :param wait: whether the run waits for new replicas, without which these cannot be brought into rotation
    """

    name: str
    present: bool = True
    replicas: int = 0
    update: UpdatePolicy = field(default_factory=UpdatePolicy)
    health: HealthPolicy = field(default_factory=HealthPolicy)
    pools: tuple[PoolUse, ...] = ()
    readiness_url: str | None = None
    termination_policy: str = DRIFTED
    zone_distribution: str = BEST_EFFORT
    fallback: str = "none"
    availability_zones: tuple[str, ...] | None = None
    server_group: str | None = None
    wait: bool = True


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A fleet as it is, and what its template refers to.

    :param template: None when the fleet shall be absent
    :param server_group: the group replicas shall be in; with an empty id when it is not there yet (check mode)
    :param groups: that group and the fleet's further ones
    :param namesakes: the groups that are called like further ones, also those of others
    :param closed_zones: zones that are wanted and in which no server can be made
    :param group_limit: how many members Nova allows in a server group; None for any number
    :param pools: the pools that replicas shall be members of
    :param unhealthy: why replicas, by id, have to be replaced
    :param unready: ids of resting replicas that do not answer at the readiness URL, for whatever reason
    :param unchangeable: parts that Nova is too old to change on a server
    :param ports: fixed ports that the fleet made, and those that it shall use
    :param replica_ports: all ports of replicas that can have security groups; none where groups are not managed
    """

    name: str
    replicas: tuple[Replica, ...]
    template: Template | None = None
    server_group: Group | None = None
    drift: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    namesakes: tuple[Group, ...] = ()
    group_limit: int | None = None
    closed_zones: frozenset[str] = frozenset()
    pools: tuple[PoolState, ...] = ()
    unhealthy: Mapping[str, str] = field(default_factory=dict)
    unready: frozenset[str] = frozenset()
    unchangeable: frozenset[str] = frozenset()
    ports: tuple[FixedPort, ...] = ()
    replica_ports: tuple[ReplicaPort, ...] = ()

    @property
    def further(self) -> tuple[Group, ...]:
        """Its server groups beside the one that replicas shall be in."""
        return self.groups[1:]

    @property
    def pooled(self) -> bool:
        """Whether there is a rotation: one of the pools is there."""
        return any(state.found for state in self.pools)


def result_of(replica: Replica) -> dict[str, Any]:
    """Return what every module tells of a replica, whoever keeps it in shape."""
    return {
        "id": replica.id,
        "name": replica.name,
        "status": replica.status,
        "fault": replica.fault,
        "addresses": {network: list(addresses) for network, addresses in replica.addresses.items()},
        "host_id": replica.host_id,
        "availability_zone": replica.zone,
        "created_at": replica.created_at,
        "locked": replica.locked,
        "locked_reason": replica.locked_reason,
    }
