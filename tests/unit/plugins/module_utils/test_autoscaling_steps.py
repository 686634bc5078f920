# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step policies by hand: bands of a metric as alarms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_steps import (
    Band,
    StepPolicy,
    problems,
    steps,
)

from .autoscaling_values import BY_HAND


def summary(policy: StepPolicy) -> list[tuple[str, str, float, int, int]]:
    return [(step.name, step.comparison, step.threshold, step.periods, step.adjustment) for step in steps(policy, "p_")]


def test_the_outermost_band_acts_first() -> None:
    assert problems(BY_HAND) == []
    assert summary(BY_HAND) == [
        ("p_out_1", "gt", 10, 2, 1),
        ("p_out_2", "gt", 50, 1, 3),
        ("p_in_1", "lt", 2, 1, -1),
    ]
    assert {step.cooldown for step in steps(BY_HAND, "")} == {60}


def test_only_the_band_of_the_value_acts_while_it_lasts() -> None:
    """Aodh evaluates alarms in an order of its own: a small step would come before a large one for good."""
    three = [
        Band(adjustment=-3, upper_bound=2.0),
        Band(adjustment=-1, lower_bound=2.0, upper_bound=5.0),
        Band(adjustment=1, lower_bound=10.0),
        Band(adjustment=4, lower_bound=20.0),
        Band(adjustment=9, lower_bound=50.0),
    ]
    found = steps(StepPolicy(bands=three), "")

    assert problems(StepPolicy(bands=three)) == []
    assert [(step.name, step.inside, step.beyond) for step in found] == [
        ("out_1", "le", 20.0),
        ("out_2", "le", 50.0),
        ("out_3", "le", None),
        ("in_1", "ge", 2.0),
        ("in_2", "ge", None),
    ]


def test_the_order_of_the_bands_does_not_matter() -> None:
    assert summary(replace(BY_HAND, bands=BY_HAND.bands[::-1])) == summary(BY_HAND)


def test_a_change_in_per_cent_is_one_replica_at_least() -> None:
    relative = replace(BY_HAND, adjustment_type="percent_change_in_capacity")

    assert {step.minimum for step in steps(relative, "")} == {1}
    assert {step.minimum for step in steps(BY_HAND, "")} == {None}


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ([], "'steps' is empty"),
        ([{"adjustment": 0, "lower_bound": 1}], "steps[0].adjustment is 0"),
        ([{"adjustment": 1, "upper_bound": 1}], "steps[0] adds servers and needs 'lower_bound'"),
        ([{"adjustment": -1, "lower_bound": 1}], "steps[0] removes servers and needs 'upper_bound'"),
        (
            [{"adjustment": 1, "lower_bound": 1, "upper_bound": 3}, {"adjustment": 2, "lower_bound": 4}],
            "the step from 1 ends at 3, but the next one begins at 4",
        ),
        ([{"adjustment": 1, "lower_bound": 1, "upper_bound": 3}], "there is none beyond: leave out 'upper_bound'"),
        ([{"adjustment": -1, "upper_bound": 3, "lower_bound": 1}], "there is none beyond: leave out 'lower_bound'"),
        ([{"adjustment": 1, "lower_bound": 1}, {"adjustment": 2, "lower_bound": 1}], "two steps begin at 1"),
        ([{"adjustment": 1, "lower_bound": 1}, {"adjustment": -1, "upper_bound": 1}], "the group is never at rest"),
    ],
)
def test_bands_that_make_no_sense_are_refused(bands: list[dict[str, Any]], said: str) -> None:
    found = problems(StepPolicy(bands=[Band(**band) for band in bands]))

    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize("periods", [0, 100])
def test_periods_are_those_that_aodh_takes(periods: int) -> None:
    assert "'evaluation_periods' must be between 1 and 97" in problems(replace(BY_HAND, evaluation_periods=periods))[0]


def test_a_lower_bound_of_zero_is_a_bound() -> None:
    policy = StepPolicy(bands=[Band(adjustment=1, lower_bound=0.0)])

    assert problems(policy) == []
    assert summary(policy) == [("p_out_1", "gt", 0.0, 2, 1)]
