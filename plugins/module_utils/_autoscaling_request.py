# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Heat is given for an autoscaling group that is as observed. Pure."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_batch import least_batch
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_parameters import (
    batch_parameters,
    carried,
    desired_parameters,
    pinned_parameters,
    process_parameters,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    DIGEST_TAG,
    PINNED_TAG,
    Observed,
    given_version,
    regrouped,
    still_used,
    suspension_tags,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    ZONE_FILE,
    Rolling,
    shares,
    zone_resource,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import ATTEMPT
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import SECONDS_PER_MINUTE, StackRequest
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Templates


def request(desired: Desired, observed: Observed) -> StackRequest:
    """Return what the group is to be made from: as wanted, of the size that it has."""
    wanted = observed.wanted
    if wanted is None:
        raise InvalidInputError(["nothing is wanted of the autoscaling group"])
    asked_before = observed.size_asked if observed.stillborn else 0
    initial = desired.option("desired_capacity") or asked_before or desired.option("min_size")
    if observed.leftover:
        observed = Observed(name=observed.name, wanted=wanted, zones=observed.zones)
    details = observed.details
    # What a zone that goes has had, the others get only when they are told. One batch ends with a size that is fixed.
    pinned = observed.broken or bool(details.gone) or len(observed.sizes) > observed.zones or regrouped(observed)
    sizes = _fixed(desired, observed, initial) if pinned else []
    return StackRequest(
        template=wanted.template,
        files={**still_used(details.files, details.types), **wanted.files},
        parameters={
            **desired_parameters(within(desired, observed.size or initial), observed.zones),
            **process_parameters(observed.suspended),
            **_attempt(observed),
            **pinned_parameters(sizes),
            **batch_parameters(_batches(desired, observed, wanted, sizes)),
        },
        tags=(
            service_mark(desired.name),
            *suspension_tags(observed.suspended),
            *((PINNED_TAG,) if pinned else ()),
            f"{DIGEST_TAG}{wanted.digest()}",
        ),
        # Heat gives up when the run does; what it began meanwhile would go on alone.
        timeout_mins=max(1, math.ceil(desired.timeout / SECONDS_PER_MINUTE)),
    )


def way_back(observed: Observed, forth: StackRequest) -> StackRequest | None:
    """Return what undoes an update.

    Heat's own rollback would leave replicas of batches that were done in the new version, see C(ATTEMPT).
    """
    stack, details = observed.stack, observed.details
    if stack is None or details.template is None or observed.broken or details.gone:
        return None
    parameters = {
        **details.parameters,
        **pinned_parameters(observed.sizes),
        ATTEMPT: f"back from {forth.tags[-1].removeprefix(DIGEST_TAG)} at {stack.updated_at}",
    }
    return replace(
        forth,
        template=details.template,
        files={**forth.files, **details.files},
        parameters=carried(parameters, details.template),
        tags=(PINNED_TAG, *stack.tags),
    )


def zone_request(whole: StackRequest, number: int, stack_id: str) -> StackRequest:
    """Return what Heat makes of a request for one of its zones, counted from 1.

    :param stack_id: of the group's stack
    """
    properties: Mapping[str, Any] = whole.template["resources"][zone_resource(number)]["properties"]
    declared = {**whole.template["parameters"], "OS::stack_id": {"default": stack_id}}
    return replace(
        whole,
        template=json.loads(whole.files[ZONE_FILE]),
        parameters={name: _value(value, whole.parameters, declared) for name, value in properties.items()},
        tags=(),
    )


def _value(value: Any, parameters: Mapping[str, Any], declared: Mapping[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    name = value["get_param"]
    return parameters.get(name, declared[name]["default"])


def size_after(observed: Observed, whole: StackRequest) -> int:
    """Return the size that a request leaves a group with: what the expression in the template of a zone comes to."""
    known = (*observed.sizes, *([0] * observed.zones))
    size = 0
    for there, number in zip(known, range(1, observed.zones + 1), strict=False):
        given = zone_request(whole, number, "").parameters
        # What goes on from another update has the parameters as Heat tells them, which is as texts.
        pinned, low, high, first = (int(given[name]) for name in ("pinned", "min_size", "max_size", "desired"))
        size += pinned or (max(low, min(high, there)) if there else first)
    return size


def within(desired: Desired, size: int) -> int:
    """Return a size within the limits: Heat refuses another one, also of a group that it would bring within them."""
    low, high = int(desired.option("min_size")), int(desired.option("max_size"))
    return max(low, min(high, size))


def _fixed(desired: Desired, observed: Observed, initial: int) -> list[int]:
    """Return the size of each zone for an update. A healing that failed may have left one more than there may be."""
    low, high = (shares(desired.option(limit), observed.zones) for limit in ("min_size", "max_size"))
    sizes = _sizes(observed, initial)
    return [max(least, min(most, size)) for least, most, size in zip(low, high, sizes, strict=True)]


def _batches(desired: Desired, observed: Observed, wanted: Templates, sizes: Sequence[int]) -> list[int]:
    """Return how many replicas each zone's batch must have, 0 where as many as usual will do.

    All of the zone where Heat would refuse the template of those whose turn has not come.

    :param sizes: of the zones after the update; without it nothing has failed
    """
    version = given_version(wanted.files)
    # A zone more has no replicas yet, and one that goes has no batch.
    stuck = (least_batch(there, size, version) for there, size in zip(observed.details.places, sizes, strict=False))
    least: Iterable[int] = sizes if observed.details.gone else stuck
    usual = Rolling.of(desired.option("rolling_update")).max_batch_size
    return [size if size > usual else 0 for size in least]


def _sizes(observed: Observed, initial: int) -> list[int]:
    if observed.rezoned and observed.size:
        return observed.spread
    least = shares(initial, observed.zones)
    known = (*observed.sizes, *([0] * observed.zones))
    return [size or low for size, low in zip(known, least, strict=False)]


def _attempt(observed: Observed) -> dict[str, str]:
    before = str(observed.details.parameters.get(ATTEMPT, ""))
    now = observed.stack.updated_at if observed.stack and observed.broken else None
    return {ATTEMPT: now or before}
