# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_alarms import (
    COMPOSITE,
    ENABLED,
    GnocchiMetric,
    PrometheusMetric,
    Scaling,
    cpu,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Step

STEP = Step(name="out_1", comparison="gt", threshold=55, periods=3, adjustment=20)
QUEUE = GnocchiMetric(name="queue", aggregation_method="max", granularity=60)


def rules_of(metric: GnocchiMetric, step: Step = STEP) -> list[dict[str, Any]]:
    kind, properties = metric.alarm(step)
    assert kind == "OS::Aodh::CompositeAlarm"
    assert properties["composite_rule"]["operator"] == "and"
    found: list[dict[str, Any]] = properties["composite_rule"]["rules"]
    return found


def selection(rule: dict[str, Any]) -> Any:
    """Return the query of a rule as Heat hands it to Aodh, with names in the places of ids."""
    text = rule["query"]["str_replace"]["template"]
    for place, value in rule["query"]["str_replace"]["params"].items():
        text = text.replace(place, value["get_param"])
    return json.loads(text)


@pytest.mark.parametrize(
    ("granularity", "vcpus", "nanoseconds"), [(60, 1, 33e9), (60, 4, 132e9), (5, 1, 2.75e9), (300, 2, 330e9)]
)
def test_the_cpu_is_compared_in_nanoseconds_per_granule(granularity: int, vcpus: int, nanoseconds: float) -> None:
    for rule in rules_of(cpu(granularity=granularity, vcpus=vcpus)):
        assert rule["type"] == "gnocchi_aggregation_by_resources_threshold"
        assert rule["threshold"] == pytest.approx(nanoseconds)
        assert (rule["aggregation_method"], rule["granularity"]) == ("rate:mean", granularity)


def test_other_metrics_are_compared_as_they_are() -> None:
    assert [rule["threshold"] for rule in rules_of(QUEUE)] == [55, 55]


def test_all_periods_and_the_last_one_are_beyond() -> None:
    whole, last = rules_of(QUEUE)

    assert (whole["evaluation_periods"], last["evaluation_periods"]) == (3, 1)
    assert {**whole, "evaluation_periods": 1} == last


def test_a_single_period_needs_no_second_rule() -> None:
    kind, rule = QUEUE.alarm(replace(STEP, periods=1))

    assert kind == "OS::Aodh::GnocchiAggregationByResourcesAlarm"
    assert rule["evaluation_periods"] == 1
    assert "type" not in rule


@pytest.mark.parametrize(("comparison", "inside"), [("gt", "le"), ("lt", "ge")])
@pytest.mark.parametrize("periods", [1, 3])
def test_a_step_may_end_where_another_one_begins(comparison: str, inside: str, periods: int) -> None:
    step = replace(STEP, comparison=comparison, periods=periods, beyond=70)

    *_whole, last, bound = rules_of(replace(QUEUE, unit=10.0), step)

    assert (last["comparison_operator"], last["threshold"], last["evaluation_periods"]) == (comparison, 550, 1)
    assert bound == {**last, "comparison_operator": inside, "threshold": 700}


@pytest.mark.parametrize(
    ("comparison", "bound"),
    [
        ("gt", "<= 0.5 or clamp_max((avg(x)) > 0.5, 55)"),
        ("lt", ">= 0.5 or clamp_min((avg(x)) < 0.5, 55)"),
    ],
)
def test_so_it_may_with_prometheus(comparison: str, bound: str) -> None:
    """Beyond, the answer is the threshold: without an answer, the alarm would seem to lack the metric."""
    step = replace(STEP, comparison=comparison, beyond=0.5)

    _kind, rule = PrometheusMetric(query="avg(x)", granularity=15).alarm(step)

    assert rule["query"].endswith(f"count_over_time((avg(x))[45s:15s]) >= 3 and (avg(x)) {bound}")


def test_the_servers_of_a_group_are_known_by_its_stack() -> None:
    for rule in rules_of(cpu(granularity=60, vcpus=1)):
        assert selection(rule) == {"and": [{"=": {"server_group": "OS::stack_id"}}, {"=": {"ended_at": None}}]}


def test_other_resources_are_those_of_the_project() -> None:
    """Aodh does not see to that when rules are combined."""
    wanted = {"=": {"name": "chat"}}
    own = [{"=": {"project_id": "OS::project_id"}}, {"=": {"created_by_project_id": "OS::project_id"}}]

    for rule in rules_of(replace(QUEUE, resource_query=wanted)):
        assert selection(rule) == {"and": [{"or": own}, wanted]}


@pytest.mark.parametrize(("comparison", "over"), [("gt", "min_over_time"), ("lt", "max_over_time")])
def test_prometheus_is_asked_for_the_whole_time(comparison: str, over: str) -> None:
    kind, rule = PrometheusMetric(query="avg(x)", granularity=15).alarm(replace(STEP, comparison=comparison))

    assert kind == "OS::Aodh::PrometheusAlarm"
    assert rule["query"] == f"{over}((avg(x))[45s:15s]) and count_over_time((avg(x))[45s:15s]) >= 3"
    assert rule["comparison_operator"] == comparison


def resource(metric: GnocchiMetric | PrometheusMetric, **changes: Any) -> dict[str, Any]:
    resources = Scaling(metric=metric, steps=[replace(STEP, **changes)]).alarm_resources(["zone"])
    found: dict[str, Any] = resources["alarm_out_1"]
    return found


def test_the_actions_of_a_combined_alarm_change_with_all_else_that_does() -> None:
    """Heat would empty them."""
    first, same, other = (resource(QUEUE, threshold=threshold)["properties"] for threshold in (55, 55, 60))
    (action,), (again,), (changed,) = (each["alarm_actions"] for each in (first, same, other))

    assert resource(QUEUE)["type"] == COMPOSITE
    assert action == again != changed
    given = action["str_replace"]
    assert given["params"] == {"URL": {"get_attr": ["zone", "out_1"]}, "ENABLED": ENABLED}
    # What has no "#" before it would be sent.
    assert re.fullmatch("trust[+]URL#[0-9a-f]+-ENABLED", given["template"])
    # What else an alarm has never changes.
    assert first.keys() - {"composite_rule", "enabled", "alarm_actions"} == {"repeat_actions"}


def test_the_actions_of_other_alarms_are_kept_by_heat() -> None:
    for metric, periods in ((QUEUE, 1), (PrometheusMetric(query="up", granularity=60), 3)):
        ((action,), (changed,)) = (
            resource(metric, periods=periods, threshold=threshold)["properties"]["alarm_actions"]
            for threshold in (55, 60)
        )
        assert action == changed
        assert action["str_replace"]["template"] == "trust+URL"
