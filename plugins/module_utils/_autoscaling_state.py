# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An autoscaling group as it is, and what its stack's tags and files mean. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_details import Details
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import maker
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    REPLICA_FILE,
    ZONE_FILE,
    Templates,
    shares,
    version_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import (
    replica_in,
    server_group_in,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

KIND = "autoscaling group"
OK = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
DIGEST_TAG = "model_serving.digest="
SUSPENDED_TAG = "model_serving.suspended="
PINNED_TAG = "model_serving.pinned"
"""Tag of a stack whose size is fixed by the parameters C(pinned_N): a run that was killed may have left it so."""
PINNED = "pinned_"
DESIRED = "desired_"
BATCHES = "batch_"
MOVING_TAG = "model_serving.moving"
"""Tag of a stack that moves to a pool that was made again. Heat does not end that alone: the module sets the pace."""
PROCESSES = ("scaling", "healing")
"""What the cloud does by itself, and what can be suspended. The stack has a parameter for each."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """An autoscaling group as it is.

    :param wanted: what Heat shall be given
    :param user: name of the user who looks at it
    :param other: id of another user whom its alarms belong to, whatever the names say
    :param by_credential: whether that is by an application credential
    :param sizes: replicas of each zone, as Heat counts them
    :param failed: whether something in it has failed, on any level
    :param quiet: whether nothing in it is in progress or has failed, on any level
    :param asleep: stack of it that Heat has suspended with its servers: not one of the C(PROCESSES), which have tags
    :param left_asleep: whether a stack of it is suspended although one that it is nested in was resumed
    :param resumed: whether Heat has resumed a stack of it, with all its alarms
    :param missing: names of its alarms that somebody has deleted
    :param held_up: whether Heat ignores all signals, for a scaling that nobody is at any more
    :param details: what a closer look tells, nothing without it: only a group that is C(changing) gets one
    :param preview: what Heat says that it would do, when it is C(changing)
    :param replicas: its servers; C(None) when nobody asked for them
    :param server_groups: its server groups, read with its servers
    :param strays: servers that say they are of it, and that Heat does not list. When it is C(quiet), Heat has forgotten
        them; else they may be of replicas that are being replaced, of which Heat lists one of two that have one name
    """

    name: str
    zones: int = 1
    wanted: Templates | None = None
    user: str | None = None
    other: str | None = None
    by_credential: bool = False
    stack: Stack | None = None
    sizes: tuple[int, ...] = ()
    failed: bool = False
    quiet: bool = True
    asleep: Stack | None = None
    left_asleep: bool = False
    resumed: bool = False
    missing: tuple[str, ...] = ()
    held_up: bool = False
    details: Details = field(default_factory=Details)
    preview: Mapping[str, Any] | None = None
    replicas: tuple[Replica, ...] | None = None
    server_groups: tuple[Group, ...] = ()
    strays: tuple[Replica, ...] = ()

    @property
    def changing(self) -> bool:
        """Whether Heat is to be given anything."""
        stack, wanted = self.stack, self.wanted
        if stack is None or wanted is None:
            return wanted is not None
        if service_mark(self.name) not in stack.tags or self.asleep is not None:
            return False  # refused by the plan
        return not as_wanted(stack, wanted) or self.broken or not stack.status.startswith(OK)

    @property
    def broken(self) -> bool:
        """Whether the stack is not what Heat was last given."""
        stack = self.stack
        if stack is None:
            return False
        left = {PINNED_TAG, MOVING_TAG} & set(stack.tags)
        # With a stack, Heat also resumes the alarms of processes that were suspended by hand.
        unstopped = self.resumed and bool(self.suspended)
        failed = stack.failed or stack.status == "ROLLBACK_COMPLETE" or self.failed
        # Who cannot make them anew leaves them, with a warning.
        others = maker(stack.owner, self.user, self.other) is not None
        mute = bool(self.missing) and not (self.by_credential or others)
        return failed or bool(left) or unstopped or self.held_up or mute

    @property
    def leftover(self) -> bool:
        """Whether it is removed before there is a group: what a removal left, or what never came to be one.

        Of what a removal could not remove, Heat takes nothing but another removal.
        """
        return self.stillborn or (self.stack is not None and self.stack.status == "DELETE_FAILED")

    @property
    def stillborn(self) -> bool:
        """Whether no replica has ever been in service and all get another version.

        An update would bring one batch after another to it. With each, Heat would wait once more for the replicas that
        still have the version before, which do not get ready, and fail.
        """
        wanted = self.wanted.files if self.wanted else {}
        details = self.details
        return details.never_served and bool(details.types) and not versions(details.types) & versions(wanted)

    @property
    def size(self) -> int:
        return sum(self.sizes)

    @property
    def size_asked(self) -> int:
        """Return the size that Heat was last given for the case that there are no replicas yet."""
        return sum(int(value) for name, value in self.details.parameters.items() if name.startswith(DESIRED))

    @property
    def rezoned(self) -> bool:
        """Whether it gets another number of zones than Heat was last given."""
        if self.details.template is None or self.leftover:
            return False
        return self.zones_given != self.zones

    @property
    def zones_given(self) -> int:
        """How many zones Heat was last given."""
        resources = (self.details.template or {}).get("resources", {})
        return sum(one["type"] == ZONE_FILE for one in resources.values())

    @property
    def spread(self) -> list[int]:
        """Return the size of each zone after an update that changes their number: no zone shrinks for another one."""
        known = (*self.sizes, *([0] * self.zones))
        return [max(there, share) for there, share in zip(known, shares(self.size, self.zones), strict=False)]

    @property
    def suspended(self) -> tuple[str, ...]:
        """Return the processes that were suspended by hand."""
        return suspended(self.stack)


def suspension_tags(stopped: Sequence[str]) -> tuple[str, ...]:
    """Return the tags that say which processes are suspended, where a listing of stacks shows it."""
    return tuple(f"{SUSPENDED_TAG}{process}" for process in PROCESSES if process in stopped)


def suspended(stack: Stack | None) -> tuple[str, ...]:
    """Return the processes that a stack's tags say are suspended."""
    tags = stack.tags if stack else ()
    return tuple(process for process in PROCESSES if f"{SUSPENDED_TAG}{process}" in tags)


def digest_of(stack: Stack) -> str | None:
    """Return the digest of what a stack was made from."""
    found = [tag.removeprefix(DIGEST_TAG) for tag in stack.tags if tag.startswith(DIGEST_TAG)]
    return found[0] if found else None


def as_wanted(stack: Stack, wanted: Templates) -> bool:
    """Return whether a stack was made from what is wanted."""
    return digest_of(stack) == wanted.digest()


def as_it_is(stack: Stack | None, sides: Sequence[Templates]) -> Templates:
    """Return what is wanted with the replicas in the server group that they are in, if the stack was made from it."""
    return next((side for side in sides if stack is not None and as_wanted(stack, side)), sides[0])


def next_side(details: Details, sides: Sequence[Templates]) -> Templates:
    """Return what is wanted with the replicas in the right server group: a new version's are in the other one.

    When the last change was one of policy and failed, there may be some in groups that it has left.
    """
    replica, there = details.replica, details.server_group
    for same, other in (sides, sides[::-1]):
        if replica and there == server_group_in(json.loads(same.files[ZONE_FILE])):
            return same if version_of(replica["type"]) in versions(same.files) else other
    return next((side for side in sides if versions(side.files) & versions(details.types)), sides[0])


def regrouped(observed: Observed) -> bool:
    """Return whether the replicas come into other server groups than a zone has now: those are not counted then."""
    there = observed.details.server_group
    wanted = json.loads(observed.wanted.files[ZONE_FILE])["resources"] if observed.wanted else {}
    return there is not None and there not in wanted


def given_version(files: Mapping[str, str]) -> str:
    """Return the version that all replicas have after an update with these files."""
    replica = replica_in(json.loads(files[ZONE_FILE]))
    return version_of(replica["type"]) if replica else ""


def versions(files: Iterable[str]) -> set[str]:
    """Return the versions of the replicas' files among files, by their names."""
    return {version_of(name) for name in files if name.startswith(REPLICA_FILE)}


def still_used(files: Mapping[str, str], types: frozenset[str]) -> dict[str, str]:
    """Return the files that replicas were made from, and what those refer to.

    After an update that failed in between, replicas of several versions exist. Heat reads the file of each of them
    in the next update, too, and fails when one is missing.
    """
    kept = {name: text for name, text in files.items() if name in types}
    referred = {name: text for name, text in files.items() if any(json.dumps(name) in other for other in kept.values())}
    return {**referred, **kept}
