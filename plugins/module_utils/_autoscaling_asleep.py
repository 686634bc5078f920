# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Heat leaves suspended of a group whose stack was resumed (C(openstack stack resume)).

Heat gives up at the first part that it cannot resume, and one is in every replica that is drained. What comes after
that part stays suspended: policies that take no signal, alarms that Aodh does not look at, whole zones. An update does
not mend that, because nothing that is in a template has changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_quiet import quiet
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import SERVER_TYPE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import servers_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import POLICY_TYPE
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import RESUME_FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def wake(context: Context, stack: Stack) -> None:
    """Resume the stacks below a resumed one that Heat has left suspended, level by level.

    That one of them fails is no reason to stop: what counts is that Heat takes updates of it then.

    :raises CloudError: when Heat does not even begin
    """
    context = replace(context, wait=True)  # An update that came before the end would fail.
    begun: set[str] = set()
    while (found := quiet(context, stack.name, every_level=True)) is not None:
        left = [one for one in found.left_suspended if one.id not in begun]
        # What is nested in one of them is resumed with it, as far as Heat comes.
        upper = [one for one in left if one.parent not in {other.id for other in left}]
        if not upper:
            return
        for one in upper:
            _heat_api.resume(context.conn.orchestration, one)
            begun.add(one.id)


def revive(context: Context, stack: Stack, found: Sequence[Resource]) -> Sequence[Resource]:
    """Mark policies and servers that are still suspended, so that the next update makes them anew.

    Heat takes no signal for such a policy, and an update leaves such a server as it is. One that runs was resumed past
    Heat, or Nova has never suspended it.

    :param found: the resources of the group's stack
    :return: the same as they are then
    """
    heat = context.conn.orchestration
    asleep = [one for one in found if one.status.startswith("SUSPEND_")]
    lost = [one for one in asleep if one.type == POLICY_TYPE]
    servers = [one for one in found if one.type == SERVER_TYPE and (one in asleep or one.status == RESUME_FAILED)]
    if servers:
        running = {server.id for server in servers_of(context, stack.name) if server.running}
        lost += [one for one in servers if one.physical_id not in running]
    for one in lost:
        _heat_resources.mark(heat, one.stack, one.name, unhealthy=True, reason="was not resumed")
    return _heat_resources.every(heat, stack) if lost else found
