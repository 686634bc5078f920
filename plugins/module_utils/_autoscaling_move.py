# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group whose pool was made again moves to the new one, with the servers that it has. Pure.

A load balancer that was lost is made again, and then its pools have other ids. As long as the template of a single
replica names a pool that is gone, Heat takes no update. So the group is first given the templates that it has, with
nothing changed but the pools, and in one batch. Whatever else is wanted of it comes after that.

When its servers cannot be made any more, because their image is gone as well, Heat would not take those templates
either. Then the update that replaces all servers at once leaves none with a pool that is gone, and nothing moves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_parameters import carried
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import MEMBER_TYPE, SETTLED
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_request import request
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    MOVING_TAG,
    PINNED_TAG,
    Observed,
    still_used,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    REPLICA_FILE,
    ZONE_FILE,
    Templates,
    replica_file_name,
    version_of,
    written,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import MOVING
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import StackRequest


@dataclass(frozen=True, kw_only=True)
class Move:
    """What Heat is to be given so that a group moves.

    :param after: the group as it is then
    """

    request: StackRequest
    after: Observed


def pools_of(replica: Mapping[str, Any]) -> list[str]:
    """Return the ids of the pools in the template of a replica, in the order of its members."""
    members = {
        int(name.rpartition("_")[2]): str(resource["properties"]["pool"])
        for name, resource in replica["resources"].items()
        if resource["type"] == MEMBER_TYPE
    }
    return [members[number] for number in sorted(members)]


def pools_in_use(files: Mapping[str, str], types: Iterable[str]) -> set[str]:
    """Return the ids of the pools in the templates that replicas have or shall have."""
    return {
        pool
        for name in types
        if name in files and name.startswith(REPLICA_FILE)
        for pool in pools_of(json.loads(files[name]))
    }


def move(desired: Desired, observed: Observed) -> Move | None:
    """Return how a group moves, C(None) when it need not, or cannot with the servers that it has.

    :raises InvalidInputError: when nothing is wanted in the place of a pool that is gone
    """
    stack, details = observed.stack, observed.details
    kind = details.replica
    if stack is None or kind is None or observed.leftover or not _left_behind(observed):
        return None
    if details.gone and not stack.busy:  # What Heat is at goes no further without who replaces copies.
        return None
    moved = _moved(observed, kind["type"])
    # Another number of zones comes afterwards, too.
    usual = request(desired, replace(observed, wanted=moved, zones=observed.zones_given))
    asked = replace(
        usual,
        # It is one batch in any case.
        parameters=carried({**details.parameters, **usual.parameters, MOVING: True}, moved.template),
        tags=(MOVING_TAG, *usual.tags),
    )
    there = replace(
        stack,
        status="UPDATE_COMPLETE",
        tags=tuple(tag for tag in usual.tags if tag != PINNED_TAG),
    )
    after = replace(
        observed,
        stack=there,
        failed=False,
        details=replace(
            details,
            files=moved.files,
            parameters=asked.parameters,
            types=frozenset(name for name in moved.files if name.startswith(REPLICA_FILE)),
            lost=frozenset(),
        ),
    )
    return Move(request=asked, after=after)


def copied_to(observed: Observed) -> frozenset[str]:
    """Return the pools in which copies of a group's members may be, none when all its pools were there all the time."""
    wanted = observed.wanted.files if observed.wanted and _left_behind(observed) else {}
    return frozenset(pools_in_use(wanted, wanted))


def _left_behind(observed: Observed) -> bool:
    """Return whether a pool is gone, or a move to another one has been left unfinished."""
    return bool(observed.details.lost) or (observed.stack is not None and MOVING_TAG in observed.stack.tags)


def _moved(observed: Observed, kind: str) -> Templates:
    """Return the templates of a group with other pools.

    :param kind: the file of its replicas
    """
    details = observed.details
    replica = details.file(kind)
    successors = _successors(observed, pools_of(replica))
    moved = json.loads(_renamed(details.files[kind], successors))
    moved["resources"][SETTLED]["depends_on"].sort()
    file = replica_file_name(version_of(kind), pools_of(moved))
    zone = json.loads(_renamed(details.files[ZONE_FILE], {**successors, kind: file}))
    used = still_used(details.files, frozenset({kind}))
    del used[kind]
    return Templates(template=details.template or {}, files={**used, file: written(moved), ZONE_FILE: written(zone)})


def _successors(observed: Observed, before: list[str]) -> dict[str, str]:
    """Return what takes the place of pools that are gone."""
    files = observed.wanted.files if observed.wanted else {}
    wanted = [pool for name in files if name.startswith(REPLICA_FILE) for pool in pools_of(json.loads(files[name]))]
    lost = observed.details.lost
    without = [pool for number, pool in enumerate(before) if pool in lost and number >= len(wanted)]
    if without:
        raise InvalidInputError(
            [
                f"autoscaling group {observed.name!r} is behind pool {pool}, which is gone, and 'pools' has nothing in"
                " its place: name a pool for it once, then it can be left out"
                for pool in without
            ]
        )
    return {old: new for old, new in zip(before, wanted, strict=False) if old in lost}


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text
