# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How replicas are replaced: the user's choices as values, and the batches that follow from them. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import too_small

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROLLING, RECREATE, IN_PLACE, NONE = "rolling", "recreate", "in_place", "none"
UPDATE_POLICIES = (ROLLING, RECREATE, IN_PLACE, NONE)
ROLLBACK, HALT = "rollback", "halt"
_PERCENTAGES = ("min_healthy_percentage", "max_healthy_percentage")
_WHOLE = 100


@dataclass(frozen=True, kw_only=True)
class UpdatePolicy:
    """What happens to replicas that differ from the template.

    :param max_surge: how many replicas there may be beyond the wanted number
    :param max_unavailable: how many of the wanted number may be missing
    :param min_healthy_percentage: with the next one, instead of the two above
    :param pause: seconds between batches
    :param skip_matching: whether replicas that match the template stay
    :param drain_timeout: seconds that a replica out of rotation has at most to finish open requests
    """

    kind: str = ROLLING
    max_surge: int = 1
    max_unavailable: int = 0
    min_healthy_percentage: int | None = None
    max_healthy_percentage: int | None = None
    pause: int = 0
    on_failure: str = ROLLBACK
    skip_matching: bool = True
    drain_timeout: int = 30

    def room(self, replicas: int) -> tuple[int, int]:
        """Return how many replicas of a fleet may be too many and how many may be missing.

        Percentages count as for an instance refresh of Amazon EC2 Auto Scaling: the lower one is rounded up, and
        when they leave no room, one replica at a time is replaced all the same. It is made before the old one goes
        when the upper percentage exceeds 100.

        What is changed in place is missing meanwhile, and nothing is made beside it: how many may be too many does not
        count there.
        """
        if self.kind == RECREATE:
            return 0, max(replicas, 1)
        surge, unavailable = self.max_surge, self.max_unavailable
        if self.min_healthy_percentage is not None or self.max_healthy_percentage is not None:
            lowest = _WHOLE if self.min_healthy_percentage is None else self.min_healthy_percentage
            highest = _WHOLE if self.max_healthy_percentage is None else self.max_healthy_percentage
            surge = replicas * (highest - _WHOLE) // _WHOLE
            unavailable = replicas - math.ceil(replicas * lowest / _WHOLE)
            if not surge and not unavailable:
                surge, unavailable = (1, 0) if highest > _WHOLE else (0, 1)
        if self.kind == IN_PLACE:
            return 0, max(unavailable, 1)
        return surge, unavailable


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Replicas that are replaced together.

    :param first: ids of those that go before new ones are made
    :param last: ids of those that go once the new ones are ready
    """

    first: tuple[str, ...]
    last: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return self.first + self.last


def batches(victims: Sequence[str], surge: int, unavailable: int) -> tuple[Batch, ...]:
    """Return in which steps replicas (ids, in their order) are replaced.

    At each moment there are C(surge) replicas too many or C(unavailable) too few at most.
    """
    step = surge + unavailable
    chunks = [tuple(victims[start : start + step]) for start in range(0, len(victims), step)]
    return tuple(
        Batch(first=chunk[: max(len(chunk) - surge, 0)], last=chunk[max(len(chunk) - surge, 0) :]) for chunk in chunks
    )


def update_policy(params: Mapping[str, Any]) -> UpdatePolicy:
    """Return the options as a value."""
    given = {
        "max_surge": params["max_surge"],
        "max_unavailable": params["max_unavailable"],
    }
    if given["max_surge"] is None and given["max_unavailable"] is not None:
        given["max_surge"] = 0 if given["max_unavailable"] else 1
    return UpdatePolicy(
        kind=params["update_policy"],
        pause=params["pause"],
        on_failure=params["on_failure"],
        skip_matching=params["skip_matching"],
        drain_timeout=params["drain_timeout"],
        min_healthy_percentage=params["min_healthy_percentage"],
        max_healthy_percentage=params["max_healthy_percentage"],
        **{key: value for key, value in given.items() if value is not None},
    )


def update_problems(params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options, as far as it shows without the cloud."""
    found = too_small(params, ("max_surge", "max_unavailable", "pause", "drain_timeout"))
    if params.get("max_surge") == 0 and not params.get("max_unavailable"):
        found.append("'max_surge: 0' needs 'max_unavailable' of 1 at least: nothing could ever be replaced")
    lowest, highest = (params.get(option) for option in _PERCENTAGES)
    counts = [option for option in ("max_surge", "max_unavailable") if params.get(option) is not None]
    if (lowest is not None or highest is not None) and counts:
        found.append(f"give {_list(_PERCENTAGES)} or {_list(counts)}, not both")
    if lowest is not None and not 0 <= lowest <= _WHOLE:
        found.append("'min_healthy_percentage' must be from 0 to 100")
    if highest is not None and not _WHOLE <= highest <= 2 * _WHOLE:
        found.append("'max_healthy_percentage' must be from 100 to 200")
    return found


def _list(options: Sequence[str]) -> str:
    return " and ".join(f"'{option}'" for option in options)
