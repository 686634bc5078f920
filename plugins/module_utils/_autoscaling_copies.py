# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving a group to a pool that was made again: Heat makes its members there, in the place of copies.

Whoever makes a load balancer again copies the members of the old one, so that the replicas get requests at once. Heat
does not know the copies. Octavia takes no second member with the same address and port, and Heat asks again and again
until it does. So each copy that is removed lets one member of Heat's in, a moment later, and here is decided when: one
after another. The servers stay, so there is nothing to drain.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import read_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_again import Again
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
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
    addresses = {
        server.id: {address for found in server.addresses.values() for address in found}
        for server in servers_of(context, stack.name)
    }
    copies = Copies(context, stack, addresses, Again(octavia.Api(context.conn.load_balancer)))
    refuse_abandoned = RefuseAbandoned(context, "move", stack)

    def look() -> bool | None:
        found = _heat_api.again(context.conn.orchestration, stack)
        if found is None or not found.busy:
            return True
        copies.look()
        refuse_abandoned()
        return None

    wait_until(
        look,
        context.deadline,
        attempted="be moved",
        kind=KIND,
        name=stack.name,
        resource_id=stack.id,
        progress=lambda: "Heat has not all its members in the pool that was made again",
    )
