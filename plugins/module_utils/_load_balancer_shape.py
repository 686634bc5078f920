# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole tree as it shall be: while a service is present, and after it has left. Pure.

A load balancer has an owner, the service of its name, and can have guests: services that send some of its requests to
pools of their own by L7 policies. Everybody's parts carry a mark, and nobody changes or removes parts with a mark of
somebody else. An owner that leaves while there are guests leaves the balancer, its listeners and its addresses behind;
the last guest that leaves removes them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_merge import Merge
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_pool import ignored
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    ABANDONED,
    KEPT,
    Balancer,
    Listener,
    owner_of,
    part_mark,
    united,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import pool_mismatch
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import References
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Settings


def merged(desired: Desired, old: Balancer | None, references: References) -> tuple[Balancer, list[str]]:
    """Return the tree as it shall be, and what cannot be done.

    :param old: the balancer as it is, None when there is none
    :param references: ids of what the declaration names
    """
    merge = Merge(
        mark=part_mark(desired.name, desired.service),
        guest=desired.service is not None,
        provider=old.provider if old else desired.provider,
        purge=desired.purge,
        keep_drained=desired.keep_drained,
        subnets=references.subnets,
        problems=[],
    )
    base = old or Balancer(name=desired.name)
    listeners = base.listeners or ()
    if merge.guest and desired.listeners is not None:
        declared = {listener.name for listener in desired.listeners}
        listeners = tuple(each if each.name in declared else _without(each, merge.mark) for each in listeners)
    elif not merge.guest:
        listeners = merge.resumed(listeners, desired.listeners or ())
    tree = replace(
        base,
        settings=base.settings if merge.guest else _balancer_settings(merge, desired, old, references),
        additional_vips=old.additional_vips if old else references.additional_vips or (),
        listeners=merge.named("listener", listeners, desired.listeners, merge.listener),
        pools=merge.named("pool", base.pools or (), desired.pools, merge.pool),
    )
    merge.problems.extend(dangling(tree))
    merge.problems.extend(_homeless(base, tree))
    if tree.settings.get("vip_sg_ids") and not merge.guest:
        merge.problems.extend(_both(desired))
        tree = let_in_by_groups(tree)
    merge.problems.extend(ignored(base, tree))
    return tree, merge.problems


def _balancer_settings(merge: Merge, desired: Desired, old: Balancer | None, references: References) -> Settings:
    wanted = dict(desired.settings)
    tags = wanted.pop("tags", None)
    for key in ("vip_qos_policy_id", "vip_sg_ids"):
        if (value := getattr(references, key)) is not None:
            wanted[key] = value
    settings = {**old.settings, **wanted} if old else {**wanted, "tags": [merge.mark]}
    kept = united(settings.get("tags") or (), tags, purge=desired.purge)
    return {**settings, "tags": [tag for tag in kept if tag not in (ABANDONED, KEPT)]}


def _both(desired: Desired) -> Iterable[str]:
    """Yield the listeners that are declared to choose clients by themselves, although security groups do it."""
    for listener in desired.listeners or ():
        if listener.settings.get("allowed_cidrs"):
            yield (
                f"'allowed_cidrs' of listener {listener.name!r} does not go with the security groups of the VIP; leave"
                " it out, or remove them with 'vip_security_groups: []'"
            )


def let_in_by_groups(tree: Balancer) -> Balancer:
    """Return the tree without the networks that new listeners have from those in whose places they come.

    Octavia does not make a listener with networks beside security groups. Of those that are there it does not heed
    them, until the groups go: without them, everybody would be let in then.
    """
    listeners = tuple(
        each if each.id else replace(each, settings={**each.settings, "allowed_cidrs": []})
        for each in tree.listeners or ()
    )
    return replace(tree, listeners=listeners)


def dangling(tree: Balancer) -> Iterable[str]:
    protocols = {pool.name: pool.settings["protocol"] for pool in tree.pools or ()}
    for listener in tree.listeners or ():
        users = [(f"listener {listener.name!r}", listener.default_pool)]
        users += [
            (f"L7 policy {policy.name!r} of listener {listener.name!r}", policy.redirect_pool)
            for policy in listener.policies or ()
        ]
        for where, pool in users:
            if pool and pool not in protocols:
                yield f"{where} refers to pool {pool!r}, which is neither declared nor there"
            elif pool:
                yield from pool_mismatch(listener.settings["protocol"], pool, protocols[pool], where)


def _homeless(old: Balancer, new: Balancer) -> Iterable[str]:
    """Yield the services that would lose the listener that they are reached by."""
    staying = {listener.name for listener in new.listeners or ()}
    for listener in old.listeners or ():
        guests = guests_of(replace(old, listeners=(listener,), pools=()))
        if listener.name not in staying and guests:
            yield (
                f"listener {listener.name!r} ({listener.id}) cannot be removed: it has L7 policies of the services"
                f" {', '.join(guests)}"
            )


def guests_of(balancer: Balancer) -> list[str]:
    """Return the services that have parts on a load balancer of another one."""
    parts = [*(balancer.pools or ()), *(each for one in balancer.listeners or () for each in one.policies or ())]
    owners = {owner_of(part.tags) for part in parts}
    return sorted(owner.removeprefix(SERVICE_MARK) for owner in owners if owner and owner.startswith(SERVICE_MARK))


def departed(desired: Desired, old: Balancer) -> Balancer | None:
    """Return the tree without what one service has in it, None when nobody needs the rest any more."""
    left = _without_parts(old, part_mark(desired.name, desired.service))
    if not guests_of(left) and (not desired.service or ABANDONED in old.tags):
        return None
    # Whoever goes last does with the addresses what the owner wanted.
    wanted = [ABANDONED, *([KEPT] if desired.keep_address else [])]
    tags = old.tags if desired.service else united([tag for tag in old.tags if tag != KEPT], wanted)
    return replace(left, settings={**old.settings, "tags": list(tags)})


def left_to_others(old: Balancer, mark: str) -> Balancer:
    """Return the tree of a balancer that somebody else made without what the module added to it."""
    left = _without_parts(old, mark)
    listeners = tuple(each for each in left.listeners or () if each.policies or mark not in each.tags)
    pools = tuple(
        replace(pool, members=tuple(member for member in pool.members or () if mark not in member.tags))
        for pool in left.pools or ()
    )
    return replace(left, listeners=listeners, pools=pools)


def _without_parts(old: Balancer, mark: str) -> Balancer:
    pools = tuple(pool for pool in old.pools or () if mark not in pool.tags)
    known = {pool.name for pool in pools}
    # Whoever used a pool of the one that leaves gets nothing instead.
    listeners = tuple(
        replace(each, default_pool="") if each.default_pool and each.default_pool not in known else each
        for each in (_without(each, mark) for each in old.listeners or ())
    )
    return replace(old, listeners=listeners, pools=pools)


def _without(listener: Listener, mark: str) -> Listener:
    return replace(listener, policies=tuple(each for each in listener.policies or () if mark not in each.tags))
