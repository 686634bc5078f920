# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the options C(autoscaling) of a service file, as far as it shows without the cloud. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import LONGEST_WAIT
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_scaling_options import (
    ONE_METRIC,
    STEP_SCALING,
    TARGET_TRACKING,
    policy_problems,
)
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import sizes
from ansible_collections.model_serving.openstack.plugins.plugin_utils._given_options import given_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

    Facts = Mapping[str, Any]


def elastic_rules(fleets: Sequence[Facts], where: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with the options C(autoscaling). What is wrong already is None.

    :param where: what messages call each of the fleets
    """
    for fleet, of_fleet in zip(fleets, where, strict=True):
        place = f"{of_fleet}.autoscaling"
        options = fleet.get("autoscaling") or {}
        if (fleet.get("replicas") or 0) >= 1:  # else told already
            yield from _sizes(fleet, of_fleet)
        wait = options.get("readiness_timeout")
        if wait is not None and not 0 < wait <= LONGEST_WAIT:
            yield f"{place}.readiness_timeout is {wait}, but must be between 1 and {LONGEST_WAIT} seconds"
        tracking = options.get("target_tracking")
        if tracking and tracking.get("target_value") is None:
            yield f"{place}.target_tracking.target_value is missing"
        if tracking:
            yield from _policy(tracking, TARGET_TRACKING, f"{place}.target_tracking")
        for index, steps in enumerate(options.get("step_scaling") or ()):
            yield from _policy(steps, STEP_SCALING, f"{place}.step_scaling[{index}]")


def _sizes(fleet: Facts, of_fleet: str) -> Iterator[str]:
    place = f"{of_fleet}.autoscaling"
    found = sizes(fleet)
    low, high, desired = found["min_size"], found["max_size"], found["desired_capacity"]
    if low < 1:
        yield f"{place}.min_size is {low}, but must be at least 1"
    elif not low <= fleet["replicas"] <= high:
        yield (
            f"{of_fleet}.replicas is {fleet['replicas']}, but must be between autoscaling.min_size ({low}) and"
            f" autoscaling.max_size ({high})"
        )
    if desired is not None and not low <= desired <= high:
        yield f"{place}.desired_capacity is {desired}, but must be between {low} and {high}"


def _policy(policy: Facts, spec: ArgumentSpec, where: str) -> Iterator[str]:
    """Yield what C(autoscaling_group) would say about when and how a group changes its size."""
    given = given_options(policy)
    both = [f"{where} has both a {one} and a {other}" for one, other in ONE_METRIC if {one, other} <= given.keys()]
    yield from both
    result = ArgumentSpecValidator(spec).validate(given)
    # What is missing is told already.
    if not both and not result.error_messages:
        yield from policy_problems(result.validated_parameters, where)
