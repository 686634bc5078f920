# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step scaling: bands of a metric, given by hand, as alarms and policies. Pure.

The band that is farthest out needs the fewest periods, so a sudden change is answered by the right one. While the value
stays there, the alarms of the bands before it say nothing: Aodh evaluates alarms in an order of its own, and the first
whose signal comes after a cooldown would act.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import (
    MOST_PERIODS,
    WARMUP,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENT = "percent_change_in_capacity"
ADJUSTMENT_TYPES = ("change_in_capacity", PERCENT)


@dataclass(frozen=True, kw_only=True)
class Band:
    """What happens while a metric is between two values; C(None) is no bound.

    :param adjustment: replicas, or per cent of them; negative ones are removed
    """

    adjustment: int
    lower_bound: float | None = None
    upper_bound: float | None = None

    @property
    def grows(self) -> bool:
        return self.adjustment > 0


@dataclass(frozen=True, kw_only=True)
class StepPolicy:
    """Bands of one metric.

    :param evaluation_periods: how many periods a value in the outermost band must last
    :param warmup: seconds after a change in which nothing is changed
    """

    bands: Sequence[Band]
    adjustment_type: str = ADJUSTMENT_TYPES[0]
    evaluation_periods: int = 2
    warmup: int = WARMUP


def steps(policy: StepPolicy, prefix: str) -> tuple[Step, ...]:
    """Return the steps of a policy without C(problems), those that grow first, the innermost bands first.

    :param prefix: of the names
    """
    out, into = _outwards(policy)
    return (
        *(_step(policy, out[place:], f"{prefix}out_{place + 1}") for place in range(len(out))),
        *(_step(policy, into[place:], f"{prefix}in_{place + 1}") for place in range(len(into))),
    )


def _outwards(policy: StepPolicy) -> tuple[list[Band], list[Band]]:
    out = [band for band in policy.bands if band.grows and band.lower_bound is not None]
    into = [band for band in policy.bands if not band.grows and band.upper_bound is not None]
    return sorted(out, key=lambda band: band.lower_bound or 0), sorted(into, key=lambda band: -(band.upper_bound or 0))


def _begin(band: Band) -> float:
    """Return the bound of a band that is nearer to where nothing happens."""
    return (band.lower_bound if band.grows else band.upper_bound) or 0.0


def _step(policy: StepPolicy, bands: Sequence[Band], name: str) -> Step:
    """Return the step of the first of some bands; the others are those farther out, the nearest first."""
    band, *farther = bands
    return Step(
        name=name,
        comparison="gt" if band.grows else "lt",
        threshold=_begin(band),
        periods=policy.evaluation_periods + len(farther),
        adjustment=band.adjustment,
        adjustment_type=policy.adjustment_type,
        cooldown=policy.warmup,
        minimum=1 if policy.adjustment_type == PERCENT else None,
        beyond=_begin(farther[0]) if farther else None,
    )


def problems(policy: StepPolicy) -> list[str]:
    """Return what is wrong with a policy."""
    found = [] if policy.bands else ["'steps' is empty"]
    for place, band in enumerate(policy.bands):
        if band.adjustment == 0:
            found.append(f"steps[{place}].adjustment is 0")
        elif band.grows and band.lower_bound is None:
            found.append(f"steps[{place}] adds servers and needs 'lower_bound'")
        elif not band.grows and band.upper_bound is None:
            found.append(f"steps[{place}] removes servers and needs 'upper_bound'")
    if found:
        return found
    if not 1 <= policy.evaluation_periods <= MOST_PERIODS - len(policy.bands):
        found.append(f"'evaluation_periods' must be between 1 and {MOST_PERIODS - len(policy.bands)}")
    out, into = _outwards(policy)
    found += _gaps(out, "lower_bound", "upper_bound") + _gaps(into, "upper_bound", "lower_bound")
    if out and into and (into[0].upper_bound or 0) >= (out[0].lower_bound or 0):
        found.append(
            f"servers are removed below {into[0].upper_bound:g} and added above {out[0].lower_bound:g}: "
            "between the two there must be values where nothing happens, else the group is never at rest"
        )
    return found


def _gaps(bands: Sequence[Band], inner: str, outer: str) -> list[str]:
    found = []
    for near, far in zip_longest(bands, bands[1:]):
        begin, end = getattr(near, inner), getattr(near, outer)
        following = getattr(far, inner) if far else None
        if begin == following:
            found.append(f"two steps begin at {begin:g}")
        elif end is not None and end != following:
            then = f"the next one begins at {following:g}" if far else f"there is none beyond: leave out '{outer}'"
            found.append(f"the step from {begin:g} ends at {end:g}, but {then}")
    return found
