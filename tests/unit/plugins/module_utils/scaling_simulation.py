# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group under load, in steps of the time between two looks of Aodh: by our alarms and steps, and ideally.

It has what slows a real group down: replicas take time to start, Heat makes one change at a time, and a signal that
comes during a change or in the cooldown after it is lost. Of several alarms that go off in the same period, the worst
comes first: the smallest step. Numbers of replicas are rounded as Heat does. Alarms are in a state, as Aodh's are, and
repeat their signals while it is C(alarm). When Aodh looks several times in a period, it sees the running one, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Step

    Alarm = Callable[[Step, Sequence[float], str], str]

OK, ALARM, UNKNOWN = "ok", "alarm", "insufficient data"


@dataclass(frozen=True, kw_only=True)
class Plant:
    """The group. Load is in replicas that it would keep busy to 100 %.

    :param period: seconds of a time step
    :param looks: time steps in a period of the metric
    :param start: seconds until a new replica serves
    :param begin: the size in the beginning; without it the lowest
    """

    low: int
    high: int
    begin: int | None = None
    period: int = 60
    looks: int = 1
    start: int = 60
    target: float = 50.0
    saturation: float = 100.0


@dataclass(frozen=True, kw_only=True)
class Path:
    """What came of it, for each time step."""

    load: Sequence[float]
    replicas: Sequence[int]
    metric: Sequence[float]

    def needed(self, plant: Plant) -> list[int]:
        return [ideal_size(plant, load) for load in self.load]

    @property
    def cost(self) -> int:
        """Replicas times periods."""
        return sum(self.replicas)

    @property
    def changes_of_direction(self) -> int:
        """How often growing became shrinking or the other way round."""
        moves = [after - before for before, after in pairwise(self.replicas)]
        signs = [math.copysign(1, move) for move in moves if move]
        return sum(before != after for before, after in pairwise(signs))

    def overloaded(self, plant: Plant) -> int:
        """Return the periods in which there was more load than the replicas could take."""
        return sum(load > size for load, size in zip(self.load, self.replicas, strict=True) if plant.saturation)

    def time_to_target(self, plant: Plant, since: int) -> int | None:
        """Return the periods from one on until the metric is at the target or below it."""
        limit = plant.target * 1.1
        found = [place for place in range(since, len(self.metric)) if self.metric[place] <= limit]
        return found[0] - since if found else None

    def overshoot(self, plant: Plant) -> int:
        """Return how many replicas too many there were at most, in comparison with the highest need."""
        return max(self.replicas) - max(self.needed(plant))


def ideal_size(plant: Plant, load: float) -> int:
    """Return the size that brings the metric to its target."""
    # A hair less, so that 2.0000000001 replicas are two.
    return min(plant.high, max(plant.low, math.ceil(load * 100 / plant.target - 1e-9)))


def ideal(plant: Plant, load: Sequence[float]) -> Path:
    """Run the controller that knows the load itself, has no cooldown, and shrinks at once; starting takes as long."""
    delay = math.ceil(plant.start / plant.period)
    ordered = [ideal_size(plant, now) for now in load]
    sizes = [min(ordered[max(0, place - delay) : place + 1]) for place in range(len(load))]
    return _path(plant, load, sizes)


def stepped(plant: Plant, load: Sequence[float], steps: Sequence[Step], alarm: Alarm | None = None) -> Path:
    """Run Aodh's alarms and Heat's policies.

    :param alarm: how an alarm gets its next state; without it as those that the group gets
    """
    sizes: list[int] = []
    values: list[float] = []
    states = {step.name: UNKNOWN for step in steps}
    size = serving = plant.low if plant.begin is None else plant.begin
    free_at = ready_at = 0.0
    for place, now in enumerate(load):
        clock = place * plant.period
        if clock >= ready_at:
            serving = size
        sizes.append(serving)
        values.append(_metric(plant, now, serving))
        seen = values if plant.looks == 1 else rates(values, plant.looks)
        states = {step.name: (alarm or combined)(step, seen, states[step.name]) for step in steps}
        if clock < free_at:
            continue
        for step in sorted(steps, key=lambda step: abs(step.adjustment)):
            if states[step.name] != ALARM:
                continue
            wanted = changed(size, step, plant)
            if wanted == size:
                continue
            ready_at = clock + (plant.start if wanted > size else 0)
            size = wanted
            free_at = max(ready_at, clock) + step.cooldown
            break
    return _path(plant, load, sizes)


def rates(values: Sequence[float], looks: int) -> list[float]:
    """Return what Gnocchi makes of a time that replicas have used, in which Aodh looks several times in each period.

    As C(rate:mean), it is the difference of the means of two periods, the last one as far as it is.
    """
    used = list(accumulate(values))
    means = [fmean(used[place : place + looks]) for place in range(0, len(used), looks)]
    return [(after - before) / looks for before, after in pairwise([0.0, *means])]


def plain(step: Step, seen: Sequence[float], before: str) -> str:
    """Return the next state of an alarm with one rule (C(_transition_alarm) in Aodh's C(threshold.py))."""
    state, trend = _rule(step, step.periods, seen)
    if trend is None:
        return state
    return trend if before == UNKNOWN else before


def combined(step: Step, seen: Sequence[float], before: str) -> str:
    """Return the next state of an alarm that is about all periods and the last one (C(evaluate) in C(composite.py))."""
    opposite = {ALARM: OK, OK: ALARM}
    states = []
    for periods in (step.periods, 1):
        state, trend = _rule(step, periods, seen)
        if trend is not None:
            state = trend if before == UNKNOWN else opposite[trend]
        states.append(state)
    if all(state == ALARM for state in states):
        return ALARM
    return OK if OK in states else UNKNOWN


def _rule(step: Step, periods: int, seen: Sequence[float]) -> tuple[str, str | None]:
    """Return what a rule says, and where it tends to when the periods disagree."""
    last = seen[-periods:]
    if len(last) < periods:
        return UNKNOWN, None
    beyond = [value > step.threshold if step.comparison == "gt" else value < step.threshold for value in last]
    if len(set(beyond)) > 1:
        return UNKNOWN, ALARM if beyond[-1] else OK
    return (ALARM if beyond[-1] else OK), None


def changed(size: int, step: Step, plant: Plant) -> int:
    """Return the size after a change in per cent, rounded as Heat rounds: away from zero below one, else towards it."""
    delta = size * step.adjustment / 100
    away = abs(delta) < 1
    rounded = math.ceil(delta) if (delta > 0) == away else math.floor(delta)
    minimum = step.minimum or 0
    if abs(rounded) < minimum:
        rounded = minimum if step.adjustment > 0 else -minimum
    return min(plant.high, max(plant.low, size + rounded))


def _metric(plant: Plant, load: float, serving: int) -> float:
    return min(plant.saturation, load / serving * 100)


def _path(plant: Plant, load: Sequence[float], sizes: Sequence[int]) -> Path:
    metric = [_metric(plant, now, size) for now, size in zip(load, sizes, strict=True)]
    return Path(load=load, replicas=sizes, metric=metric)


def traces(periods: int = 240) -> dict[str, list[float]]:
    """Return loads over time: a step, a ramp, a spike and a day (in which a period is six minutes of it)."""
    quarter = periods // 4
    return {
        "step": [1.0] * quarter + [5.0] * (2 * quarter) + [1.0] * quarter,
        "ramp": [1.0 + 5.0 * min(1.0, max(0.0, (place - quarter) / (2 * quarter))) for place in range(periods)],
        "spike": [1.0] * quarter + [6.0] * 5 + [1.0] * (periods - quarter - 5),
        "day": [3.0 - 2.5 * math.cos(2 * math.pi * place / periods) for place in range(periods)],
    }
