# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suspending and resuming what the cloud does by itself for an autoscaling group.

A process is suspended by a parameter of the stack that disables its alarms, and a tag that says so. Later updates carry
both along. Aodh is told before Heat, because an update of the stack is the moment in which replicas that healing has
marked are replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _aodh_api, _heat_api, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_finish import finish_update
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_marks import clear, wait_anew
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_missing import remake
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import ALARMS
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_parameters import process_parameters
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_quiet import latest
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    SUSPENDED_TAG,
    suspension_tags,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import HEALING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_actions import SetProcesses
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

SCALING = "scaling"


def set_processes(context: Context, action: SetProcesses) -> None:
    """Suspend and resume processes.

    :raises CloudError: when Aodh or Heat could not do it
    """
    heat = context.conn.orchestration
    for resource in _heat_resources.every(heat, action.stack):
        process = process_of(resource)
        if process in action.suspended and process not in action.before and resource.physical_id:
            _aodh_api.switch(context.conn, resource.physical_id, enabled=False)
    stack = latest(context, action.stack)
    found = _heat_resources.every(heat, stack)
    clear(context, found, everything=HEALING in action.suspended)
    wait_anew(context, found)
    switched = set(action.before) ^ set(action.suspended)
    remake(context, found, lambda alarm: process_of(alarm) in switched)
    others = [tag for tag in stack.tags if not tag.startswith(SUSPENDED_TAG)]
    tags = [*suspension_tags(action.suspended), *others]
    _heat_api.patch(heat, stack, process_parameters(action.suspended), tags)
    finish_update(context, stack)
    switch_alarms(context, _heat_resources.every(heat, stack), action.suspended)


def switch_alarms(
    context: Context, found: Iterable[Resource], suspended: Collection[str], *, resumed: bool = False
) -> None:
    """Disable the alarms of processes that are suspended, and enable the others that went to sleep with their stack.

    Aodh writes the whole of an alarm when its state changes, as it has read it before it evaluated all alarms
    (C(_refresh) in C(aodh/evaluator/__init__.py)). One that was disabled in between is enabled again then. Heat enables
    all alarms of a stack that is resumed. Other alarms that are disabled, somebody has disabled by hand.

    :param found: the resources of the group's stack
    :param suspended: processes that do not run
    :param resumed: whether the stack was resumed, and not updated since: from then on they are suspended by hand
    """
    wanted = {
        one.physical_id: process not in suspended
        for one in found
        if (process := process_of(one)) and (process in suspended or (resumed and one.status.startswith("SUSPEND_")))
    }
    for alarm in _aodh_api.every(context.conn) if wanted else ():
        enabled = wanted.get(alarm["alarm_id"], alarm["enabled"])
        if alarm["enabled"] != enabled:
            _aodh_api.switch(context.conn, alarm["alarm_id"], enabled=enabled)


def process_of(resource: Resource) -> str | None:
    """Return the process that an alarm belongs to; C(None) for what is no alarm."""
    if not resource.type.startswith(ALARMS):
        return None
    return HEALING if resource.name == HEALING else SCALING
