# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for what Heat was asked to do with an autoscaling group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_failure import failure
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import KIND
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def finish_update(context: Context, stack: Stack) -> None:
    """Wait for an update that was begun.

    :raises CloudError: when it failed
    """
    finish(context, "update", stack)


def finish(context: Context, attempted: str, stack: Stack) -> None:
    """Wait for what was begun.

    :raises CloudError: when it failed, or when the stack is gone: there is nothing to go back to then
    """
    if not context.wait:
        return
    latest = stack

    def look() -> bool | None:
        nonlocal latest
        found = _heat_api.again(context.conn.orchestration, stack)
        if found is None:
            raise CloudError(
                attempted,
                KIND,
                stack.name,
                resource_id=stack.id,
                answer="somebody has deleted the stack meanwhile",
                hint="Run again to make it anew.",
            )
        latest = found
        if found.busy:
            return None
        if found.failed or found.status.startswith("ROLLBACK"):
            raise failure(context, attempted, found)
        return True

    wait_until(
        look,
        context.deadline,
        attempted="settle",
        kind=KIND,
        name=stack.name,
        resource_id=stack.id,
        progress=lambda: f"the stack is {latest.status}",
    )


def gone(context: Context, stack: Stack) -> None:
    """Wait until a stack is gone.

    :raises CloudError: when it cannot be deleted
    """
    if not context.wait:
        return
    latest = stack

    def look() -> bool | None:
        nonlocal latest
        found = _heat_api.again(context.conn.orchestration, stack)
        if found is None:
            return True
        latest = found
        if found.status == "DELETE_FAILED":
            raise failure(context, "delete", found)
        return None

    wait_until(
        look,
        context.deadline,
        attempted="be deleted",
        kind=KIND,
        name=stack.name,
        resource_id=stack.id,
        progress=lambda: f"the stack is {latest.status}",
    )
