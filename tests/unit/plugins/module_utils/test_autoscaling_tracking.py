# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import (
    Step,
    Target,
    problems,
    steps,
)

from .scaling_plot import figure
from .scaling_simulation import Plant, changed, combined, ideal, plain, stepped, traces

CPU = Target(value=50, saturation=100, min_size=2)
PLANT = Plant(low=2, high=16)


def by_direction(target: Target) -> tuple[list[Step], list[Step]]:
    found = steps(target)
    return [step for step in found if step.comparison == "gt"], [step for step in found if step.comparison == "lt"]


@pytest.mark.parametrize("target", [CPU, Target(value=4), replace(CPU, value=30), replace(CPU, value=80)])
def test_a_bigger_deviation_takes_a_bigger_step_sooner(target: Target) -> None:
    out, into = by_direction(target)

    for before, after in pairwise(out):
        assert after.threshold > before.threshold
        assert after.adjustment > before.adjustment
        assert after.periods < before.periods
    assert out[-1].periods == target.evaluation_periods
    small, large = into
    assert large.threshold < small.threshold
    assert large.adjustment < small.adjustment < 0
    assert large.periods < small.periods
    assert min(step.periods for step in into) > max(step.periods for step in out)


def test_how_long_the_cpu_must_be_above_its_target() -> None:
    """As the role's README tells its users."""
    out, into = by_direction(replace(CPU, min_size=1))

    assert [(round(step.threshold), step.periods) for step in out] == [(55, 4), (75, 3), (95, 2)]
    assert min(step.periods for step in into) >= 8


@pytest.mark.parametrize("target", [CPU, Target(value=4, dead_band=0.3), replace(CPU, min_size=9)])
def test_nothing_happens_in_the_dead_band(target: Target) -> None:
    out, into = by_direction(target)

    assert min(step.threshold for step in out) == pytest.approx(target.value * (1 + target.dead_band))
    assert max(step.threshold for step in into) <= target.value * (1 - target.dead_band)


def test_scaling_in_can_be_disabled() -> None:
    assert by_direction(replace(CPU, disable_scale_in=True))[1] == []


def test_a_saturated_metric_doubles_the_group() -> None:
    last = by_direction(CPU)[0][-1]

    assert last.threshold == pytest.approx(95)
    assert last.adjustment >= 90


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (replace(CPU, value=95), "too near to the highest value of the metric, 100: it must be 86 or less"),
        (replace(CPU, value=0), "greater than 0"),
        (replace(CPU, evaluation_periods=1), "at least 2"),
        (replace(CPU, evaluation_periods=21), "Aodh takes 100"),
        (replace(CPU, dead_band=1), "between 0 and 1"),
    ],
)
def test_targets_that_cannot_be_tracked_are_refused(target: Target, said: str) -> None:
    assert any(said in problem for problem in problems(target))


@settings(max_examples=200)
@given(
    low=st.integers(1, 20),
    removed=st.integers(1, 4),
    dead_band=st.floats(0.05, 0.4),
    more=st.integers(0, 30),
)
def test_a_group_that_shrank_is_not_too_small(low: int, removed: int, dead_band: float, more: int) -> None:
    """After any removal, the load that allowed it is still below the target: else it would grow again at once."""
    target = Target(value=50, saturation=100, dead_band=dead_band, min_size=low, removed=removed)
    plant = Plant(low=low, high=200)
    for step in by_direction(target)[1]:
        # A group in several zones is as many groups that each lose one.
        size = low + removed + more * removed
        after = max(low, size - removed) if removed > 1 else changed(size, step, plant)
        load = step.threshold * size
        assert load / after <= target.value


@pytest.mark.parametrize("name", traces())
def test_the_path_is_near_to_that_of_an_ideal_controller(name: str) -> None:
    load = traces()[name]
    target = replace(CPU, warmup=120)
    ours, best = stepped(PLANT, load, steps(target)), ideal(PLANT, load)

    assert ours.overshoot(PLANT) <= 3
    # Up and down once is what the load does itself; a daily load and a spike ask for no more.
    assert ours.changes_of_direction <= best.changes_of_direction + 1
    assert ours.cost <= 1.6 * best.cost
    assert ours.overloaded(PLANT) <= best.overloaded(PLANT) + 8


RUNNING = replace(PLANT, high=64, looks=5, start=180)
"""Periods of 300 seconds, and Aodh looks each minute."""


@pytest.mark.parametrize("phase", range(RUNNING.looks))
@pytest.mark.parametrize("load", [1.5, 2.5, 5.5, 9.0])
def test_a_period_that_is_still_running_misleads_nobody(phase: int, load: float) -> None:
    path = stepped(RUNNING, [1.0] * (20 + phase) + [load] * 120, steps(replace(CPU, warmup=300)))

    assert max(path.replicas) <= 1.1 * max(path.needed(RUNNING))
    assert path.replicas[-1] >= 0.9 * max(path.needed(RUNNING))
    assert path.changes_of_direction == 0


def test_a_change_that_no_period_has_seen_is_made_twice() -> None:
    """Why the cooldown is a period at least."""
    load = [1.0] * 24 + [1.5] * 120

    sizes = [max(stepped(RUNNING, load, steps(replace(CPU, warmup=warmup))).replicas) for warmup in (180, 300)]

    assert sizes == [4, 3]


def test_a_fivefold_load_is_met_within_eighteen_periods() -> None:
    load = traces()["step"]
    ours = stepped(PLANT, load, steps(replace(CPU, warmup=120)))

    found = ours.time_to_target(PLANT, since=60)
    assert found is not None
    assert found <= 18


def test_without_scaling_in_a_group_never_shrinks() -> None:
    load = traces()["step"]
    grown = stepped(PLANT, load, steps(replace(CPU, warmup=120, disable_scale_in=True))).replicas

    assert all(before <= after for before, after in pairwise(grown))
    assert grown[-1] == max(grown) > stepped(PLANT, load, steps(replace(CPU, warmup=120))).replicas[-1]


@pytest.mark.parametrize("warmup", [60, 120, 300])
def test_nothing_changes_while_a_new_replica_warms_up(warmup: int) -> None:
    sizes = stepped(PLANT, traces()["step"], steps(replace(CPU, warmup=warmup))).replicas
    changes = [place for place, (before, after) in enumerate(pairwise(sizes)) if before != after]

    assert len(changes) > 3
    assert min(after - before for before, after in pairwise(changes)) * PLANT.period >= warmup


def test_a_group_shrinks_slower_than_it_grows() -> None:
    load = traces()["spike"]
    sizes = stepped(PLANT, load, steps(replace(CPU, warmup=120))).replicas
    begin, end = load.index(max(load)), len(load) - load[::-1].index(max(load))
    grows = next(place for place in range(begin, len(sizes)) if sizes[place] > sizes[begin])
    shrinks = next(place for place in range(end, len(sizes)) if sizes[place] < sizes[place - 1])

    assert shrinks - end >= 4 * (grows - begin)


ONE_LESS_IS_ENOUGH = replace(PLANT, begin=5)
"""Five replicas at 29 per cent: with four, it is 36."""


def test_a_group_does_not_shrink_for_a_load_that_it_had() -> None:
    path = stepped(ONE_LESS_IS_ENOUGH, [1.45] * 60, steps(CPU))

    assert set(path.replicas[20:]) == {4}
    assert path.changes_of_direction == 0


def test_alarms_that_keep_their_state_shrink_it_too_far() -> None:
    """Why the rules of Aodh are combined."""
    path = stepped(ONE_LESS_IS_ENOUGH, [1.45] * 60, steps(CPU), plain)

    assert max(path.metric) > 1.1 * CPU.value
    assert path.changes_of_direction > 0


OUT = Step(name="out_1", comparison="gt", threshold=55, periods=3, adjustment=20)


@pytest.mark.parametrize("before", ["ok", "alarm"])
@pytest.mark.parametrize(
    ("seen", "after"),
    [([60, 60, 60], "alarm"), ([60, 60, 50], "ok"), ([50, 60, 60], "ok"), ([60, 50, 60], "ok"), ([50, 50, 50], "ok")],
)
def test_combined_rules_go_off_only_when_all_periods_are_beyond(before: str, seen: list[float], after: str) -> None:
    assert combined(OUT, seen, before) == after


@pytest.mark.parametrize(
    ("seen", "after"),
    [([60], "insufficient data"), ([50, 60, 60], "alarm"), ([60, 60, 50], "ok"), ([50], "ok"), ([60, 60, 60], "alarm")],
)
def test_an_alarm_without_a_state_follows_the_last_period(seen: list[float], after: str) -> None:
    assert combined(OUT, seen, "insufficient data") == after


@pytest.mark.parametrize("ratio", [0.92, 1.0, 1.08])
def test_a_load_in_the_dead_band_changes_nothing(ratio: float) -> None:
    size = 4
    load = [size * CPU.value * ratio / 100] * 100
    plant = replace(PLANT, low=size)

    assert set(stepped(plant, load, steps(replace(CPU, min_size=size))).replicas) == {size}


def test_the_picture_in_the_documentation_shows_what_is_simulated() -> None:
    """Renew it with C(UPDATE_GOLDEN=1), as the golden files."""
    path = Path(__file__).parents[4] / "docs" / "target_tracking.svg"
    made = figure(PLANT, traces(), steps(replace(CPU, warmup=120)))
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == made


def test_the_simulation_notices_a_bad_design() -> None:
    """Steps without a dead band and without patience oscillate, so a test that passes says something."""
    nervous = [
        Step(name="out", comparison="gt", threshold=50, periods=1, adjustment=100, minimum=1),
        Step(name="in", comparison="lt", threshold=50, periods=1, adjustment=-50, minimum=1),
    ]

    assert stepped(PLANT, traces()["step"], nervous).changes_of_direction > 20
