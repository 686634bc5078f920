# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether there is room for the replicas that an update makes before it removes others. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_options import FLEET
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import NONE, update_policy
from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import (
    Existing,
    replicas_to_add,
    server_groups_of,
    server_groups_there,
    server_groups_to_add,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]

DEFAULTS = {name: option.get("default") for name, option in FLEET.items()}


def surge(fleet: Facts) -> int:
    """Return how many replicas beyond the wanted number an update makes at most."""
    given = {key: value for key, value in (fleet.get("rollout") or {}).items() if value is not None}
    if fleet["elastic"]:
        return int(given.get("max_surge") or 1)
    policy = update_policy({**DEFAULTS, **given})
    return 0 if policy.kind == NONE else policy.room(fleet["replicas"] or 0)[0]


def surge_warnings(fleets: Sequence[Facts], capacity: Facts, existing: Existing) -> Iterator[str]:
    """Yield which fleets can be deployed, but not updated later.

    :param fleets: as C(kept_fleets) returns them
    """
    added = {
        "instances": sum(replicas_to_add(fleet, existing) for fleet in fleets),
        "server_groups": sum(server_groups_to_add(fleet, capacity, existing) for fleet in fleets),
    }
    for fleet in fleets:
        needed = {
            "instances": (surge(fleet), "rollout.max_surge"),
            "server_groups": (_further_groups(fleet, capacity, existing), "new replicas are in others than old ones"),
        }
        for kind, (more, why) in needed.items():
            free = (capacity["quotas"].get(kind) or {}).get("free")
            left = None if free is None else free - added[kind]
            # What does not even suffice for the deployment is a problem, and told as one.
            if left is not None and 0 <= left < more:
                yield (
                    f"while {fleet['name']!r} is updated it needs {more} more of the quota of {kind} ({why}), which"
                    f" leaves {left}"
                )


def _further_groups(fleet: Facts, capacity: Facts, existing: Existing) -> int:
    """Return how many server groups an update adds at most: as many as there are replicas for, a second time."""
    if fleet["elastic"] or not surge(fleet):
        return 0
    usual = server_groups_of(fleet, capacity)
    return max(0, 2 * usual - max(usual, server_groups_there(fleet, existing)))
