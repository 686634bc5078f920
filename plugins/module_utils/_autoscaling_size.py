# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setting the size of an autoscaling group by hand.

A policy of Heat would do nothing while the group cools down from an earlier change, and nobody would be told (seen). So
each zone's own stack is updated with its size, all zones at once. The tag that says so is there before and goes
afterwards, when the update of the whole stack makes the size free again.

A size by hand leaves no cooldown. So an alarm may change a zone again as soon as its own update has ended, while
others still start their replicas: the sizes of all zones need never be right at the same moment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api, _heat_resources, _heat_tree
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_failure import failure
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_finish import (
    RefuseAbandoned,
    finish_update,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_marks import wait_anew
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_meanwhile import release
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_quiet import latest
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import sizes_of, zones_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import KIND, PINNED_TAG
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import shares
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import SIZED
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_actions import SetSize
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def set_size(context: Context, action: SetSize) -> None:
    """Give each zone its share of a size. Its steps follow on each other, so they are waited for in any case.

    :raises CloudError: when Heat could not do it, with the reasons of the deepest resources
    """
    context = replace(context, wait=True)
    heat = context.conn.orchestration
    stack = latest(context, action.stack)
    wait_anew(context, _heat_resources.every(heat, stack))
    tags = [tag for tag in stack.tags if tag != PINNED_TAG]
    _heat_api.patch(heat, stack, action.parameters, [PINNED_TAG, *tags])
    finish_update(context, stack)
    zones = zones_of(_tree(context, stack))
    for (_number, zone), share in zip(sorted(zones.items()), shares(action.size, len(zones)), strict=True):
        _heat_api.patch(heat, zone, {SIZED: share})
    _sized(context, stack, {zone.id for zone in zones.values()}, action.size)
    release(context, stack, {}, PINNED_TAG)


def _tree(context: Context, stack: Stack) -> Tree:
    found = _heat_tree.tree(context.conn, stack.name)
    if found is None:
        said = "the stack is gone"
        raise CloudError("set the size of", KIND, stack.name, resource_id=stack.id, answer=said)
    return found


def _sized(context: Context, stack: Stack, zones: Collection[str], size: int) -> None:
    said = ""
    waiting = set(zones)
    refuse_abandoned = RefuseAbandoned(context, "set the size of", stack)

    def look() -> bool | None:
        nonlocal said
        found = _tree(context, stack)
        said = f"there are {sum(sizes_of(found))} of {size} replicas"
        own = [zone for zone in zones_of(found).values() if zone.id in zones]
        waiting.difference_update(zone.id for zone in own if not zone.busy)
        if not waiting and any(zone.failed for zone in own):
            raise failure(context, "set the size of", stack)
        if waiting:
            refuse_abandoned(found)
        return None if waiting else True

    wait_until(
        look,
        context.deadline,
        attempted="be resized",
        kind=KIND,
        name=stack.name,
        resource_id=stack.id,
        progress=lambda: said,
    )
