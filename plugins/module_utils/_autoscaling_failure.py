# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an autoscaling group did not become what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    READY,
    SERVER,
    SERVER_TYPE,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import KIND
from ansible_collections.model_serving.openstack.plugins.module_utils._console import logs_of_servers
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_failures import failures

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

_AGAIN = "Remove the cause and run again to go on from here."
_TAKEN = "A replica that was late and has reported by then is taken as it is, another one is replaced."
_LATE = (
    "When all new replicas are late, give them a longer readiness timeout. When the model server says that it serves"
    " and Heat was not told, the replica does not reach Heat: see 'endpoint' of the readiness (site_heat_endpoint), and"
    " whether the image trusts Heat's certificate."
)
_EXPIRED = (
    "Heat changes a group with the token of whoever asked for it, so what takes longer than tokens last fails like"
    " this: docs/cloud.md names the settings of Keystone and Heat for it."
)
_UNAUTHORIZED = ("HTTP 401", "Unauthorized")


class FailedStackError(CloudError):
    """Heat says itself that a stack did not become what was asked for.

    :ivar remedies: what helps against the cause, also when nothing of the change is left to go on from
    """

    remedies: tuple[str, ...] = ()


def failure(context: Context, attempted: str, stack: Stack) -> FailedStackError:
    """Return the error for a stack that did not become what was asked for, with the deepest reasons.

    It quotes the consoles of replicas that did not report in time, which are there until something else is done.
    """
    silent = _silent(context, stack)
    reasons = failures(context.conn.orchestration, stack, stack.updated_at) or [stack.reason]
    expired = any(word in reason for word in _UNAUTHORIZED for reason in reasons)
    remedies = (*((_LATE,) if silent else ()), *((_EXPIRED,) if expired else ()))
    error = FailedStackError(
        attempted,
        KIND,
        stack.name,
        resource_id=stack.id,
        answer=f"Heat says {stack.status}: " + "; ".join(reasons),
        hint=" ".join((_AGAIN, *((_TAKEN,) if silent else ()), *remedies)),
    ).quoting(logs_of_servers(context, silent) if silent else {})
    error.remedies = remedies
    return error


def _silent(context: Context, stack: Stack) -> set[str]:
    """Return the ids of the servers that did not report."""
    try:
        found = _heat_resources.every(context.conn.orchestration, stack)
    except CloudError:
        return set()
    # Beside the new server stands the one that it shall replace, which is well. Their versions tell them apart.
    silent = {
        (one.parent, one.name.removeprefix(READY))
        for one in found
        if one.name.startswith(READY) and one.status.endswith("_FAILED")
    }
    return {
        one.physical_id
        for one in found
        if one.type == SERVER_TYPE and one.physical_id and (one.parent, one.name.removeprefix(SERVER)) in silent
    }
