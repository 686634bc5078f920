# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Target tracking: from a metric's target value to alarms and steps that act like a proportional controller. Pure.

What a proportional controller would do, replicas times metric divided by target, needs arithmetic that neither Aodh
nor Heat has. So the ratio of metric to target is cut into bands. Each band has an alarm and a change in per cent that
fits its middle. Bands of greater deviation need fewer periods, so the greater step comes first; what the others say
then falls into its cooldown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError

BANDS = (1.5, 2.0, 3.0)
"""Ratios of metric to target at which a greater step begins; the first band begins at the dead band's end."""
NEAR_SATURATION = 0.95
"""Share of a metric's highest value from which it may stand for any load."""
FEWEST_PERIODS = 2
"""One period does not do: Gnocchi's rate over several instances jumps for one granule when their number changes."""
WARMUP = 180
"""Seconds of a cooldown at least, where none is given."""
SCALE_IN_FACTOR = 5
"""How many times longer a group must be too large than too small before it changes."""
SMALL_REMOVAL, LARGE_REMOVAL = 10, 40
"""Per cent of the replicas that are removed at once; a single one when that is less than one."""
PERCENT = 100
MOST_PERIODS = 100
"""What Aodh takes as C(evaluation_periods) at most."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the metric shall be.

    :param value: in the unit of the metric, per replica
    :param saturation: the highest value that the metric can have, C(None) when it has no bounds
    :param evaluation_periods: how many periods the greatest deviation must last
    :param warmup: seconds after a change in which nothing is changed: until the metric shows what the change did
    :param dead_band: share of the target above and below it in which nothing happens
    :param removed: how many replicas one step removes at least: one in each zone
    :param disable_scale_in: whether the group only grows
    """

    value: float
    saturation: float | None = None
    evaluation_periods: int = FEWEST_PERIODS
    warmup: int = WARMUP
    dead_band: float = 0.1
    min_size: int = 1
    removed: int = 1
    disable_scale_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One alarm and what it does.

    :param comparison: C(gt) or C(lt)
    :param threshold: in the unit of the metric
    :param periods: for how many periods in a row
    :param adjustment: change of the number of replicas, see C(adjustment_type)
    :param minimum: replicas that are added or removed at least; only with a change in per cent
    :param beyond: a value past the threshold, from which on another step acts instead of this one
    """

    name: str
    comparison: str
    threshold: float
    periods: int
    adjustment: int
    adjustment_type: str = "percent_change_in_capacity"
    cooldown: int = 0
    minimum: int | None = None
    beyond: float | None = None

    @property
    def inside(self) -> str:
        """How the value is compared with C(beyond) where this step acts."""
        return "le" if self.comparison == "gt" else "ge"


def steps(target: Target) -> tuple[Step, ...]:
    """Return the steps around a target, the smallest deviation first.

    :raises InvalidInputError: when the target cannot be tracked
    """
    if found := problems(target):
        raise InvalidInputError(found)
    return (*_scale_out(target), *(() if target.disable_scale_in else _scale_in(target)))


def problems(target: Target) -> list[str]:
    """Return why a target cannot be tracked."""
    found = []
    if target.value <= 0:
        found.append(f"the target value is {target.value:g}, but must be greater than 0")
    if not 0 < target.dead_band < 1:
        found.append(f"the dead band is {target.dead_band:g}, but must be between 0 and 1")
    if target.evaluation_periods < FEWEST_PERIODS:
        found.append(
            f"{target.evaluation_periods} evaluation periods are too few: at least {FEWEST_PERIODS} are needed"
        )
    longest = SCALE_IN_FACTOR * target.evaluation_periods
    if longest > MOST_PERIODS:
        found.append(f"scaling in would take {longest} evaluation periods, but Aodh takes {MOST_PERIODS} at most")
    saturation = target.saturation
    if saturation is not None and target.value * (1 + target.dead_band) > saturation * NEAR_SATURATION:
        most = saturation * NEAR_SATURATION / (1 + target.dead_band)
        found.append(
            f"the target value {target.value:g} is too near to the highest value of the metric, {saturation:g}: "
            f"it must be {math.floor(most):g} or less, so that too much load can be told from enough"
        )
    return found


def _scale_out(target: Target) -> list[Step]:
    edges = _edges(target)
    found = []
    for place, edge in enumerate(edges):
        is_last = place == len(edges) - 1
        # The middle of a band is the ratio as far from one end as from the other. The last one has no end: there at
        # least as much is added as there is.
        ratio = max(2.0, edge) if is_last and len(edges) > 1 else math.sqrt(edge * [*edges, 2.0][place + 1])
        found.append(
            Step(
                name=f"out_{place + 1}",
                comparison="gt",
                threshold=edge * target.value,
                periods=target.evaluation_periods + len(edges) - 1 - place,
                adjustment=round((ratio - 1) * PERCENT),
                cooldown=target.warmup,
                minimum=1,
            )
        )
    return found


def _edges(target: Target) -> list[float]:
    edges = [1 + target.dead_band, *(edge for edge in BANDS if edge > 1 + target.dead_band)]
    if target.saturation is None:
        return edges
    highest = target.saturation * NEAR_SATURATION / target.value
    inside = [edge for edge in edges if edge < highest]
    return [*inside, highest] if highest > 1 + target.dead_band else inside or [highest]


def _scale_in(target: Target) -> list[Step]:
    # From the smallest size that can shrink, one step less must still be enough; else the group would grow again.
    smallest = target.min_size / (target.min_size + target.removed)
    ratio = (1 - target.dead_band) * min(smallest, 1 - SMALL_REMOVAL / PERCENT)
    periods = SCALE_IN_FACTOR * target.evaluation_periods
    return [
        Step(
            name="in_1",
            comparison="lt",
            threshold=ratio * target.value,
            periods=periods,
            adjustment=-SMALL_REMOVAL,
            cooldown=target.warmup,
            minimum=1,
        ),
        Step(
            name="in_2",
            comparison="lt",
            threshold=ratio / 2 * target.value,
            periods=max(target.evaluation_periods, periods - 2),
            adjustment=-LARGE_REMOVAL,
            cooldown=target.warmup,
            minimum=1,
        ),
    ]
