# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms of Aodh on a metric of Gnocchi or on a query of Prometheus, as Heat resources. Pure.

Alarms are not combined (C(OS::Aodh::CompositeAlarm)): of a rule whose periods disagree, the evaluator for combined
rules takes the opposite of the last one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import metering_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Step

CPU = "cpu"
"""Ceilometer's metric of the CPU time that an instance has used, in nanoseconds."""
ENABLED = {"get_param": "scaling_enabled"}
NANOSECONDS = 1_000_000_000
PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class GnocchiMetric:
    """A metric that Gnocchi keeps for each server.

    :param resource_query: which resources have it, in Gnocchi's words; C(None) means the servers of the group
    :param unit: what a threshold is multiplied with to be in Gnocchi's unit
    """

    name: str
    aggregation_method: str
    granularity: int
    resource_type: str = "instance"
    resource_query: Mapping[str, Any] | None = None
    unit: float = 1.0

    def alarm(self, service: str, step: Step) -> tuple[str, dict[str, Any]]:
        """Return the type of the alarm and the properties that say when it goes off."""
        # Servers that are gone keep their measures.
        own = {"and": [{"=": {"server_group": metering_group(service)}}, {"=": {"ended_at": None}}]}
        return "OS::Aodh::GnocchiAggregationByResourcesAlarm", {
            "metric": self.name,
            "resource_type": self.resource_type,
            "aggregation_method": self.aggregation_method,
            "granularity": self.granularity,
            "evaluation_periods": step.periods,
            "query": json.dumps(self.resource_query or own, sort_keys=True),
            "threshold": step.threshold * self.unit,
            "comparison_operator": step.comparison,
        }


@dataclass(frozen=True, kw_only=True)
class PrometheusMetric:
    """A PromQL query that returns one series: the value per replica.

    :param granularity: seconds between two looks at the query
    """

    query: str
    granularity: int

    def alarm(self, service: str, step: Step) -> tuple[str, dict[str, Any]]:  # noqa: ARG002  # the query selects
        """Return the type of the alarm and the properties that say when it goes off.

        Rules of this type have no periods. That all values of a time are beyond the threshold is asked of Prometheus.
        """
        over = "min_over_time" if step.comparison in ("gt", "ge") else "max_over_time"
        span = f"[{step.periods * self.granularity}s:{self.granularity}s]"
        return "OS::Aodh::PrometheusAlarm", {
            "query": f"{over}(({self.query}){span})",
            "threshold": step.threshold,
            "comparison_operator": step.comparison,
        }


def cpu(granularity: int, vcpus: int) -> GnocchiMetric:
    """Return the metric for thresholds in per cent of all VCPUs of a replica.

    Gnocchi's rate is the difference from one granule to the next: nanoseconds per granule.
    """
    unit = vcpus * granularity * NANOSECONDS / PERCENT
    return GnocchiMetric(name=CPU, aggregation_method="rate:mean", granularity=granularity, unit=unit)


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """When a group changes its size, and by how much."""

    metric: GnocchiMetric | PrometheusMetric
    steps: Sequence[Step]

    def alarm_resources(self, service: str, zones: Sequence[str]) -> dict[str, Any]:
        """Return an alarm for each step. Each alarm signals the policy of its name in every zone.

        :param zones: names of the resources that zones are in the stack
        """
        resources = {}
        for step in self.steps:
            kind, rule = self.metric.alarm(service, step)
            actions = [
                # Aodh signals with a trust of the user who made the alarm.
                {"str_replace": {"template": "trust+URL", "params": {"URL": {"get_attr": [zone, step.name]}}}}
                for zone in zones
            ]
            # Repeated while it lasts: a signal that comes during another change is lost.
            resources[f"alarm_{step.name}"] = {
                "type": kind,
                "properties": {**rule, "alarm_actions": actions, "repeat_actions": True, "enabled": ENABLED},
            }
        return resources
