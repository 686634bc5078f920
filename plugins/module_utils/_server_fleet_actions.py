# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that keep a fleet in shape, and the plan they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import PoolUse
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group


def _list(names: Sequence[str]) -> str:
    noun = "replica" if len(names) == 1 else "replicas"
    return f"{noun} {', '.join(repr(name) for name in names)}"


@dataclass(frozen=True, kw_only=True)
class FleetAction(Action):
    """A step of a fleet's plan.

    :param batch: number of the batch of a roll it belongs to; 0 for what is not part of one
    """

    batch: int = 0


@dataclass(frozen=True, kw_only=True)
class FleetPlan(Plan):
    """A plan, with what the steps need to know of the fleet.

    :param pools: those that were there when it was made; without one of them, steps that rely on it must not go on
    :param server_group: the first one of the fleet
    :param further: the others that it has
    :param group_limit: how many members Nova allows in a group; None for any number
    """

    actions: tuple[FleetAction, ...] = ()
    desired: Desired
    pools: tuple[PoolUse, ...] = ()
    server_group: Group | None = None
    further: tuple[Group, ...] = ()
    group_limit: int | None = None

    @property
    def going(self) -> frozenset[str]:
        """Ids of the replicas that it deletes."""
        return frozenset(one.id for one in self.actions if isinstance(one, DeleteReplica))


@dataclass(frozen=True, kw_only=True)
class CreateGroup(FleetAction):
    """Makes a further group, of the policy of the first one. Where that is still to be made, nobody knows which."""

    group: Group

    def __str__(self) -> str:
        policy = f" ({self.group.policy})" if self.group.policy else ""
        return f"create server group {self.group.name!r}{policy}"


@dataclass(frozen=True, kw_only=True)
class DeleteGroup(FleetAction):
    id: str
    name: str

    def __str__(self) -> str:
        return f"delete server group {self.name!r} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class EnterRotation(FleetAction):
    """Waits until replicas are ready, even with C(wait=false), then lets them get requests.

    :param ids: of replicas that exist
    :param names: of all; those that the run makes have no id yet
    :param pools: whether there is a rotation; otherwise only what follows depends on their being ready
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    pools: bool = True

    def __str__(self) -> str:
        if not self.pools:
            return f"wait for {_list(self.names)} to be ready"
        return f"bring {_list(self.names)} into rotation when ready"


@dataclass(frozen=True, kw_only=True)
class LeaveRotation(FleetAction):
    """Takes replicas out of rotation.

    :param drain: whether to wait until their open requests have ended
    :param for_good: whether they go; otherwise they rest as members and come back
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    drain: bool
    for_good: bool = True

    def __str__(self) -> str:
        return f"{'drain' if self.drain else 'take out of rotation'} {_list(self.names)}"


@dataclass(frozen=True, kw_only=True)
class PoolAction(FleetAction):
    """A step in one pool.

    :param use: of the pool; its name alone does not tell it from others
    """

    use: PoolUse = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RemoveMembers(PoolAction):
    """Removes members of a pool that stand for replicas which are gone."""

    addresses: tuple[str, ...]

    def __str__(self) -> str:
        return f"remove members {', '.join(self.addresses)} of pool {self.use.pool!r}: their replicas are gone"


@dataclass(frozen=True, kw_only=True)
class SetWeights(PoolAction):
    """Gives replicas in rotation the declared weight."""

    ids: tuple[str, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"set weight {self.use.weight} of {_list(self.names)} in pool {self.use.pool!r}"


@dataclass(frozen=True, kw_only=True)
class SendMembers(PoolAction):
    """Sends the members of a pool to its load balancer again that it was not told."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"send {_list(self.names)} to pool {self.use.pool!r} again: the last change of the member failed"


@dataclass(frozen=True, kw_only=True)
class Pause(FleetAction):
    seconds: int

    def __str__(self) -> str:
        return f"pause {self.seconds} s"


@dataclass(frozen=True, kw_only=True)
class ChangeInPlace(FleetAction):
    """Rebuilds a replica, resizes it, or both; its ports and addresses stay.

    :param parts: of the template in which it differs
    :param metadata: all that the replica has afterwards
    :param unlock: whether a lock of the fleet has to be opened for it; it is closed again
    """

    id: str
    name: str
    parts: tuple[str, ...]
    template: Template = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)
    unlock: bool = False

    @property
    def rebuild(self) -> bool:
        return bool(set(self.parts) - {"flavor"})

    @property
    def resize(self) -> bool:
        return "flavor" in self.parts

    def __str__(self) -> str:
        how = " and ".join([*(["rebuild"] * self.rebuild), *(["resize"] * self.resize)])
        return f"{how} replica {self.name!r} ({self.id}): it differs in {', '.join(self.parts)}"


@dataclass(frozen=True, kw_only=True)
class DeleteReplica(FleetAction):
    """Deletes a replica. What is broken need not be gone before what follows: it may never go."""

    service: str
    id: str
    name: str
    reason: str
    unlock: bool = False
    needed: bool = True

    def __str__(self) -> str:
        return f"{'unlock and ' if self.unlock else ''}delete replica {self.name!r} ({self.id}): {self.reason}"


@dataclass(frozen=True, kw_only=True)
class CreateReplicas(FleetAction):
    """Replicas of one zone in one server group: one multi-create call or, with fixed ports, one call after another.

    :param names: what Nova will call them
    :param zone: None leaves the choice to Nova
    :param server_group: what they become members of; without an id, the run makes it before
    :param further: what they become members of when there is no host for them in that group
    :param other_zones: where they may go when the zone has no host for them
    :param fallback: soft server group to use when nowhere is a host for them
    :param slots: numbers of their fixed ports; none without fixed ports
    :param lock: whether they are locked when they are there
    """

    service: str
    names: tuple[str, ...]
    zone: str | None
    template: Template = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)
    server_group: Group | None = None
    further: Group | None = None
    other_zones: tuple[str, ...] = ()
    fallback: Group | None = None
    slots: tuple[int, ...] = ()
    lock: bool = False

    def __str__(self) -> str:
        where = f" in availability zone {self.zone!r}" if self.zone else ""
        return f"create {_list(self.names)}{where}{' and lock them' if self.lock else ''}"


@dataclass(frozen=True, kw_only=True)
class SetMetadata(FleetAction):
    """Sets these keys; all others stay."""

    id: str
    name: str
    metadata: Mapping[str, str]

    def __str__(self) -> str:
        return f"set metadata {', '.join(sorted(self.metadata))} of replica {self.name!r}"
