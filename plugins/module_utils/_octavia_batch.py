# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets the members of a pool: with one request, unless Octavia refuses that for its size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import read_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_members import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import SetMembers
    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Body
    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import Writer


def bring_members(writer: Writer, change: SetMembers, pool_id: str) -> None:
    """Bring the members of a pool into shape.

    To remove members, all that stay are sent. Where these are too many, each that goes is removed by itself.
    """
    api, adds = writer.api, writer.api.adds_members()

    def change_them(call: Callable[[], None]) -> None:
        writer.write("set the members of", octavia.POOL.name, change.pool, call, pool_id)
        writer.pools[pool_id] = change.pool

    if change.removed or not adds:
        try:
            change_them(lambda: api.set_members(pool_id, whole(change, read_members(api, pool_id)), additive=False))
        except CloudError as error:
            if not adds or error.status != octavia.TOO_LARGE:
                raise
        else:
            return
    for some in portions(change.members):
        change_them(partial(api.set_members, pool_id, some, additive=True))
    for member in read_members(api, pool_id) if change.removed else ():
        if member.place in change.removed:
            change_them(partial(api.delete, octavia.MEMBER, str(member.id), pool_id))


def portions(members: Iterable[Body]) -> Iterator[list[Body]]:
    """Yield members in lists that Octavia takes."""
    some: list[Body] = []
    size = 0
    for member in map(dict, members):
        own = octavia.size_of(member) + len(", ")
        if some and size + own > octavia.LARGEST:
            yield some
            some, size = [], 0
        some.append(member)
        size += own
    if some:
        yield some
