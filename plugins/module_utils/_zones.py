# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Availability zones in which no server can be made. Pure.

Nova calls a zone unavailable whose hosts are all disabled, for example during maintenance, and does not list one
without hosts. It refuses a new server there. What runs there runs on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def closed_zones(wanted: Iterable[str], known: Mapping[str, bool]) -> dict[str, str]:
    """Return why no server can be made in some zones, by their names.

    :param known: whether a zone is available, for each that Nova lists
    """
    there_are = ", ".join(sorted(known))
    return {
        zone: f"availability zone {zone!r} is not available at the moment"
        if zone in known
        else f"there is no availability zone {zone!r} (there are: {there_are})"
        for zone in wanted
        if not known.get(zone)
    }


def needed_zones(
    wanted: Collection[str], known: Mapping[str, bool], used: Collection[str | None], *, balanced: bool
) -> list[str]:
    """Return what is wrong with zones that a fleet cannot do without. It can while others take new replicas.

    :param used: zones of the replicas that are there
    :param balanced: whether each zone must have its share
    """
    closed = closed_zones(wanted, known)
    if balanced or closed.keys() == set(wanted):
        return list(closed.values())
    return mistaken_zones(wanted, known, used)


def mistaken_zones(wanted: Iterable[str], known: Mapping[str, bool], used: Collection[str | None]) -> list[str]:
    """Return what is wrong with zones that nobody has heard of: neither does Nova list them, nor is a replica there."""
    return [why for zone, why in closed_zones(wanted, known).items() if zone not in known and zone not in used]


def fleet_without(fleet: str, why: str) -> str:
    """Return what it means for a fleet that one of its zones is closed."""
    return f"New replicas of fleet {fleet!r} go to other zones, because {why}"


def group_without(group: str, why: str) -> str:
    """Return what it means for an autoscaling group that one of its zones is closed."""
    return f"Autoscaling group {group!r} gets no new replicas in one of its zones, because {why}"


def group_needs(group: str, why: str) -> str:
    """Return what it means that a zone is closed for an autoscaling group whose replicas all have to be new."""
    return (
        f"autoscaling group {group!r} needs new replicas in each of its zones, but {why}: run this again when it takes"
        " servers, or take the zone out of availability_zones"
    )
