# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where replicas go, which ones go first, and what new ones are called. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Placed(Protocol):
    """What placement needs to know of a replica."""

    @property
    def id(self) -> str: ...
    @property
    def zone(self) -> str | None: ...
    @property
    def created_at(self) -> str: ...


P = TypeVar("P", bound=Placed)
Zone: TypeAlias = "str | None"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Replicas that are removed together, then new ones, in numbers by zone, that are made together."""

    remove: tuple[str, ...]
    create: Mapping[Zone, int]


def batches(remove: Sequence[str], create: Mapping[Zone, int]) -> tuple[Batch, ...]:
    """Return the order of removals (ids) and creations.

    All at once, removals first: under hard anti-affinity a new replica may need the host of an old one.
    """
    return (Batch(remove=tuple(remove), create=create),)


def distribute(number: int, zones: Sequence[str] | None, present: Iterable[Zone]) -> dict[Zone, int]:
    """Return how many of C(number) new replicas go to each zone so that zones differ by one replica at most.

    :param zones: zones to use, the first one first when there is a choice; None leaves the choice to Nova
    :param present: zones of the replicas that stay; when they are out of balance, they are not moved
    """
    if number <= 0:
        return {}
    if not zones:
        return {None: number}
    load = Counter(zone for zone in present if zone in zones)
    added: Counter[Zone] = Counter()
    for _replica in range(number):
        zone = min(zones, key=lambda zone: load[zone] + added[zone])
        added[zone] += 1
    return {zone: added[zone] for zone in zones if added[zone]}


def surplus(replicas: Sequence[P], number: int, drifted: frozenset[str] = frozenset()) -> list[P]:
    """Return the C(number) replicas to remove, so that zones stay balanced.

    Out of the fullest zone each time: a drifted one first, else the oldest.

    :param drifted: ids of replicas that differ from the template
    """
    left = sorted(replicas, key=lambda replica: (replica.id not in drifted, replica.created_at, replica.id))
    chosen: list[P] = []
    for _replica in range(min(number, len(left))):
        load = Counter(replica.zone for replica in left)
        fullest = max(load.values())
        victim = next(replica for replica in left if load[replica.zone] == fullest)
        left.remove(victim)
        chosen.append(victim)
    return chosen


def free_batch_numbers(service: str, taken: Iterable[str], count: int) -> list[int]:
    """Return the C(count) lowest numbers that no name has as its batch.

    Names are C(SERVICE-BATCH-INDEX). Nova calls the servers of one multi-create NAME-1 to NAME-N, each request on its
    own, so each request gets a name with a batch number that is not in use. Like that, names, and the host names that
    Nova derives from them, are unique from the first moment, with no renaming.
    """
    pattern = re.compile(rf"{re.escape(service)}-(\d+)(?:-\d+)?")
    used = {int(match[1]) for name in taken if (match := pattern.fullmatch(name))}
    numbers: list[int] = []
    number = 1
    while len(numbers) < count:
        if number not in used:
            numbers.append(number)
        number += 1
    return numbers


def names_of_batch(service: str, number: int, count: int) -> tuple[str, ...]:
    """Return the names that the replicas of a batch get."""
    return tuple(f"{service}-{number}-{index}" for index in range(1, count + 1))
