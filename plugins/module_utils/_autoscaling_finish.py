# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for what Heat was asked to do with an autoscaling group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api, _heat_tree
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_abandoned import (
    LOOKED_EVERY,
    SILENCE,
    Lookout,
    abandoned,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_failure import failure
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import KIND
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


class RefuseAbandoned:
    """Raises a CloudError when nobody works on a stack any more that is in progress; looks now and then only."""

    def __init__(self, context: Context, attempted: str, stack: Stack) -> None:
        self._context, self._attempted, self._stack = context, attempted, stack
        self._lookout = Lookout(context, first=LOOKED_EVERY)

    def __call__(self, found: Tree | None = None) -> None:
        """Look, at the stacks that were found if they are given."""
        if not self._lookout.turn():
            return
        found = found or _heat_tree.tree(self._context.conn, self._stack.name)
        if found is not None and abandoned(self._context, found):
            raise CloudError(
                self._attempted,
                KIND,
                self._stack.name,
                resource_id=self._stack.id,
                answer=f"nothing has happened in it for {SILENCE // 60} minutes, and it waits for nothing",
                hint="An engine of Heat has probably died. Run again: the next run takes over what it was at.",
            )


def finish_update(context: Context, stack: Stack) -> None:
    """Wait for an update that was begun.

    :raises CloudError: when it failed
    """
    finish(context, "update", stack)


def finish(context: Context, attempted: str, stack: Stack) -> None:
    """Wait for what was begun.

    :raises CloudError: when it failed, when nobody works on it any more, or when the stack is gone: there is nothing to
        go back to then
    """

    def is_settled(found: Stack | None) -> bool:
        if found is None:
            raise CloudError(
                attempted,
                KIND,
                stack.name,
                resource_id=stack.id,
                answer="somebody has deleted the stack meanwhile",
                hint="Run again to make it anew.",
            )
        if not found.busy and (found.failed or found.status.startswith("ROLLBACK")):
            raise failure(context, attempted, found)
        return not found.busy

    _watch(context, attempted, "settle", stack, is_settled)


def gone(context: Context, stack: Stack) -> None:
    """Wait until a stack is gone.

    :raises CloudError: when it cannot be deleted, or when nobody works on it any more
    """

    def is_gone(found: Stack | None) -> bool:
        if found is not None and found.status == "DELETE_FAILED":
            raise failure(context, "delete", found)
        return found is None

    _watch(context, "delete", "be deleted", stack, is_gone)


def _watch(context: Context, attempted: str, goal: str, stack: Stack, judge: Callable[[Stack | None], bool]) -> None:
    """Wait for a stack, if that is asked for.

    :param attempted: what was begun
    :param goal: what is waited for, as it follows "Timed out waiting for it to"
    :param judge: says whether that is so; it raises when it cannot be any more
    """
    if not context.wait:
        return
    latest = stack
    refuse_abandoned = RefuseAbandoned(context, attempted, stack)

    def look() -> bool | None:
        nonlocal latest
        found = _heat_api.again(context.conn.orchestration, stack)
        if judge(found):
            return True
        latest = found or latest
        refuse_abandoned()
        return None

    wait_until(
        look,
        context.deadline,
        attempted=goal,
        kind=KIND,
        name=stack.name,
        resource_id=stack.id,
        progress=lambda: f"the stack is {latest.status}",
    )
