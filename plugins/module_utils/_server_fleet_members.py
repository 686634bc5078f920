# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas as members of pools: who gets requests, who rests, who has to go. Pure.

A replica out of rotation that shall come back, or that came and is not ready yet, has the weight 0 and a tag with the
weight it shall have. So a run that was killed leaves everything that the next one needs to know in the pool itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_resting
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_resting import (
    resting_weight,
    without_note,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._pool_members_read import PoolOfBalancer
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

    Key = tuple[str, int]

FAILED = "ERROR"
IN, RESTING, OUT = "in rotation", "resting", "no member"


@dataclass(frozen=True, kw_only=True)
class PoolUse:
    """How replicas use a pool, as the user declares it.

    :param settings: of each member, as the API names them; C(subnet_id) may still be a name
    """

    pool: str
    load_balancer: str | None = None
    protocol_port: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> int | None:
        return self.settings.get("weight")


@dataclass(frozen=True, kw_only=True)
class PoolState:
    """A pool that replicas use, as it is.

    :param found: None when it is not there yet, or out of order
    :param failed: name of its load balancer when that is in ERROR: it takes no changes, and has to be made again
    """

    use: PoolUse
    found: PoolOfBalancer | None = None
    subnet_id: str | None = None
    failed: str | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        return (self.found.pool.members if self.found else None) or ()

    @property
    def pool_id(self) -> str | None:
        return self.found.pool.id if self.found else None

    @property
    def weights(self) -> bool:
        """Whether weight 0 takes a member out of rotation; otherwise it is disabled for that."""
        return abilities(self.provider).weights

    @property
    def provider(self) -> str | None:
        return self.found.provider if self.found else None

    def key(self, replica: Replica) -> Key | None:
        return (replica.address, self.use.protocol_port) if replica.address else None

    def member(self, replica: Replica) -> Member | None:
        key = self.key(replica)
        return next((one for one in self.members if one.key == key), None)

    def standing(self, replica: Replica) -> str:
        """Return whether a replica gets requests of this pool. One that somebody else drained counts as if it did."""
        member = self.member(replica)
        if member is None:
            return OUT
        return RESTING if resting_weight(member) is not None else IN

    def stale(self, service: str, replicas: Collection[Replica], states: Iterable[PoolState]) -> tuple[Member, ...]:
        """Return the members that stand for replicas which are gone: the collection's by their tag, ours by name.

        :param states: all uses of pools: replicas may be members of one pool with several ports
        """
        keys = {state.key(one) for state in states if state.pool_id == self.pool_id for one in replicas}
        # Nova may not know a server's addresses for a moment.
        unknown = {one.name for one in replicas if one.address is None}
        pattern = re.compile(rf"{re.escape(service)}-\d+-\d+")
        return tuple(
            member
            for member in self.members
            if member.key not in keys
            and member.settings.get("name") not in unknown
            and pattern.fullmatch(member.settings.get("name") or "")
            and any(tag.startswith(RESERVED) for tag in member.tags)
        )

    def unsent(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        """Return the replicas whose members are not what Octavia says: it could not tell their load balancer."""
        return tuple(one for one in replicas if (member := self.member(one)) and member.provisioning_status == FAILED)

    def off_weight(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        """Return the replicas in rotation whose weight is not the declared one. Drained ones stay drained."""
        if self.use.weight is None or not self.weights:
            return ()
        by_key = {member.key: member.settings.get("weight") for member in self.members}
        return tuple(
            one
            for one in replicas
            if self.standing(one) == IN and by_key[self.key(one) or ("", 0)] not in (0, self.use.weight)
        )


def standings(replica: Replica, states: Iterable[PoolState]) -> set[str]:
    """Return how a replica stands in the pools that are there."""
    return {state.standing(replica) for state in states if state.found}


def outside(replica: Replica, states: Iterable[PoolState]) -> bool:
    """Return whether a pool that is there does not send requests to a replica."""
    return bool(standings(replica, states) - {IN})


def rests_broken(replica: Replica, states: Iterable[PoolState]) -> bool:
    """Return whether a replica gets no requests of a pool whose health monitor fails it."""
    return any(resting_weight(one) is not None for one in failed_members(replica, states))


def failed_members(replica: Replica, states: Iterable[PoolState]) -> list[Member]:
    """Return the members of pools that stand for a replica and that a health monitor fails."""
    members = filter(None, (state.member(replica) for state in states))
    return [one for one in members if one.operating_status == FAILED]


def arriving(state: PoolState, replicas: Sequence[Replica], tag: str) -> tuple[Member, ...]:
    """Return the pool's members with replicas that are not there yet: tested by the monitor, with no requests so far.

    With a provider that knows no weights they get requests at once: a disabled member is not tested.

    :param tag: what marks a member as made by the collection
    """
    there = {member.key for member in state.members}
    new = []
    for one in replicas:
        key = state.key(one)
        if key is None or key in there:
            continue
        settings = {**state.use.settings, "name": one.name, "tags": [tag]}
        if state.subnet_id:
            settings["subnet_id"] = state.subnet_id
        member = Member(address=key[0], protocol_port=key[1], settings=settings)
        new.append(resting(member, state) if state.weights else member)
    return (*state.members, *new)


def resting(member: Member, state: PoolState) -> Member:
    """Return a member out of rotation that remembers its weight."""
    return _octavia_resting.resting(member, state.provider, state.use.weight)


def back(member: Member, state: PoolState) -> Member:
    """Return a resting member in rotation, with the declared weight or else the one it had.

    One that somebody else had drained or disabled before it rested stays so.
    """
    weight = resting_weight(member)
    if weight is None:
        return member
    declared = state.use.weight
    on = (
        {"weight": declared if weight and declared is not None else weight}
        if state.weights
        else {"admin_state_up": bool(weight)}
    )
    return replace(member, settings={**member.settings, **on, "tags": without_note(member.tags)})


def changed(
    state: PoolState, keys: Collection[Key], change: Callable[[Member, PoolState], Member]
) -> tuple[Member, ...]:
    """Return the pool's members with C(change) made to those of these addresses and ports."""
    return tuple(change(member, state) if member.key in keys else member for member in state.members)


def without(state: PoolState, keys: Collection[Key]) -> tuple[Member, ...]:
    """Return the pool's members but those of these addresses and ports."""
    return tuple(member for member in state.members if member.key not in keys)


def reweighted(member: Member, state: PoolState) -> Member:
    """Return a member with the declared weight."""
    return replace(member, settings={**member.settings, "weight": state.use.weight})
