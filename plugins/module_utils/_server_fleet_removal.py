# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletes the replicas of a plan, and goes on without those that are broken and do not go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import WaitTimeoutError
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_servers import (
    delete,
    wait_until_gone,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import DeleteReplica

PATIENCE = 180
"""Seconds to wait for the deletion of what is broken. Nova calls a host dead after 60 (C(service_down_time)), and then
deletes its servers by itself as soon as it is asked once more."""


def remove(context: Context, actions: Sequence[DeleteReplica], *, wait: bool) -> None:
    """Delete replicas, side by side.

    :param wait: whether they are waited for
    :raises WaitTimeoutError: when one that is needed gone does not go
    """
    delete(context, actions, wait=False)
    needed, broken = ([one for one in actions if one.needed is kind] for kind in (True, False))
    if wait and needed:
        wait_until_gone(context, needed, context.deadline)
    if wait and broken:
        _wait_for_broken(context, broken)


def _wait_for_broken(context: Context, actions: Sequence[DeleteReplica]) -> None:
    try:
        wait_until_gone(context, actions, context.deadline.fresh(min(PATIENCE, context.deadline.timeout)))
    except WaitTimeoutError as error:
        context.warn(
            f"The run goes on although something that is broken does not go: {error.answer}. It gets no requests. If"
            " the next run does not see it gone either, the operator of the cloud has to remove it."
        )
        context.deadline.restart()
