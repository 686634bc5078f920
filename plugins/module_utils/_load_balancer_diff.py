# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a tree as it is and as it shall be to the smallest list of writes. Pure.

The order keeps traffic flowing: new pools are filled before listeners point to them, and old pools go when nothing
points to them any more. A provider whose monitors do not follow listeners gets new ones when all listeners are what
they shall be. One that forgets session persistence with a pool gets it last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_fields as fields
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateChild,
    DeleteChild,
    Made,
    UpdateBalancer,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_policies import policy_changes
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_pool import changing, forgotten
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import owner_of
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_update import update
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_members import set_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import transport
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import differing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        Balancer,
        Listener,
        Pool,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def actions(old: Balancer, new: Balancer) -> Iterator[Action]:
    """Yield what makes one tree out of the other; the balancer itself is the same."""
    balancer_id = str(old.id)
    if changes := differing(new.settings, old.settings):
        yield UpdateBalancer(name=old.name, id=balancer_id, changes=fields.to_update(fields.BALANCER, changes))
    old_pools = {pool.id: pool for pool in old.pools or ()}
    new_pools = new.pools or ()
    pool_ids: dict[str, str | Made] = {pool.name: _id(pool) for pool in new_pools}
    late = set() if abilities(old.provider).monitors_follow_listeners else _late(old, new)
    for pool in new_pools:
        yield from _pool(balancer_id, old_pools.get(pool.id), pool, late, old.provider)
    yield from _listeners(old, new, pool_ids)
    for pool in new_pools:
        if pool.name in late:
            yield from _create_monitor(pool)
    staying = {pool.id for pool in new_pools}
    going = [pool for pool in old_pools.values() if pool.id not in staying]
    yield from (DeleteChild(kind=octavia.POOL, name=pool.name, id=str(pool.id)) for pool in going)
    for pool, changes in forgotten(going, new_pools, old.provider):
        again = f"{', '.join(sorted(changes))} (again, they go with another pool)"
        yield UpdateChild(kind=octavia.POOL, name=pool.name, id=_id(pool), changes=changes, again=again)


def _late(old: Balancer, new: Balancer) -> set[str]:
    """Return the names of the pools whose monitor is made, or made anew.

    C(ovn) checks members for one listener. It points the monitor to a new listener of the pool, with a VIP of IPv6
    wrongly. It does not for one that moves to the pool, and when the listener goes, it takes no other one.
    """
    before = {(each.id, each.default_pool) for each in old.listeners or ()}
    after = {(each.id, each.default_pool) for each in new.listeners or ()}
    come = {pool for listener_id, pool in after if listener_id is None}
    moved = {pool for listener_id, pool in after - before if listener_id is not None}
    left = {pool for _listener_id, pool in before - after}
    vips = [old.vip_address, *(vip.address for vip in old.additional_vips)]
    anew = moved | left | come if any(":" in vip for vip in vips) else moved | (left - come)
    made = {pool.name for pool in new.pools or () if pool.monitor and pool.monitor.id is None}
    return made | ({each.default_pool for each in new.listeners or () if each.default_pool} & anew)


def _pool(balancer_id: str, old: Pool | None, new: Pool, late: Set[str], provider: str | None) -> Iterator[Action]:
    """Yield the changes of a pool.

    :param late: names of the pools that get their monitor when listeners are what they shall be. One that is there goes
        before: the run after a killed one sees that it is missing, but not what is wrong with it.
    """
    if old is None:
        body = {"name": new.name, "loadbalancer_id": balancer_id, **fields.to_create(new.settings)}
        yield CreateChild(kind=octavia.POOL, name=new.name, body=body)
    else:
        yield from update(octavia.POOL, fields.POOL, new.name, old, new, changing(old, new, provider))
    if new.name not in late:
        yield from _monitor(old, new)
    elif old is not None:
        yield from _delete_monitor(old)
    change = set_members(new.name, _id(new), (old.members if old else None) or (), new.members or ())
    if change:
        yield change


def _id(pool: Pool) -> str | Made:
    return pool.id or Made(kind="pool", name=pool.name)


def _monitor(old: Pool | None, new: Pool) -> Iterator[Action]:
    was, monitor = old.monitor if old else None, new.monitor
    if was is not None and monitor is not None and monitor.id == was.id:
        yield from update(octavia.MONITOR, fields.MONITOR, _of(new), was, monitor)
        return
    if old is not None:
        yield from _delete_monitor(old)
    yield from _create_monitor(new)


def _of(pool: Pool) -> str:
    return f"of pool {pool.name}"


def _delete_monitor(pool: Pool) -> Iterator[Action]:
    if pool.monitor is not None:
        yield DeleteChild(kind=octavia.MONITOR, name=_of(pool), id=str(pool.monitor.id))


def _create_monitor(pool: Pool) -> Iterator[Action]:
    if pool.monitor is not None and pool.monitor.settings:
        body = {"pool_id": _id(pool), **fields.to_create(pool.monitor.settings)}
        yield CreateChild(kind=octavia.MONITOR, name=_of(pool), body=body)


def _listeners(old: Balancer, new: Balancer, pool_ids: Mapping[str, str | Made]) -> Iterator[Action]:
    before = {listener.id: listener for listener in old.listeners or ()}
    staying = {listener.id for listener in new.listeners or ()}
    going = [listener for listener in before.values() if listener.id not in staying]
    needed = {endpoint(listener) for listener in new.listeners or () if listener.id is None}
    # Octavia may refuse a new one, so the old one goes afterwards: but not when it has the port that the new one needs,
    # and not without a mark, by which the next run knows that two of a name are what a killed run left.
    first = [listener for listener in going if endpoint(listener) in needed or not owner_of(listener.tags)]
    yield from map(_delete_listener, first)
    for listener in new.listeners or ():
        was = before.get(listener.id)
        if was is None:
            yield _create_listener(str(old.id), listener, pool_ids)
        else:
            pool = listener.default_pool
            moved = {"default_pool_id": pool_ids[pool] if pool else None} if pool != was.default_pool else {}
            yield from update(octavia.LISTENER, fields.LISTENER, listener.name, was, listener, moved)
        listener_id = listener.id or Made(kind="listener", name=listener.name)
        policies = (was.policies if was else None) or ()
        yield from policy_changes(listener.name, listener_id, policies, listener.policies or (), pool_ids)
    yield from (_delete_listener(listener) for listener in going if listener not in first)


def endpoint(listener: Listener) -> tuple[str, int]:
    """Return what no two listeners of a load balancer can have."""
    return transport(listener.settings["protocol"]), listener.settings["protocol_port"]


def _delete_listener(listener: Listener) -> Action:
    return DeleteChild(kind=octavia.LISTENER, name=listener.name, id=str(listener.id))


def _create_listener(balancer_id: str, listener: Listener, pool_ids: Mapping[str, str | Made]) -> Action:
    body: dict[str, Any] = {"name": listener.name, "loadbalancer_id": balancer_id}
    body |= fields.to_create(listener.settings)
    if listener.default_pool:
        body["default_pool_id"] = pool_ids[listener.default_pool]
    return CreateChild(kind=octavia.LISTENER, name=listener.name, body=body)
