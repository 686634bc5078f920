# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the stacks on the levels of an autoscaling group say about its zones. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_batch import MARKED, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_batch import Place
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree

NOT_MADE = "CREATE_FAILED"
ZONES, GROUPS, REPLICAS = 1, 2, 3
"""Levels of nested stacks."""
_ZONE = re.compile(r"-zone_(\d+)-[^-]*$")


def sizes_of(found: Tree) -> tuple[int, ...]:
    """Return the replicas of each zone, as Heat counts them.

    One that could not be made is none: to ask for it again would fail again, and then Heat does not scale the group
    any more. While the group itself is new, it is what was asked for. Of two with one name, one replaces the other.
    """
    groups = _groups(found)
    new = found.root.status == NOT_MADE
    standing = (replica for replica in found.level(REPLICAS) if new or replica.status != NOT_MADE)
    names = {(replica.parent or "", replica.name.rpartition("-")[0]) for replica in standing}
    owners = [groups.get(parent) for parent, _name in names]
    return tuple(owners.count(zone.id) for zone in _in_order(found))


def places_of(found: Tree, resources: Sequence[Resource]) -> tuple[tuple[Place, ...], ...]:
    """Return the replicas of each zone as Heat lists them: one for each name, those that could not be made among them.

    :param resources: of the group's stack, on all levels
    """
    groups, replicas = _groups(found), places(resources)
    return tuple(tuple(one for one in replicas if groups.get(one.stack) == zone.id) for zone in _in_order(found))


def zones_of(found: Tree) -> dict[int, Stack]:
    """Return the stacks of the zones by their numbers."""
    numbered = ((_ZONE.search(stack.name), stack) for stack in found.level(ZONES))
    return {int(number[1]): stack for number, stack in numbered if number}


def troubles(found: Tree, resources: Iterable[Resource]) -> dict[str, Any]:
    """Return what is wrong in the stacks of a group, as modules show it.

    :param resources: of the group's stack, on all levels
    """
    failed = {stack.id for stack in found.stacks if stack.failed}
    bad = [one for one in resources if one.status.endswith("_FAILED")]
    # A run looks at stacks: what is only marked waits for the next change.
    marked = [one for one in bad if one.status == MARKED and one.stack.rpartition("/")[2] not in failed]
    return {
        "failed": sorted({one.path for one in bad if one not in marked}),
        "marked": sorted({one.path for one in marked}),
        "suspended_stack": found.suspended.name if found.suspended else None,
    }


def _in_order(found: Tree) -> list[Stack]:
    return [zone for _number, zone in sorted(zones_of(found).items())]


def _groups(found: Tree) -> dict[str, str | None]:
    """Return the zone of each of Heat's groups, all by their ids."""
    return {group.id: group.parent for group in found.level(GROUPS)}
