# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of an autoscaling group: their specification, and what can be refused without the cloud."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _autoscaling_tracking, _instance_template
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_alarms import (
    CPU,
    GnocchiMetric,
    PrometheusMetric,
    Scaling,
    cpu,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import Readiness
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Target
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_user_data import with_signal
from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,57}")
"""What Heat takes as the name of a stack, and short enough for a tag of 80 characters around it."""
LONGEST_WAIT = 43200
"""Seconds that a wait condition of Heat may last."""

FILLED_IN = 1200
"""Characters of base64 that Heat adds to user data at most: the URL and the token of the signal."""

POOL: ArgumentSpec = {
    "pool": {"type": "str", "required": True},
    "protocol_port": {"type": "int", "required": True},
    "subnet": {"type": "str"},
    "weight": {"type": "int"},
    "monitor_port": {"type": "int"},
}
READINESS: ArgumentSpec = {
    "url": {"type": "str", "required": True},
    "timeout": {"type": "int", "default": 600},
    "interval": {"type": "int", "default": 2},
    "endpoint": {"type": "str"},
}
ROLLING_UPDATE: ArgumentSpec = {
    "max_batch_size": {"type": "int", "default": 1},
    "pause": {"type": "int", "default": 0},
}
TARGET_TRACKING: ArgumentSpec = {
    "target_value": {"type": "float", "required": True},
    "metric": {"type": "str"},
    "aggregation_method": {"type": "str", "default": "mean"},
    "resource_type": {"type": "str", "default": "instance"},
    "query": {"type": "str"},
    "maximum": {"type": "float"},
    "granularity": {"type": "int", "default": 60},
    "evaluation_periods": {"type": "int", "default": 2},
    "estimated_instance_warmup": {"type": "int", "default": 180},
    "dead_band": {"type": "float", "default": 0.1},
    "disable_scale_in": {"type": "bool", "default": False},
}
GROUP: ArgumentSpec = {
    "min_size": {"type": "int"},
    "max_size": {"type": "int"},
    "desired_capacity": {"type": "int"},
    "availability_zones": {"type": "list", "elements": "str"},
    "anti_affinity": {
        "type": "str",
        "choices": ["anti-affinity", "soft-anti-affinity"],
        "default": "soft-anti-affinity",
    },
    "pools": {"type": "list", "elements": "dict", "default": [], "options": POOL},
    "readiness": {"type": "dict", "options": READINESS},
    "drain_timeout": {"type": "int", "default": 30},
    "rolling_update": {"type": "dict", "options": ROLLING_UPDATE},
    "rollback": {"type": "bool", "default": True},
    "target_tracking": {
        "type": "dict",
        "options": TARGET_TRACKING,
        "mutually_exclusive": [("metric", "query")],
    },
    "health_check_type": {"type": "str", "choices": ["none", "load_balancer"], "default": "none"},
}


@dataclass(frozen=True, kw_only=True)
class Desired:
    """An autoscaling group as the options describe it; names not looked up yet."""

    name: str
    present: bool = True
    params: Mapping[str, Any] | None = None
    timeout: int = 0

    def option(self, name: str) -> Any:
        """Return an option."""
        return (self.params or {})[name]


def zones_of(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the zones of a group; one that means none in particular when no zones are given."""
    return tuple(dict.fromkeys(params["availability_zones"] or [""]))


def problems(params: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with the options, as far as it shows without the cloud."""
    found = []
    if not _NAME.fullmatch(params["name"]):
        found.append(f"'name' is {params['name']!r}, but Heat takes up to 58 letters, digits and '_.-', a letter first")
    if params["state"] == "absent":
        return found
    low, high, size = params["min_size"], params["max_size"], params["desired_capacity"]
    zones = zones_of(params)
    if not 0 < low <= high:
        found.append(f"'min_size' ({low}) must be at least 1 and 'max_size' ({high}) not less")
    if size is not None and not low <= size <= high:
        found.append(f"'desired_capacity' is {size}, but must be between 'min_size' ({low}) and 'max_size' ({high})")
    if high < len(zones):
        found.append(f"'max_size' is {high}, but there are {len(zones)} zones; name fewer")
    if params["readiness"] is not None and not 0 < params["readiness"]["timeout"] <= LONGEST_WAIT:
        found.append(f"'readiness.timeout' must be between 1 and {LONGEST_WAIT} seconds")
    if params["health_check_type"] == "load_balancer" and not params["pools"]:
        found.append("'health_check_type' is 'load_balancer', but 'pools' names no pool to watch")
    if (tracking := params["target_tracking"]) is not None:
        found += [f"'target_tracking': {problem}" for problem in _autoscaling_tracking.problems(_target(params))]
        if tracking["query"] is None and tracking["metric"] in (None, CPU) and tracking["maximum"] is not None:
            found.append("'target_tracking.maximum' is 100 for the CPU; leave it out")
    return found + _user_data_problems(params) + _instance_template.problems(params)


def _user_data_problems(params: Mapping[str, Any]) -> list[str]:
    signalling = readiness(params)
    if signalling is None:
        return []
    size = len(_instance_template.encoded(with_signal(params["user_data"], signalling))) + FILLED_IN
    limit = _instance_template.USER_DATA_LIMIT
    if size <= limit:
        return []
    return [
        f"'user_data' takes {size} characters in base64 with what signals readiness, but Nova takes {limit} at most"
    ]


def _target(params: Mapping[str, Any]) -> Target:
    tracking = params["target_tracking"]
    is_cpu = tracking["query"] is None and tracking["metric"] in (None, CPU)
    zones = len(zones_of(params))
    return Target(
        value=tracking["target_value"],
        saturation=100 if is_cpu else tracking["maximum"],
        granularity=tracking["granularity"],
        evaluation_periods=tracking["evaluation_periods"],
        warmup=tracking["estimated_instance_warmup"],
        dead_band=tracking["dead_band"],
        min_size=max(1, params["min_size"]),
        removed=zones,
        disable_scale_in=tracking["disable_scale_in"],
    )


def scaling(params: Mapping[str, Any], vcpus: int) -> Scaling | None:
    """Return when and how a group changes its size; C(None) when it does not.

    :param vcpus: of a replica
    """
    tracking = params["target_tracking"]
    if tracking is None:
        return None
    granularity = tracking["granularity"]
    metric: GnocchiMetric | PrometheusMetric
    if tracking["query"] is not None:
        metric = PrometheusMetric(query=tracking["query"], granularity=granularity)
    elif tracking["metric"] in (None, CPU):
        metric = cpu(granularity=granularity, vcpus=vcpus)
    else:
        metric = GnocchiMetric(
            name=tracking["metric"],
            aggregation_method=tracking["aggregation_method"],
            granularity=granularity,
            resource_type=tracking["resource_type"],
        )
    return Scaling(metric=metric, steps=_autoscaling_tracking.steps(_target(params)))


def services(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the services of the cloud that the options need: type in the catalogue and what needs it."""
    needed = {"orchestration": "an autoscaling group needs Heat"}
    if params["health_check_type"] == "load_balancer":
        needed["alarming"] = "'health_check_type' needs Aodh"
    if (tracking := params["target_tracking"]) is not None:
        needed["alarming"] = "'target_tracking' needs Aodh"
        if tracking["query"] is None:
            needed["metric"] = "'target_tracking' on this metric needs Gnocchi; 'query' would need Prometheus instead"
    return needed


def readiness(params: Mapping[str, Any]) -> Readiness | None:
    """Return when a replica is ready; C(None) when that is not asked."""
    given = params["readiness"]
    return None if given is None else Readiness(**given)
