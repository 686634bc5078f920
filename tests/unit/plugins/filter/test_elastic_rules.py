# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service file says of autoscaling that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic_rules import elastic_rules

ONE_STEP = {"steps": [{"lower_bound": 1, "adjustment": 1}]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_size": 4}, "s.replicas is 3, but must be between autoscaling.min_size (4) and autoscaling.max_size (4)"),
        ({"max_size": 2}, "s.replicas is 3, but must be between autoscaling.min_size (3) and autoscaling.max_size (2)"),
        ({"min_size": -1}, "s.autoscaling.min_size is -1, but must be at least 1"),
        ({"max_size": 5, "desired_capacity": 6}, "s.autoscaling.desired_capacity is 6, but must be between 3 and 5"),
        ({"target_tracking": {"metric": "m"}}, "s.autoscaling.target_tracking.target_value is missing"),
        (
            {"target_tracking": {"target_value": 1, "metric": "m", "query": "q"}},
            "s.autoscaling.target_tracking has both a metric and a query",
        ),
    ],
)
def test_contradictions_of_the_file(options: dict[str, Any], message: str) -> None:
    assert list(elastic_rules([{"replicas": 3, "autoscaling": options}], ["s"])) == [message]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_tracking": {"target_value": 0}}, "'s.autoscaling.target_tracking': the target value is 0"),
        (
            {"target_tracking": {"target_value": 50, "dead_band": 0.9, "metric": "m", "evaluation_periods": 1}},
            "'s.autoscaling.target_tracking': 1 evaluation periods are too few",
        ),
        (
            {"target_tracking": {"target_value": 50, "dead_band": 7, "query": "q"}},
            "'s.autoscaling.target_tracking': the dead band is 7",
        ),
        (
            {"target_tracking": {"target_value": 50, "maximum": 90}},
            "'s.autoscaling.target_tracking.maximum' is 100 for the CPU; leave it out",
        ),
        (
            {"target_tracking": {"target_value": 5, "query": 'avg(x{fleet="a"})'}},
            "'s.autoscaling.target_tracking.query' cannot be limited to your project",
        ),
        ({"readiness_timeout": 90000}, "s.autoscaling.readiness_timeout is 90000, but must be between 1 and 43200"),
        (
            {"target_tracking": {"target_value": 5, "metric": "m", "resource_type": "generic"}},
            "'s.autoscaling.target_tracking.resource_query' is missing",
        ),
        ({"step_scaling": [{"steps": []}]}, "'s.autoscaling.step_scaling[0]': 'steps' is empty"),
        (
            {"step_scaling": [{"steps": [{"lower_bound": 1, "adjustment": 1}]}, {"steps": [{"adjustment": 1}]}]},
            "'s.autoscaling.step_scaling[1]': steps[0] adds servers and needs 'lower_bound'",
        ),
        (
            {"step_scaling": [{"evaluation_periods": 1, "steps": [{"lower_bound": 1, "adjustment": 1}]}]},
            "'s.autoscaling.step_scaling[0].evaluation_periods' must be at least 2 for the CPU and other rates",
        ),
        (
            {
                "step_scaling": [
                    {"evaluation_periods": 1, "metric": "m", "aggregation_method": "rate:max", **ONE_STEP},
                    {"evaluation_periods": 1, "metric": "m", **ONE_STEP},
                    {"evaluation_periods": 1, "query": "q", **ONE_STEP},
                ]
            },
            "'s.autoscaling.step_scaling[0].evaluation_periods' must be at least 2",
        ),
        (
            {"step_scaling": [{"metric": "m", "query": "q", "steps": [{"lower_bound": 1, "adjustment": 1}]}]},
            "s.autoscaling.step_scaling[0] has both a metric and a query",
        ),
    ],
)
def test_what_the_module_would_refuse_is_told_with_its_place(options: dict[str, Any], message: str) -> None:
    (told,) = elastic_rules([{"replicas": 3, "autoscaling": options}], ["s"])
    assert told.startswith(message)


def test_a_file_that_is_right() -> None:
    options = {"min_size": 1, "max_size": 5, "desired_capacity": 5, "target_tracking": {"target_value": 1}}
    fleets: list[dict[str, Any]] = [
        {"replicas": 3, "autoscaling": options},
        {"replicas": None, "autoscaling": {"min_size": 9}},
    ]
    assert list(elastic_rules(fleets, ["s", "t"])) == []


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ('avg(x{fleet="a"})', '{fleet="a"})'),
        ("avg(x{fleet=`a`})", "{fleet=`a`})"),
        ("x{a=`1`} / y{b='2'}", "{a=`1`} / y{b='2'}"),
        ("x {a='1'}", "{a='1'}"),
        ("x{a='1',}", "{a='1',}"),
        ("x{ }", "{ }"),
        ("x{a='1'", "{a='1'"),
        ("x{a='1}", "{a='1}"),
        ("x{'a'='1'}", "{'a'='1'}"),
        (r"x{a='1\\'}", r"{a='1\\'}"),
        ("x{a=~'y{2}'}", "{a=~'y{2}'}"),
        ("sum({__name__='x'})", "{__name__='x'})"),
        ("label_replace(x, 'a', 'y{', 'b', '')", "'y{', 'b', '')"),
        ("x # don't", "# don't"),
    ],
)
def test_queries_that_aodh_cannot_limit_to_a_project(query: str, rest: str) -> None:
    """As its client changes them (C(PromQLRbac)); some would keep its evaluator busy for ever."""
    options = {"step_scaling": [{"query": query, **ONE_STEP}]}
    (told,) = elastic_rules([{"replicas": 3, "autoscaling": options}], ["s"])
    assert f"client that Aodh asks Prometheus with, from {rest!r} on" in told


@pytest.mark.parametrize(
    "query",
    [
        "x",
        "sum(rate(a:x_total{}[5m] offset 5m)) / 2",
        "x{a='1', b!='2',c=~'3|4' ,d!~'' } / on (a) group_left () y",
        "x{a='} and , and = and \"'}",
        "x{a=~'[a-z]{2}'}",
        r"x{a='it\'s', b=~'\\d'}",
        """label_replace(x{a='1'}, "b", "{$1", `c`, "it's")""",
    ],
)
def test_queries_that_it_can(query: str) -> None:
    options = {"step_scaling": [{"query": query, **ONE_STEP}]}
    assert list(elastic_rules([{"replicas": 3, "autoscaling": options}], ["s"])) == []
