# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happened to Heat's stacks and their resources, in the words of its API."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, checked
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import DEPTH, KIND, NOT_FOUND
from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since

if TYPE_CHECKING:
    from openstack.orchestration.v1._proxy import Proxy

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource

CHANGES = ("CREATE", "UPDATE", "DELETE", "ROLLBACK", "SUSPEND", "RESUME")
"""Actions whose events say that an engine is at work.

Signals do not: alarms repeat them, and Heat may ignore them. Nor do checks, which also stand for marks.
"""


def events(heat: Proxy, stack: Stack) -> list[dict[str, str]]:
    """Return what happened to a stack and to all that are nested in it, the oldest first. One call."""
    with attempt("read the events of", KIND, stack.name, stack.id):
        params = {"nested_depth": str(DEPTH), "sort_dir": "asc"}
        found: list[dict[str, str]] = checked(heat.get(f"{stack.path}/events", params=params)).json()["events"]
    return found


def silence(heat: Proxy, stack: Stack) -> float:
    """Return the seconds since anything was changed in a stack or in one that is nested in it. One call.

    By the clock of Heat's API, if that tells the time.
    """
    params = {"nested_depth": str(DEPTH), "sort_dir": "desc", "limit": "1", "resource_action": CHANGES}
    with attempt("read the events of", KIND, stack.name, stack.id):
        response = checked(heat.get(f"{stack.path}/events", params=params))
    told = response.headers.get("Date")
    now = parsedate_to_datetime(told) if told else datetime.now(UTC)
    # There is none of a stack whose engine died before it came to the first resource.
    moments = [event["event_time"] for event in response.json()["events"]] or [stack.updated_at or ""]
    return min(seconds_since(moment, now) for moment in moments)


def properties(heat: Proxy, resource: Resource) -> dict[str, Any]:
    """Return the properties of a resource as they were when its last change began; none if unknown. Two calls.

    The template does not tell them when the resource is being removed.
    """
    path = f"{resource.stack}/resources/{resource.name}/events"
    with attempt("read the events of", "resource", resource.name):
        params = {"sort_dir": "desc", "limit": "1", "resource_action": CHANGES}
        response = heat.get(path, params=params)
        if response.status_code == NOT_FOUND:
            return {}
        last = checked(response).json()["events"][0]["id"]
        found: dict[str, Any] = checked(heat.get(f"{path}/{last}")).json()["event"].get("resource_properties") or {}
    return found
