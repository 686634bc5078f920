# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done to an autoscaling group, in words for users. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_parameters import (
    desired_parameters,
    pinned_parameters,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack, StackRequest
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource


@dataclass(frozen=True, kw_only=True)
class CreateStack(Action):
    name: str
    request: StackRequest
    size: int

    def __str__(self) -> str:
        return f"create autoscaling group {self.name!r} of {self.size}"


@dataclass(frozen=True, kw_only=True)
class UpdateStack(Action):
    """Make a group into something else, or into what it should be already.

    :param sizes: of the zones that it was decided for
    :param held_up: whether Heat has noted a scaling for good, so that there is no point in waiting for it
    :param way_back: what Heat is to be given when it fails, C(None) to leave it as it is then
    :param stranded: whether the way back that is wanted is missing: the group is not what Heat was last given
    :param copied: pools in which copies of the members of servers that it replaces may be
    :param alarms: names of the alarms that it changes
    """

    stack: Stack
    request: StackRequest
    sizes: tuple[int, ...]
    held_up: bool = False
    why: str = "update"
    way_back: StackRequest | None = None
    stranded: bool = False
    copied: frozenset[str] = frozenset()
    alarms: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.why} autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class WakeStack(Action):
    """Resume what Heat has left suspended of a group that somebody has resumed."""

    stack: Stack

    def __str__(self) -> str:
        return f"resume the rest of autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class MoveStack(Action):
    """Bring a group with its servers into pools that took the place of others.

    There is no way back from it: the others are gone.

    :param sizes: of the zones that it was decided for
    :param alarms: names of the alarms that it changes
    """

    stack: Stack
    request: StackRequest
    sizes: tuple[int, ...]
    alarms: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"move autoscaling group {self.stack.name!r} to the pools that were made again"


@dataclass(frozen=True, kw_only=True)
class SetSize(Action):
    """:param held: whether an earlier run began to set a size and did not make it free again"""

    stack: Stack
    before: int
    size: int
    zones: int
    held: bool = False

    def __str__(self) -> str:
        if self.before == self.size and self.held:
            return f"finish setting size of autoscaling group {self.stack.name!r} to {self.size}"
        if self.before == self.size:
            return f"spread the {self.size} of autoscaling group {self.stack.name!r} evenly"
        return f"set size of autoscaling group {self.stack.name!r} from {self.before} to {self.size}"

    @property
    def parameters(self) -> dict[str, int]:
        """Return the parameters of the stack that say so. A size that an earlier run left fixed would win over it."""
        return {**desired_parameters(self.size, self.zones), **pinned_parameters([0] * self.zones)}


@dataclass(frozen=True, kw_only=True)
class ReplaceReplicas(Action):
    """:param replicas: members of Heat's groups"""

    stack: Stack
    replicas: tuple[Resource, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"replace {', '.join(map(repr, self.names))} of autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class SetProcesses(Action):
    """:param suspended: processes that do not run afterwards, all others do"""

    stack: Stack
    before: tuple[str, ...]
    suspended: tuple[str, ...]

    def __str__(self) -> str:
        stopped = [process for process in self.suspended if process not in self.before]
        resumed = [process for process in self.before if process not in self.suspended]
        said = [f"{verb} {' and '.join(found)}" for verb, found in (("suspend", stopped), ("resume", resumed)) if found]
        return f"{', '.join(said)} of autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class DeleteStack(Action):
    """Remove a group.

    :param awaited: whether it must be gone before what comes next
    :param untrusted: whether Heat cannot delete its alarms: Keystone lets this login not delete their trusts
    """

    stack: Stack
    awaited: bool = False
    untrusted: bool = False

    def __str__(self) -> str:
        return f"delete autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class DeleteStray(Action):
    """Deletes a server past Heat.

    :param forgotten: whether it is certain that Heat does not know of it; else it goes if it is still there without the
        stack
    """

    id: str
    name: str
    forgotten: bool = True

    def __str__(self) -> str:
        return f"delete server {self.name!r} ({self.id})" + (
            ", of which Heat does not know" if self.forgotten else " if Heat leaves it"
        )
