# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletes the replicas of a plan, and goes on without those that are broken and do not go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, WaitTimeoutError
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
    :raises CloudError: when one that has to be gone does not go
    """
    needed, broken = ([one for one in actions if one.needed is kind] for kind in (True, False))
    if broken:
        _remove_broken(context, broken, wait=wait)
    if needed:
        delete(context, needed, wait=wait)


def _remove_broken(context: Context, actions: Sequence[DeleteReplica], *, wait: bool) -> None:
    names = ", ".join(repr(one.name) for one in actions)
    patience = context.deadline.fresh(min(PATIENCE, context.deadline.timeout))
    try:
        delete(context, actions, wait=False)
        if wait:
            wait_until_gone(context, actions, patience)
    except WaitTimeoutError:
        _go_on(context, f"Nova has not deleted all of {names} after {patience.timeout:g} s")
    except CloudError as error:
        _go_on(context, f"not all of {names} can be deleted: {error.statement}")


def _go_on(context: Context, reason: str) -> None:
    context.warn(
        f"The run goes on without what is broken: {reason.rstrip('.')}. If the next run does not see it gone either,"
        " the operator of the cloud has to remove it."
    )
    context.deadline.restart()
