# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether there is room for the replicas that an update makes before it removes others. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_options import FLEET
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import update_policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]

DEFAULTS = {name: option.get("default") for name, option in FLEET.items()}


def to_add(fleets: Sequence[Facts], there: Sequence[Facts]) -> dict[str, int]:
    """Return how many replicas each fleet lacks, by its name.

    :param there: server fleets and autoscaling groups that exist
    """
    now = {fleet["name"]: len(fleet["replicas"]) for fleet in there}
    return {fleet["name"]: max(0, (fleet["replicas"] or 0) - now.get(fleet["name"], 0)) for fleet in fleets}


def surge(fleet: Facts) -> int:
    """Return how many replicas beyond the wanted number an update makes at most."""
    given = {key: value for key, value in (fleet.get("rollout") or {}).items() if value is not None}
    if fleet["elastic"]:
        return int(given.get("max_surge") or 1)
    return update_policy({**DEFAULTS, **given}).room(fleet["replicas"] or 0)[0]


def surge_warnings(fleets: Sequence[Facts], capacity: Facts, there: Sequence[Facts]) -> Iterator[str]:
    """Yield which fleets can be deployed, but not updated later.

    :param fleets: as C(settled) returns them
    :param there: server fleets and autoscaling groups that exist
    """
    free = (capacity["quotas"].get("instances") or {}).get("free")
    if free is None:
        return
    left = free - sum(to_add(fleets, there).values())
    for fleet in fleets:
        more = surge(fleet)
        # What does not even suffice for the deployment is a problem, and told as one.
        if 0 <= left < more:
            yield (
                f"while {fleet['name']!r} is updated it needs {more} more of the quota of instances"
                f" (rollout.max_surge), which leaves {left}"
            )
