# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A load balancer with what was deleted for something that did not come. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_diff as diff
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_shape import let_in_by_groups
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Monitor, new_listener

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        Balancer,
        Listener,
        Policy,
        Pool,
    )


def as_before(before: Balancer, now: Balancer, wanted: Balancer, own: Collection[str] | None = None) -> Balancer:
    """Return a balancer as it is, but with what was deleted for a successor that did not come, or not as a whole. Pure.

    :param before: the same balancer before anything was changed
    :param wanted: as it was to become
    :param own: ids of what this run made: what others made or use stays. None when the balancer goes in any case
    """
    there, known = {each.id for each in now.listeners or ()}, {each.id for each in before.listeners or ()}
    made = [each for each in now.listeners or () if each.id not in known]
    gone = [each for each in before.listeners or () if each.id not in there and _owed(each, made, wanted)]
    going = [each for each in made if any(_replaces(each, one) for one in gone)]
    if own is not None and any(part.id not in own for each in going for part in (each, *(each.policies or ()))):
        gone, going = [], []
    left = [each for each in now.listeners or () if each not in going]
    pools = {pool.name for pool in now.pools or ()}
    tree = replace(
        now,
        listeners=(*left, *(_to_pools(new_listener(each), pools) for each in gone)),
        pools=tuple(_monitored(pool, before, wanted) for pool in now.pools or ()),
    )
    return let_in_by_groups(tree) if now.settings.get("vip_sg_ids") else tree


def _replaces(new: Listener, old: Listener) -> bool:
    return new.name == old.name or diff.endpoint(new) == diff.endpoint(old)


def successors(old: Listener, wanted: Balancer) -> list[Listener]:
    """Return what is to be made in the place of a listener."""
    return [each for each in wanted.listeners or () if each.id is None and _replaces(each, old)]


def _owed(old: Listener, made: Sequence[Listener], wanted: Balancer) -> bool:
    """Return whether something was to replace a listener and is not there with all its policies."""
    return any(not any(_is_whole(each, new) for each in made) for new in successors(old, wanted))


def _is_whole(listener: Listener, wanted: Listener) -> bool:
    """Return whether a listener is as wanted; others may have added policies to it."""
    if (listener.name, diff.endpoint(listener)) != (wanted.name, diff.endpoint(wanted)):
        return False
    there = [_shape(each) for each in listener.policies or ()]
    return all(_shape(each) in there for each in wanted.policies or ())


def _shape(policy: Policy) -> tuple[object, ...]:
    return policy.name, len(policy.rules), policy.settings.get("admin_state_up")


def _to_pools(listener: Listener, pools: Collection[str]) -> Listener:
    """Return a listener without what leads to pools that somebody has deleted meanwhile."""
    policies = (each for each in listener.policies or () if not each.redirect_pool or each.redirect_pool in pools)
    default = listener.default_pool if listener.default_pool in pools else ""
    return replace(listener, default_pool=default, policies=tuple(policies))


def _monitored(pool: Pool, before: Balancer, wanted: Balancer) -> Pool:
    """Return a pool with the monitor that it had, if it has none and was not to lose it."""
    had = next((each.monitor for each in before.pools or () if each.id == pool.id), None)
    gets = next((each.monitor for each in wanted.pools or () if each.id == pool.id), None)
    return pool if pool.monitor or not had or not gets else replace(pool, monitor=Monitor(settings=had.settings))
