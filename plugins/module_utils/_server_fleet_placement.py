# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where replicas go, which ones go first, and what new ones are called. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import NONE
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import DRIFTED, NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Desired, Replica


Zone: TypeAlias = "str | None"
FEW = 3
"""So many replicas are asked for at once where there were no hosts for one more."""


def distribute(
    number: int, zones: Sequence[Zone] | None, present: Iterable[Zone], full: Mapping[Zone, int] | None = None
) -> dict[Zone, int]:
    """Return how many of C(number) new replicas go to each zone so that zones differ by one replica at most.

    :param zones: zones to use, the first one first when there is a choice; None leaves the choice to Nova
    :param present: zones of the replicas that stay; when they are out of balance, they are not moved
    :param full: how many new replicas at most go to a zone that was found to have no host for more; the numbers may
        then add up to less than C(number)
    """
    if number <= 0:
        return {}
    if not zones:
        return {None: number}
    load = Counter(zone for zone in present if zone in zones)
    added: Counter[Zone] = Counter()
    for _replica in range(number):
        open_zones = [zone for zone in zones if added[zone] < (full or {}).get(zone, number)]
        if not open_zones:
            break
        zone = min(open_zones, key=lambda zone: load[zone] + added[zone])
        added[zone] += 1
    return {zone: added[zone] for zone in zones if added[zone]}


def next_try(most: int) -> int:
    """Return how many replicas to ask for where there may be hosts for C(most): few at once, half of many."""
    return most if most <= FEW else math.ceil(most / 2)


def surplus(
    replicas: Sequence[Replica],
    number: int,
    *,
    drifted: Collection[str] = (),
    resting: Collection[str] = (),
    policy: str = DRIFTED,
) -> list[Replica]:
    """Return the C(number) replicas to remove, so that zones stay balanced and, within a zone, hosts do.

    One that gets no requests anyway goes first, wherever it is.

    :param drifted: ids of replicas that differ from the template
    :param resting: ids of replicas that are out of rotation
    :param policy: which one of several goes: C(drifted) the drifted one, then the oldest; C(oldest); C(newest)
    """
    left = sorted(replicas, key=lambda replica: (replica.created_at, replica.id), reverse=policy == NEWEST)
    if policy == DRIFTED:
        left.sort(key=lambda replica: replica.id not in drifted)
    chosen: list[Replica] = []
    for _replica in range(min(number, len(left))):
        zones = Counter(replica.zone for replica in left)
        hosts = Counter(replica.host_id for replica in left)
        victim = max(
            left,
            key=lambda replica: (replica.id in resting, zones[replica.zone], hosts[replica.host_id]),
        )
        left.remove(victim)
        chosen.append(victim)
    return chosen


def too_many(
    desired: Desired,
    replicas: Mapping[str, Replica],
    drift: Mapping[str, Collection[str]],
    idle: Callable[[Replica], bool],
) -> list[str]:
    """Return the ids of the replicas that are too many.

    A roll that ended early may have left a new one that gets no requests yet; then the old one goes that it is for.

    :param idle: whether a replica gets no requests, or answers none
    """
    drifted = {key for key in replicas if drift.get(key)}
    resting = {key for key, replica in replicas.items() if idle(replica)}
    if drifted and desired.update.kind != NONE:
        resting &= drifted
    number, policy = len(replicas) - desired.replicas, desired.termination_policy
    found = surplus(list(replicas.values()), number, drifted=drifted, resting=resting, policy=policy)
    return [replica.id for replica in found]


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
