# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling groups as modules see them: options in, return values out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.model_serving.openstack.plugins.module_utils import _autoscaling_options, _heat_api
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_apply import apply
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_observe import (
    catalogue,
    observe,
    servers_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_plan import (
    DIGEST_TAG,
    KIND,
    SERVICE_TAG,
    Observed,
    desired_parameters,
    pinned_parameters,
    plan_absent,
    plan_present,
    service_tag,
    still_used,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import shares
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import ATTEMPT
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import StackRequest
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import result_of

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

SECONDS_PER_MINUTE = 60


class AutoscalingGroupNoun(Noun[Desired, Observed]):
    """The autoscaling group of a service."""

    kind: ClassVar[str] = KIND

    def desired(self, params: Params) -> Desired:
        if found := _autoscaling_options.problems(params):
            raise InvalidInputError(found)
        return Desired(
            name=params["name"],
            present=params["state"] == "present",
            params=dict(params),
            timeout=params["timeout"],
        )

    def observe(self, context: Context, desired: Desired) -> Observed:
        return observe(context, desired)

    def plan(self, desired: Desired, observed: Observed) -> Plan:
        if not desired.present:
            return plan_absent(observed)
        size, initial = desired.option("desired_capacity"), desired.option("min_size")
        request = _request(desired, observed, size or initial)
        way_back = _way_back(observed, request) if desired.option("rollback") else None
        return plan_present(observed, request, initial, size, way_back)

    def apply(self, context: Context, plan: Plan) -> None:
        apply(context, plan.actions)

    def result(self, observed: Observed) -> dict[str, Any]:
        return {"group": described(observed.name, observed.stack, observed.replicas)}


def _request(desired: Desired, observed: Observed, initial: int) -> StackRequest:
    wanted = observed.wanted
    if wanted is None:
        raise InvalidInputError(["nothing is wanted of the autoscaling group"])
    return StackRequest(
        template=wanted.template,
        files={**still_used(observed.files, observed.types), **wanted.files},
        parameters={
            **desired_parameters(observed.size or initial, observed.zones),
            **_attempt(observed, anew=observed.broken),
            **(pinned_parameters(_sizes(observed, initial)) if observed.broken else {}),
        },
        tags=(service_tag(desired.name), f"{DIGEST_TAG}{wanted.digest()}"),
        # Heat gives up when the run does; what it began meanwhile would go on alone.
        timeout_mins=max(1, math.ceil(desired.timeout / SECONDS_PER_MINUTE)),
    )


def _sizes(observed: Observed, initial: int) -> list[int]:
    least = shares(initial, observed.zones)
    known = (*observed.sizes, *([0] * observed.zones))
    return [size or low for size, low in zip(known, least, strict=False)]


def _attempt(observed: Observed, *, anew: bool) -> dict[str, str]:
    before = str(observed.parameters.get(ATTEMPT, ""))
    now = observed.stack.updated_at if observed.stack and anew else None
    return {ATTEMPT: now or before}


def _way_back(observed: Observed, request: StackRequest) -> StackRequest | None:
    """Return what undoes an update.

    Heat's own rollback would leave replicas of batches that were done in the new version, see C(ATTEMPT).
    """
    stack = observed.stack
    if stack is None or observed.template is None or observed.broken:
        return None
    return replace(
        request,
        template=observed.template,
        files={**request.files, **observed.files},
        parameters={
            **observed.parameters,
            **pinned_parameters(_sizes(observed, observed.size)),
            ATTEMPT: f"back from {request.tags[-1].removeprefix(DIGEST_TAG)} at {stack.updated_at}",
        },
        tags=stack.tags,
    )


def described(name: str, stack: Stack | None, replicas: tuple[Replica, ...]) -> dict[str, Any]:
    """Return a group as the modules return it."""
    return {
        "name": name,
        "id": stack.id if stack else None,
        "status": stack.status if stack else None,
        "status_reason": stack.reason if stack else None,
        "size": len(replicas),
        "replicas": [result_of(replica) for replica in replicas],
    }


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return the autoscaling groups of the project, or the one of a service; none where there is no Heat."""
    if "orchestration" not in catalogue(context):
        return {"groups": []}
    found = [
        (tag.removeprefix(SERVICE_TAG), stack)
        for stack in _heat_api.every(context.conn.orchestration)
        for tag in stack.tags
        if tag.startswith(SERVICE_TAG) and params["name"] in (None, tag.removeprefix(SERVICE_TAG))
    ]
    servers = servers_of(context) if found else ()
    return {
        "groups": [
            described(name, stack, tuple(server for server in servers if server.metadata[SERVICE_KEY] == name))
            for name, stack in found
        ]
    }
