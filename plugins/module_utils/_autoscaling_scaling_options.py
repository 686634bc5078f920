# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say when and how an autoscaling group changes its size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _autoscaling_promql,
    _autoscaling_steps,
    _autoscaling_tracking,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_alarms import (
    CPU,
    INSTANCE,
    GnocchiMetric,
    PrometheusMetric,
    Scaling,
    cpu,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_steps import (
    ADJUSTMENT_TYPES,
    Band,
    StepPolicy,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import (
    FEWEST_PERIODS,
    WARMUP,
    Target,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OF_GNOCCHI, OF_PROMETHEUS = 300, 60
"""Seconds of a period. Ceilometer's own archive policies keep values of 300 (C(gnocchi_resources.yaml)). In shorter
ones, Gnocchi's last value may always be that of the few servers that were polled in it before Aodh looked."""
METRIC: ArgumentSpec = {
    "metric": {"type": "str"},
    "aggregation_method": {"type": "str", "default": "mean"},
    "resource_type": {"type": "str", "default": INSTANCE},
    "resource_query": {"type": "dict"},
    "query": {"type": "str"},
    "granularity": {"type": "int"},
    "evaluation_periods": {"type": "int", "default": 2},
    "estimated_instance_warmup": {"type": "int"},
}
TARGET_TRACKING: ArgumentSpec = {
    "target_value": {"type": "float", "required": True},
    **METRIC,
    "maximum": {"type": "float"},
    "dead_band": {"type": "float", "default": 0.1},
    "disable_scale_in": {"type": "bool", "default": False},
}
STEP_SCALING: ArgumentSpec = {
    **METRIC,
    "adjustment_type": {"type": "str", "choices": list(ADJUSTMENT_TYPES), "default": ADJUSTMENT_TYPES[0]},
    "steps": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "lower_bound": {"type": "float"},
            "upper_bound": {"type": "float"},
            "adjustment": {"type": "int", "required": True},
        },
    },
}
ONE_METRIC = [("metric", "query"), ("resource_query", "query")]
SCALING: ArgumentSpec = {
    "target_tracking": {"type": "dict", "options": TARGET_TRACKING, "mutually_exclusive": ONE_METRIC},
    "step_scaling": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": STEP_SCALING,
        "mutually_exclusive": ONE_METRIC,
    },
}


def problems(params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options."""
    return [said for where, given in _policies(params) for said in policy_problems(given, where)]


def policy_problems(given: Mapping[str, Any], where: str) -> list[str]:
    """Return what is wrong with C(target_tracking) or an item of C(step_scaling), of the right types and complete.

    :param where: what messages call it
    """
    found = []
    if _granularity(given) < 1 or _warmup(given) < 0:
        found.append(f"'{where}': 'granularity' must be at least 1, 'estimated_instance_warmup' at least 0")
    found += _autoscaling_promql.problems(given["query"] or "", f"{where}.query")
    if _is_of_own_servers(given) and given["resource_type"] != INSTANCE:
        found.append(f"'{where}.resource_query' is missing: only resources of the type {INSTANCE!r} know their group")
    if "target_value" not in given:
        if given["evaluation_periods"] < FEWEST_PERIODS and _is_rate(given):
            # It is the difference of means, and a replica that comes or goes makes it jump for one period.
            found.append(f"'{where}.evaluation_periods' must be at least {FEWEST_PERIODS} for the CPU and other rates")
        return found + [f"'{where}': {said}" for said in _autoscaling_steps.problems(_step_policy(given))]
    found += [f"'{where}': {said}" for said in _autoscaling_tracking.problems(_target(given))]
    if _is_cpu(given) and given["maximum"] is not None:
        found.append(f"'{where}.maximum' is 100 for the CPU; leave it out")
    if _is_cpu(given) and given["resource_query"] is not None:
        found.append(f"'{where}.resource_query' needs another 'metric': the CPU is always that of the group's servers")
    return found


def scaling(params: Mapping[str, Any], zones: int, vcpus: int) -> tuple[Scaling, ...]:
    """Return when and how a group changes its size.

    :param vcpus: of a replica
    """
    found = []
    for place, (where, given) in enumerate(_policies(params)):
        if where == "target_tracking":
            target = replace(_target(given), min_size=max(1, params["min_size"]), removed=zones)
            steps = _autoscaling_tracking.steps(target)
        else:
            number = place + 1 if params["target_tracking"] is None else place
            steps = _autoscaling_steps.steps(_step_policy(given), f"step_{number}_")
        found.append(Scaling(metric=_metric(given, vcpus), steps=steps))
    return tuple(found)


def services(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the services of the cloud that the options need: type in the catalogue and what needs it."""
    needed: dict[str, str] = {}
    for where, given in _policies(params):
        needed.setdefault("alarming", f"'{where}' needs Aodh")
        if given["query"] is None:
            said = f"'{where}' on this metric needs Gnocchi; 'query' would need Prometheus instead"
            needed.setdefault("metric", said)
    return needed


def _policies(params: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if params["target_tracking"] is not None:
        yield "target_tracking", params["target_tracking"]
    for place, given in enumerate(params["step_scaling"]):
        yield f"step_scaling[{place}]", given


def _is_rate(given: Mapping[str, Any]) -> bool:
    return _is_cpu(given) or (given["query"] is None and str(given["aggregation_method"]).startswith("rate:"))


def _is_cpu(given: Mapping[str, Any]) -> bool:
    return given["query"] is None and given["metric"] in (None, CPU)


def _is_of_own_servers(given: Mapping[str, Any]) -> bool:
    return given["query"] is None and given["resource_query"] is None and not _is_cpu(given)


def _granularity(given: Mapping[str, Any]) -> int:
    seconds: int | None = given["granularity"]
    if seconds is None:
        return OF_GNOCCHI if given["query"] is None else OF_PROMETHEUS
    return seconds


def _warmup(given: Mapping[str, Any]) -> int:
    """Return the cooldown: until a change shows in a period, else it would be made twice."""
    seconds: int | None = given["estimated_instance_warmup"]
    return max(WARMUP, _granularity(given)) if seconds is None else seconds


def _metric(given: Mapping[str, Any], vcpus: int) -> GnocchiMetric | PrometheusMetric:
    granularity = _granularity(given)
    if given["query"] is not None:
        return PrometheusMetric(query=given["query"], granularity=granularity)
    if _is_cpu(given):
        return cpu(granularity=granularity, vcpus=vcpus)
    return GnocchiMetric(
        name=given["metric"],
        aggregation_method=given["aggregation_method"],
        granularity=granularity,
        resource_type=given["resource_type"],
        resource_query=given["resource_query"],
    )


def _target(given: Mapping[str, Any]) -> Target:
    return Target(
        value=given["target_value"],
        saturation=100 if _is_cpu(given) else given["maximum"],
        evaluation_periods=given["evaluation_periods"],
        warmup=_warmup(given),
        dead_band=given["dead_band"],
        disable_scale_in=given["disable_scale_in"],
    )


def _step_policy(given: Mapping[str, Any]) -> StepPolicy:
    return StepPolicy(
        bands=tuple(Band(**band) for band in given["steps"]),
        adjustment_type=given["adjustment_type"],
        evaluation_periods=given["evaluation_periods"],
        warmup=_warmup(given),
    )
