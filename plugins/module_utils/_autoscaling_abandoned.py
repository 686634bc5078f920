# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in progress in a group for ever, because the engine of Heat that was at it has died.

An engine hands on what comes next by messages, which are lost with it. One that starts looks only for stacks of Heat's
older kind that are in progress (C(reset_stack_status) in C(heat/engine/service.py)). Every engine takes a new update,
though, and with it what a dead one had locked (C(_stale_resource_needs_retry) in C(heat/engine/check_resource.py)).

Users do not see Heat's engines. But an engine at work leaves events, and where it only waits, something else is at
work: Nova, the load balancer, or a replica that starts or drains.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _heat_api,
    _heat_events,
    _heat_resources,
    _heat_tree,
)
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    HANDLE,
    MEMBER_TYPE,
    READY,
    SERVER_TYPE,
    member_place,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import zones_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP, GROUP_TYPE
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import all_servers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

SILENCE = 300
"""Seconds without an event after which it is asked for what Heat waits."""
LONGEST = 3600
"""Seconds without an event after which neither Nova nor Octavia counts as at work any more.

Heat also gives a change up after this time by default (C(stack_action_timeout)).
"""
SKEW = 300
"""Seconds that clocks may differ, and that Heat may need to give up."""
LOOKED_EVERY = 60
"""Seconds between looks at one group, while it is waited for."""
BETWEEN_LOOKS = 15
"""Seconds between the two looks that make sure of it."""
TIMES = {"OS::Heat::WaitCondition": "timeout", "OS::Heat::Delay": "min_wait"}
"""By the type of a resource that only waits, the property that says for how many seconds at most."""


class Lookout:
    """Says when it is time to look, so that waiting costs few calls.

    :param first: seconds until the first look
    """

    def __init__(self, context: Context, first: float = 0) -> None:
        self._context = context
        self._next = context.deadline.fresh(first)

    def turn(self) -> bool:
        """Return whether it is time; if so, the wait for the next time begins."""
        if not self._next.expired():
            return False
        self._next = self._context.deadline.fresh(LOOKED_EVERY)
        return True


def without_abandoned(context: Context, found: Tree) -> Tree:
    """Return the same with those stacks as failed that are in progress and that nobody works on.

    No call, unless something is in progress for long.
    """
    busy = [stack for stack in found.stacks if stack.busy]
    if abandoned(context, found):
        return _failed(found, busy)
    late = _overdue(context, found)
    if found.root in late:
        return _failed(found, busy)
    # What is nested in one that is in progress is at work for it, as long as that may take.
    return found if found.root.busy else _failed(found, late)


def abandoned(context: Context, found: Tree) -> bool:
    """Return whether something is in progress in a group, and nobody works on any of it.

    It must seem so twice. One look takes several calls, and what Heat waits for may end between them, before Heat has
    noticed; and the events of a stack that was removed are gone until Heat removes the next one.
    """
    if not _seems_abandoned(context, found):
        return False
    context.deadline.fresh(BETWEEN_LOOKS).sleep(BETWEEN_LOOKS)
    again = _heat_tree.tree(context.conn, found.root.name)
    return again is not None and _seems_abandoned(context, again)


def _seems_abandoned(context: Context, found: Tree) -> bool:
    now = datetime.now(UTC)
    if not found.busy or min(seconds_since(stack.updated_at or "", now) for stack in found.stacks) < SILENCE:
        return False
    silence = _heat_events.silence(context.conn.orchestration, found.root)
    if silence < SILENCE:
        return False
    busy = [one for one in _resources(context, found) if one.busy]
    return not (
        _nova_at_work(context, busy, silence)
        or _octavia_at_work(context, busy, silence)
        or _between_batches(context, found, busy, silence)
        or any(_in_its_time(context, one, silence) for one in busy)
    )


def _overdue(context: Context, found: Tree) -> list[Stack]:
    """Return the stacks that have been in progress for longer than Heat allows, whatever happens in the others.

    One call when there may be some: what is nested has the time that the uppermost stack has.
    """
    now = datetime.now(UTC)
    ages = {stack: seconds_since(stack.updated_at or "", now) - SKEW for stack in found.stacks if stack.busy}
    if all(age <= LONGEST for age in ages.values()):
        return []
    limit = max(LONGEST, _heat_api.time_limit(context.conn.orchestration, found.root))
    return [stack for stack, age in ages.items() if age > limit]


def _failed(found: Tree, lost: Collection[Stack]) -> Tree:
    new = found.root.status == "CREATE_IN_PROGRESS"

    def judged(stack: Stack) -> Stack:
        if stack not in lost:
            return stack
        action = stack.status.removesuffix("_IN_PROGRESS")
        # Heat counts a replica that is being made, and not one that could not be made: for a smaller number it would
        # remove others, which serve.
        return replace(stack, status=f"{'UPDATE' if action == 'CREATE' and not new else action}_FAILED")

    levels = tuple(tuple(judged(stack) for stack in level) for level in found.levels)
    return Tree(root=judged(found.root), levels=levels)


def _resources(context: Context, found: Tree) -> list[Resource]:
    """Return all resources. Heat does not list a replica that is being removed, when another one has its name."""
    heat = context.conn.orchestration
    listed = _heat_resources.every(heat, found.root)
    known = {one.stack for one in listed}
    hidden = [stack for stack in found.nested if stack.busy and stack.path not in known]
    return [*listed, *(one for stack in hidden for one in _heat_resources.every(heat, stack))]


def _nova_at_work(context: Context, busy: Iterable[Resource], silence: float) -> bool:
    servers = {one.physical_id for one in busy if one.type == SERVER_TYPE and one.physical_id}
    if not servers or silence > LONGEST:
        return False
    return any(not one.settled or one.task_state for one in all_servers(context) if one.id in servers)


def _octavia_at_work(context: Context, busy: Iterable[Resource], silence: float) -> bool:
    """Return whether Heat waits until a load balancer takes changes, or until the place of a member is free."""
    members = [one for one in busy if one.type == MEMBER_TYPE]
    if not members or silence > LONGEST:
        return False
    if not all(one.physical_id for one in members):
        return True  # Octavia refuses it. In a move, it does so until somebody has removed the copy in its place.
    api = octavia.Api(context.conn.load_balancer)
    pools = [api.show(octavia.POOL, pool) or {} for pool in sorted({member_place(one.name)[0] for one in members})]
    balancers = {one["id"] for pool in pools for one in pool.get("loadbalancers") or ()}
    shown = [api.show(octavia.BALANCER, balancer) for balancer in sorted(balancers)]
    return any(one is not None and one["provisioning_status"] != "ACTIVE" for one in shown)


def _between_batches(context: Context, found: Tree, busy: Iterable[Resource], silence: float) -> bool:
    """Return whether a group may pause. Its events still tell the pause that it had before."""
    if not any(one.type == GROUP_TYPE for one in busy):
        return False
    templates = [_heat_api.template(context.conn.orchestration, zone) for zone in zones_of(found).values()]
    rolling = [zone["resources"].get(GROUP, {}).get("properties", {}).get("rolling_updates") for zone in templates]
    return silence < SILENCE + max((float((one or {}).get("pause_time") or 0) for one in rolling), default=0)


def _in_its_time(context: Context, one: Resource, silence: float) -> bool:
    """Return whether a replica may still start or drain: Heat waits for a given time at most."""
    if one.type not in TIMES:
        return False
    heat = context.conn.orchestration
    if silence > SILENCE + float(_heat_events.properties(heat, one).get(TIMES[one.type]) or 0):
        return False
    handle = HANDLE + one.name.removeprefix(READY)
    return not (one.name.startswith(READY) and _heat_resources.metadata(heat, one.stack, handle))
