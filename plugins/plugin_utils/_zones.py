# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it means for a service that an availability zone takes no servers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import BALANCED_ONLY
from ansible_collections.model_serving.openstack.plugins.module_utils._zones import (
    closed_zones,
    fleet_without,
    group_needs,
    group_without,
    mistaken_zones,
    needed_zones,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import Existing

Facts = Mapping[str, Any]


def zone_problems(fleets: Sequence[Facts], capacity: Facts, existing: Existing) -> Iterator[str]:
    """Yield what is wrong with zones that cannot be done without.

    :param fleets: as :func:`_elastic.kept_fleets` returns them
    """
    known = _known(capacity)
    for fleet in fleets:
        mistaken = mistaken_zones(fleet["availability_zones"] or (), known, ())
        for why in _needed(fleet, known, existing):
            yield group_needs(fleet["name"], why) if fleet["elastic"] and why not in mistaken else why


def zone_warnings(fleets: Sequence[Facts], capacity: Facts, existing: Existing) -> Iterator[str]:
    """Yield what becomes of fleets and groups without zones that take no servers."""
    known = _known(capacity)
    for fleet in fleets:
        needed = _needed(fleet, known, existing)
        says = group_without if fleet["elastic"] else fleet_without
        yield from (says(fleet["name"], why) for why in _closed(fleet, known) if why not in needed)


def _known(capacity: Facts) -> dict[str, bool]:
    return {zone["name"]: zone["available"] for zone in capacity.get("availability_zones") or ()}


def _closed(fleet: Facts, known: Mapping[str, bool]) -> list[str]:
    # When Nova does not list its zones, that is told.
    return list(closed_zones(fleet["availability_zones"] or (), known).values()) if known else []


def _needed(fleet: Facts, known: Mapping[str, bool], existing: Existing) -> list[str]:
    closed, wanted = _closed(fleet, known), fleet["availability_zones"]
    replicas = (existing.of(fleet) or {}).get("replicas", ())
    used = {replica.get("availability_zone") for replica in replicas}
    if closed and not fleet["elastic"]:
        balanced = fleet.get("availability_zone_distribution") == BALANCED_ONLY
        return needed_zones(wanted, known, used, balanced=balanced)
    # Each zone has a part of a group. Only the module sees whether one that is there gets new replicas.
    return mistaken_zones(wanted, known, used) if closed and fleet["group_exists"] else closed
