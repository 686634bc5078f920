# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms of Aodh on a metric of Gnocchi or on a query of Prometheus, as Heat resources. Pure.

An alarm must say nothing when only some of its periods are beyond the threshold. Aodh keeps the state of such an alarm
(C(_transition_alarm) in C(aodh/evaluator/threshold.py)), so one that repeats its actions, as ours do, would go on
until all periods are back inside, and change the group for a load that it had before. Of combined rules Aodh takes
the opposite of the last period then (C(_evaluate_sufficient) in C(composite.py)). So a rule over several periods is
combined with the same one over the last period: both are beyond only when all periods are. In one case Aodh takes the
last period for all of them: when the alarm has had no state so far (C(insufficient data)), and all that it saw of the
metric since then was beyond.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Step

CPU = "cpu"
"""Ceilometer's metric of the CPU time that an instance has used, in nanoseconds."""
INSTANCE = "instance"
"""Gnocchi's type of the resources that servers are. Ceilometer gives no other one the id of a group's stack."""
ENABLED = {"get_param": "scaling_enabled"}
COMPOSITE = "OS::Aodh::CompositeAlarm"
NANOSECONDS = 1_000_000_000
PERCENT = 100
RULE = "gnocchi_aggregation_by_resources_threshold"
"""Aodh's name for a rule on one value of many resources."""
_PROMQL = {"le": ("<=", ">", "clamp_max"), "ge": (">=", "<", "clamp_min")}
"""By how a value compares where a step acts: the same in PromQL, its opposite, and what makes the threshold of it."""
_GROUP, _PROJECT = "@MODEL_SERVING_GROUP@", "@MODEL_SERVING_PROJECT@"
_PLACES = {_GROUP: {"get_param": "OS::stack_id"}, _PROJECT: {"get_param": "OS::project_id"}}


@dataclass(frozen=True, kw_only=True)
class GnocchiMetric:
    """A metric that Gnocchi keeps for each server.

    :param resource_query: which resources have it, in Gnocchi's words; C(None) means the servers of the group
    :param unit: what a threshold is multiplied with to be in Gnocchi's unit
    """

    name: str
    aggregation_method: str
    granularity: int
    resource_type: str = INSTANCE
    resource_query: Mapping[str, Any] | None = None
    unit: float = 1.0

    def alarm(self, step: Step) -> tuple[str, dict[str, Any]]:
        """Return the type of the alarm and the properties that say when it goes off."""
        rule = {
            "metric": self.name,
            "resource_type": self.resource_type,
            "aggregation_method": self.aggregation_method,
            "granularity": self.granularity,
            "evaluation_periods": step.periods,
            "query": {"str_replace": {"template": json.dumps(self._selected(), sort_keys=True), "params": _PLACES}},
            "threshold": step.threshold * self.unit,
            "comparison_operator": step.comparison,
        }
        rules = [{**rule, "evaluation_periods": periods} for periods in dict.fromkeys((step.periods, 1))]
        if step.beyond is not None:
            bound = {"threshold": step.beyond * self.unit, "comparison_operator": step.inside}
            rules.append({**rules[-1], **bound})
        if len(rules) == 1:
            return "OS::Aodh::GnocchiAggregationByResourcesAlarm", rule
        return COMPOSITE, {"composite_rule": {"operator": "and", "rules": [{"type": RULE, **one} for one in rules]}}

    def _selected(self) -> dict[str, Any]:
        """Return which resources have the metric, in Gnocchi's words.

        Aodh limits a plain rule to the project, but not combined ones. A group's servers are known by the id of its
        stack, which nobody else can guess.
        """
        if self.resource_query is None:
            # Servers that are gone keep their measures.
            return {"and": [{"=": {"server_group": _GROUP}}, {"=": {"ended_at": None}}]}
        own = [{"=": {key: _PROJECT}} for key in ("project_id", "created_by_project_id")]
        return {"and": [{"or": own}, self.resource_query]}


@dataclass(frozen=True, kw_only=True)
class PrometheusMetric:
    """A PromQL query that returns one series: the value per replica.

    :param granularity: seconds between two looks at the query
    """

    query: str
    granularity: int

    def alarm(self, step: Step) -> tuple[str, dict[str, Any]]:
        """Return the type of the alarm and the properties that say when it goes off.

        Rules of this type have no periods. That all values of a time are beyond the threshold is asked of Prometheus,
        and that there are as many: the answer is empty otherwise, which Aodh takes for "insufficient data". Where
        another step acts, there is data: the answer is the threshold, which is not beyond itself.
        """
        over = "min_over_time" if step.comparison in ("gt", "ge") else "max_over_time"
        values = f"({self.query})[{step.periods * self.granularity}s:{self.granularity}s]"
        bound = ""
        if step.beyond is not None:
            inside, outside, clamp = _PROMQL[step.inside]
            now = f"({self.query})"
            bound = f" and {now} {inside} {step.beyond} or {clamp}({now} {outside} {step.beyond}, {step.threshold})"
        return "OS::Aodh::PrometheusAlarm", {
            "query": f"{over}({values}) and count_over_time({values}) >= {step.periods}{bound}",
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

    def alarm_resources(self, zones: Sequence[str]) -> dict[str, Any]:
        """Return an alarm for each step. Each alarm signals the policy of its name in every zone.

        :param zones: names of the resources that zones are in the stack
        """
        resources = {}
        for step in self.steps:
            kind, rule = self.metric.alarm(step)
            actions = [_signal({"get_attr": [zone, step.name]}, kind, rule) for zone in zones]
            # Repeated while it lasts: a signal that comes during another change is lost.
            resources[f"alarm_{step.name}"] = {
                "type": kind,
                "properties": {**rule, "alarm_actions": actions, "repeat_actions": True, "enabled": ENABLED},
            }
        return resources


def _signal(url: Mapping[str, Any], kind: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return an action of an alarm. Aodh signals with a trust of the user who made the alarm.

    When anything of a combined alarm changes, Heat empties those of its actions that do not (C(handle_update) in
    C(heat/engine/resources/openstack/aodh/composite_alarm.py)), and nothing would ever notice. So they change with all
    else that can, behind a C(#), which nobody sends along. Aodh keeps the trust that it has for them.
    """
    if kind != COMPOSITE:
        return {"str_replace": {"template": "trust+URL", "params": {"URL": url}}}
    params = {"URL": url, "ENABLED": ENABLED}
    return {"str_replace": {"template": f"trust+URL#{digest(rule)}-ENABLED", "params": params}}
