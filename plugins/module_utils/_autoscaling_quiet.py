# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until nothing is in progress in an autoscaling group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_tree
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_abandoned import (
    Lookout,
    without_abandoned,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_held_up import (
    AT_WORK,
    BETWEEN_LOOKS,
    noted,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import KIND, MOVING_TAG
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def quiet(context: Context, name: str, *, every_level: bool, moving: bool = False) -> Tree | None:
    """Return a group's stacks once nothing is in progress: a run that was killed, or an alarm, may have left it so.

    Check mode and C(wait=false) take them as they are.

    :param every_level: wait also for what alarms have begun
    :param moving: do not wait for a move, for who goes on with it: Heat alone does not end it
    """
    busy: list[Stack] = []
    lookout = Lookout(context)

    def look() -> list[Tree | None] | None:
        found = _heat_tree.tree(context.conn, name)
        found = without_abandoned(context, found) if found and lookout.turn() else found
        stacks = [] if found is None else found.stacks if every_level else [found.root]
        busy[:] = [stack for stack in stacks if stack.busy]
        left = moving and found is not None and found.root.busy and MOVING_TAG in found.root.tags
        return [found] if not busy or left or context.check_mode or not context.wait else None

    (found,) = wait_until(
        look,
        context.deadline,
        attempted="settle",
        kind=KIND,
        name=name,
        progress=lambda: "; ".join(f"the stack {stack.name!r} is {stack.status}" for stack in busy),
    )
    return found


def latest(context: Context, stack: Stack) -> Stack:
    """Return a stack as it is once nothing is in progress on any level; an earlier action may have changed its tags."""
    found = settled(context, stack.name)
    return stack if found is None else found.root


def settled(context: Context, name: str, *, held_up: bool = False) -> Tree | None:
    """Return a group's stacks once nothing is in progress on any level.

    Nor does a scaling begin: until that has got its first new server, an update would count too few replicas, and Heat
    would remove the oldest. Unless the group is known to be held up by one that nobody is at any more.
    """
    found = quiet(context, name, every_level=True)
    for _look in range(0 if held_up else AT_WORK // BETWEEN_LOOKS):
        if found is None or not context.wait or not noted(context, found):
            break
        context.deadline.sleep(BETWEEN_LOOKS)
        found = quiet(context, name, every_level=True)
    return found
