# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving a group to a pool that was made again: Heat makes its members there, in the place of copies.

Whoever makes a load balancer again copies the members of the old one, so that the replicas get requests at once. Heat
does not know the copies. Octavia takes no second member with the same address and port, and Heat asks again and again
until it does. So each copy that is removed lets one member of Heat's in, a moment later, and here is decided when: one
after another. The servers stay, so there is nothing to drain.

Where the servers cannot stay, nothing comes into the places of the copies. Each is removed when its server goes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_finish import (
    RefuseAbandoned,
    finish_update,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_meanwhile import release
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    MEMBER_TYPE,
    SERVER_TYPE,
    member_place,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import servers_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    KIND,
    MOVING_TAG,
    PINNED,
    PINNED_TAG,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import MOVING
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, sdk_errors
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import (
    balancer_of,
    read_members,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_again import Again
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import Writer
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_actions import MoveStack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

AGE = 10.0
"""Seconds after which a member that Heat does not know is a copy: what Heat has just made it knows a moment later."""


@dataclass(frozen=True)
class Copy:
    """A member in the place where Heat wants to have one."""

    pool: str
    member: Member


@dataclass
class Copies:
    """The copies of a group's members, replaced one by one.

    :param addresses: of the group's servers, by their ids
    :param again: what to do when Octavia does not give up a copy
    :param seen: when each copy was seen first
    :param replaced: the copy that was removed last, until Heat's member is in its place
    """

    context: Context
    stack: Stack
    addresses: dict[str, set[str]]
    again: Again
    seen: dict[str, float] = field(default_factory=dict)
    replaced: Copy | None = None

    def look(self) -> None:
        """Remove a copy if none is being replaced and Heat waits for its place."""
        api, now = self.again.api, self.context.deadline.elapsed()
        if self.replaced is not None and not _is_replaced(api, self.replaced):
            return
        self.replaced = None
        waiting = self._waiting()
        for pool in sorted({pool for pool, _address, _port in waiting}):
            for member in read_members(api, pool):
                if (pool, *member.key) in waiting and now - self.seen.setdefault(str(member.id), now) >= AGE:
                    self._remove(api, Copy(pool, member))
                    return

    def _waiting(self) -> set[tuple[str, str, int]]:
        """Return pool, address and port of each member that Heat could not make so far."""
        found = _heat_resources.every(self.context.conn.orchestration, self.stack)
        servers = {one.parent: self.addresses.get(one.physical_id, set()) for one in found if one.type == SERVER_TYPE}
        return {
            (pool, address, port)
            for one in found
            if one.type == MEMBER_TYPE and one.status == "CREATE_IN_PROGRESS" and not one.physical_id
            for pool, port in [member_place(one.name)]
            for address in servers.get(one.parent, ())
        }

    def _remove(self, api: octavia.Api, copy: Copy) -> None:
        where = f"{copy.member.address}:{copy.member.protocol_port}"
        with attempt("replace the copy of", "member", where, copy.member.id):
            try:
                api.delete(octavia.MEMBER, str(copy.member.id), copy.pool)
            except sdk_errors() as error:
                if not octavia.is_busy(error):
                    raise
                self.again.after(error)
                return  # The next look tries it again.
        self.replaced = copy


def _is_replaced(api: octavia.Api, copy: Copy) -> bool:
    return any(
        member.key == copy.member.key and member.id != copy.member.id and member.provisioning_status == "ACTIVE"
        for member in read_members(api, copy.pool)
    )


def move(context: Context, action: MoveStack) -> None:
    """Move a group, or go on with what a run that was killed has begun.

    It is waited for in any case: without this, Heat's members would not come.
    """
    stack, patient = action.stack, replace(context, wait=True)
    if not stack.busy:
        _heat_api.update(context.conn.orchestration, stack, action.request)
    _replace_copies(patient, stack)
    finish_update(patient, stack)
    pinned = [name for name in action.request.parameters if name.startswith(PINNED)]
    release(patient, stack, {MOVING: False, **dict.fromkeys(pinned, 0)}, MOVING_TAG, PINNED_TAG)


def _replace_copies(context: Context, stack: Stack) -> None:
    """Replace copies until Heat has ended, well or not."""
    copies = Copies(context, stack, _addresses(context, stack), Again(octavia.Api(context.conn.load_balancer)))
    _until_ended(context, stack, copies.look, "move", "Heat has not all its members in the pool that was made again")


@contextmanager
def leaving(context: Context, stack: Stack, pools: Collection[str]) -> Iterator[Context]:
    """Begin an update that replaces servers, and remove each copy of a member of them when its server goes.

    Not after all of them: a new server may have the address of one that has gone. It is waited for in any case: later,
    nobody knows what was a copy.

    :param pools: in which there may be copies; without any, this does nothing
    """
    if not pools:
        yield context
        return
    patient, api = replace(context, wait=True), octavia.Api(context.conn.load_balancer)
    owners = {address: server for server, found in _addresses(context, stack).items() for address in found}
    members = [member for pool in pools for member in read_members(api, pool)]
    copies = {str(member.id): owners[member.address] for member in members if member.address in owners}
    yield patient
    _until_ended(patient, stack, lambda: _remove(patient, stack, pools, copies), "update", "Heat is not done with it")
    _remove(patient, stack, pools, copies)


def _remove(context: Context, stack: Stack, pools: Collection[str], copies: dict[str, str]) -> None:
    """Remove the copies whose servers go.

    :param copies: servers by the ids of their copies; what is removed is taken out
    """
    api, there = octavia.Api(context.conn.load_balancer), _addresses(context, stack)
    gone = {copy for copy, server in copies.items() if server not in there}
    for pool in sorted(pools) if gone else ():
        balancer = balancer_of(api.show(octavia.POOL, pool) or {})
        writer = Writer(api, context.deadline, balancer, balancer)
        for member in read_members(api, pool):
            if str(member.id) in gone:
                delete = partial(api.delete, octavia.MEMBER, str(member.id), pool)
                place = f"{member.address}:{member.protocol_port}"
                writer.write("remove the copy of", octavia.MEMBER.name, place, delete, member.id)
    for copy in gone:
        del copies[copy]


def _addresses(context: Context, stack: Stack) -> dict[str, set[str]]:
    """Return the addresses of a group's servers, by their ids."""
    return {
        server.id: {address for found in server.addresses.values() for address in found}
        for server in servers_of(context, stack.name)
    }


def _until_ended(context: Context, stack: Stack, look: Callable[[], None], attempted: str, progress: str) -> None:
    """Look again and again until Heat has ended what was attempted, well or not.

    :param progress: what is said when time is up
    """
    refuse_abandoned = RefuseAbandoned(context, attempted, stack)

    def ended() -> bool | None:
        found = _heat_api.again(context.conn.orchestration, stack)
        if found is None or not found.busy:
            return True
        look()
        refuse_abandoned()
        return None

    wait_until(
        ended,
        context.deadline,
        attempted=f"be {attempted}d",
        kind=KIND,
        name=stack.name,
        resource_id=stack.id,
        progress=lambda: progress,
    )
