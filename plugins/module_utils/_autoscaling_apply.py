# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing an autoscaling group: Heat is asked, then waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_actions import (
    CreateStack,
    DeleteStack,
    DeleteStray,
    MoveStack,
    ReplaceReplicas,
    SetSize,
    UpdateStack,
    WakeStack,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_asleep import revive, wake
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_copies import leaving, move
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_failure import FailedStackError
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_finish import (
    finish,
    finish_update,
    gone,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_marks import (
    clear,
    give_up,
    wait_anew,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_meanwhile import (
    refuse_outdated,
    release,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_missing import remake
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import delete_alarms
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_processes import switch_alarms
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_quiet import latest
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import delete_server
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_size import set_size
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    BATCHES,
    KIND,
    PINNED,
    PINNED_TAG,
    given_version,
    suspended,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import renewed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack, StackRequest
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

STRANDED = (
    "Nothing was taken back: an earlier change of the group had failed or was broken off, so there is no state to go"
    " back to. The next run repairs the group."
)


def apply(context: Context, actions: Sequence[Action]) -> None:
    """Do the actions in order.

    :raises GroupChangedError: when the group is another one than the actions were decided for
    :raises CloudError: when Heat could not do one, with the reasons of the deepest resources
    """
    heat = context.conn.orchestration
    for action in actions:
        match action:
            case CreateStack():
                finish(context, "create", _heat_api.create(heat, action.name, action.request))
            case WakeStack():
                wake(context, action.stack)
            case MoveStack():
                _move(context, action)
            case UpdateStack():
                found = _resources(context, action.stack, action.alarms)
                clear(context, found, version=given_version(action.request.files))
                give_up(context, found, action.request)
                wait_anew(context, found)
                refuse_outdated(context, action.stack, action.sizes, held_up=action.held_up)
                _update(context, action)
            case SetSize():
                set_size(context, action)
            case DeleteStray():
                delete_server(context, action.id, action.name)
            case DeleteStack():
                if action.untrusted:
                    delete_alarms(context, action.stack)
                _heat_api.delete(heat, action.stack)
                gone(replace(context, wait=context.wait or action.awaited), action.stack)


def _move(context: Context, action: MoveStack) -> None:
    if not action.stack.busy:
        found = _resources(context, action.stack, action.alarms)
        clear(context, found)
        wait_anew(context, found)
        refuse_outdated(context, action.stack, action.sizes)
    move(context, action)


def _resources(context: Context, stack: Stack, changed: Collection[str]) -> Sequence[Resource]:
    """Return the resources of a stack that is to be updated, after what is still suspended in it was seen to.

    :param changed: names of the alarms that are changed
    """
    found = _heat_resources.every(context.conn.orchestration, stack)
    switch_alarms(context, found, suspended(stack), resumed=stack.status.startswith("RESUME_"))
    remake(context, found, lambda alarm: alarm.name in changed)
    return revive(context, stack, found)


def _update(context: Context, action: UpdateStack) -> None:
    try:
        _change(context, action.stack, action.request, action.copied)
    except FailedStackError as error:
        # After any other error Heat may still be at it; what became of it is seen by the next run.
        if action.stranded:
            error.adding(STRANDED)
        if action.way_back is None:
            raise
        hint = " ".join((_back(context, action.stack, action.way_back), *error.remedies))
        raise CloudError(
            "update", KIND, action.stack.name, resource_id=action.stack.id, answer=error.answer, hint=hint
        ).quoting(error.logs) from error


def _back(context: Context, stack: Stack, request: StackRequest) -> str:
    """Undo an update, and return what became of it."""
    try:
        _change(renewed(context), stack, request)
    except CloudError as second:
        return f"Rolling it back failed, too ({second.message}); the next run repairs the group."
    return "The update was rolled back: the group is as it was before."


def _change(context: Context, stack: Stack, request: StackRequest, copied: Collection[str] = ()) -> None:
    """Give Heat a request and wait; afterwards the size is free again, and batches are as usual.

    :param copied: pools in which copies of the members of servers that it replaces may be
    """
    with leaving(context, stack, copied) as patient:
        _heat_api.update(context.conn.orchestration, stack, request)
    finish_update(patient, stack)
    once = [name for name, value in request.parameters.items() if name.startswith((PINNED, BATCHES)) and int(value)]
    if once and patient.wait:
        release(patient, stack, dict.fromkeys(once, 0), PINNED_TAG)


def replace_replicas(context: Context, action: ReplaceReplicas) -> None:
    """Mark replicas as unhealthy and let Heat replace them, each by a new one before it goes."""
    heat = context.conn.orchestration
    stack = latest(context, action.stack)
    wait_anew(context, _heat_resources.every(heat, stack))
    for replica in action.replicas:
        _heat_resources.mark(heat, replica.stack, replica.name, unhealthy=True, reason="to be replaced")
    _heat_api.patch(heat, stack, {})
    finish_update(context, stack)
