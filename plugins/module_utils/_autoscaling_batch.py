# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many replicas must be brought to another version at once, so that Heat waits for none in vain. Pure.

Heat updates a group batch by batch. With each batch it updates the replicas whose turn has not come, too: to one that
is whole nothing happens, but for one that never got ready it waits once more, in the version that it has, and then the
update has failed. Those that failed come first, so a batch that reaches the last of them leaves none to wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    REPLICA_FILE,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource

MARKED = "CHECK_FAILED"
"""Status of a replica that was marked as unhealthy, or that a check of the stack has found so.

It tells nothing about whether the replica was ever ready.
"""
NOT_BEGUN = "INIT_COMPLETE"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What decides about a replica's place among those of its zone.

    :param stack: id of the stack of Heat's group that it is in
    :param created_at: as Heat writes it
    :param whole: whether everything that it consists of was made
    """

    name: str
    stack: str
    version: str
    status: str
    created_at: str
    whole: bool

    def failed(self, version: str) -> bool:
        """Return whether Heat counts it as failed in an update to a version."""
        return self.status.endswith("_FAILED") and not unmarked(self, version)


def places(found: Sequence[Resource]) -> list[Place]:
    """Return the replicas among the resources of a group's stack."""
    unmade = {one.parent for one in found if not _made(one.status)}
    return [
        Place(
            name=one.name,
            stack=one.stack.rpartition("/")[2],
            version=version_of(one.type),
            status=one.status,
            created_at=one.created_at,
            whole=one.name not in unmade and (_made(one.status) or one.status == MARKED),
        )
        for one in found
        if one.type.startswith(REPLICA_FILE)
    ]


def unmarked(place: Place, version: str) -> bool:
    """Return whether a replica's mark is taken back before an update to a version.

    Heat would replace all marked ones at once, most of them in the version that they have, and soon all again. Without
    marks each is replaced once, in its batch. Who never got ready keeps the mark: Heat must take it for failed.
    """
    return place.status == MARKED and place.whole and place.version != version


def least_batch(found: Iterable[Place], size: int, version: str) -> int:
    """Return how many replicas of a zone the first batch must have at least, 0 when any number will do.

    One that failed in the very version that it shall have is no reason: it is marked, see C(give_up).

    :param size: replicas of the zone after the update; what is beyond it, Heat removes in the same order before that
    :param version: which all of them shall have
    """
    ordered = sorted(found, key=lambda one: (not one.failed(version), one.created_at, one.name))
    stuck = [place for place, one in enumerate(ordered, start=1) if not one.whole and one.version != version]
    removed = max(0, len(ordered) - size)
    return max(0, max(stuck, default=0) - removed)


def _made(status: str) -> bool:
    return status.endswith("_COMPLETE") and status != NOT_BEGUN
