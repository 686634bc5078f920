# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done about an autoscaling group. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_move import Move
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_parameters import (
    desired_parameters,
    pinned_parameters,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_shown import (
    described,
    preview_of,
    shown,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    Observed,
    as_wanted,
    service_tag,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import shares
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import (
        Resource,
        Stack,
        StackRequest,
    )


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

    :param way_back: what Heat is to be given when it fails, C(None) to leave it as it is then
    """

    stack: Stack
    request: StackRequest
    why: str = "update"
    way_back: StackRequest | None = None

    def __str__(self) -> str:
        return f"{self.why} autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class MoveStack(Action):
    """Bring a group with its servers into pools that took the place of others.

    There is no way back from it: the others are gone.

    :param tags: of the stack afterwards
    """

    stack: Stack
    request: StackRequest
    tags: tuple[str, ...]

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
    """:param awaited: whether it must be gone before what comes next"""

    stack: Stack
    awaited: bool = False

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


def plan_absent(observed: Observed) -> Plan:
    """Return the plan for a group that shall not exist.

    Heat comes first: what it knows, it drains and removes itself.
    """
    _refuse_foreign(observed)
    sure = observed.quiet
    strays = [DeleteStray(id=server.id, name=server.name, forgotten=sure) for server in observed.strays]
    stacks = [DeleteStack(stack=observed.stack, awaited=bool(strays) and not sure)] if observed.stack else []
    before = {**shown(observed), **({"strays": [stray.name for stray in strays]} if strays and sure else {})}
    return Plan(actions=(*stacks, *strays), before=before if strays or stacks else {})


def plan_present(
    observed: Observed,
    request: StackRequest,
    initial: int,
    size: int | None,
    *,
    way_back: StackRequest | None = None,
    move: Move | None = None,
) -> Plan:
    """Return the plan for a group that shall exist.

    :param request: what Heat is to be given
    :param way_back: what Heat is to be given when an update fails
    :param move: what comes before that
    :param initial: size of a new group
    :param size: what the options ask for; C(None) keeps what scaling chose
    """
    stack, wanted = observed.stack, observed.wanted
    if wanted is None:
        raise InvalidInputError(["nothing is wanted of the autoscaling group"])
    after = {"size": size or initial, **described(wanted.template, wanted.files), **preview_of(observed)}
    create = CreateStack(name=observed.name, request=request, size=size or initial)
    if stack is None:
        return Plan(actions=(create,), after=after)
    _refuse_foreign(observed)
    refuse_asleep(observed.asleep)
    if observed.leftover:
        removal = DeleteStack(stack=stack, awaited=True)  # Only then the name is free.
        return Plan(actions=(removal, create), before=shown(observed), after=after)
    actions = list(_updates(observed, request, way_back, move))
    present = observed.size
    uneven = observed.rezoned and observed.spread != shares(present, observed.zones)
    if size is not None and (size != present or uneven):
        actions.append(SetSize(stack=stack, before=present, size=size, zones=observed.zones))
    before = shown(observed)
    if as_wanted(stack, wanted) and not move:
        repaired = {"status": "UPDATE_COMPLETE", "failed": [], **preview_of(observed)}
        after = {**before, **(repaired if observed.broken else {})}
    after["size"] = present if size is None else size
    return Plan(actions=tuple(actions), before=before, after=after)


def _updates(
    observed: Observed, request: StackRequest, way_back: StackRequest | None, move: Move | None
) -> Iterator[Action]:
    """Yield what Heat is to be given: what brings a group to pools that were made again first, if there is a move."""
    found = move.after if move else observed
    if observed.stack is None or found.stack is None or found.wanted is None:
        return
    if move:
        yield MoveStack(stack=observed.stack, request=move.request, tags=found.stack.tags)
    same = as_wanted(found.stack, found.wanted)
    if not same or found.broken:
        why = "repair" if same else "update"
        yield UpdateStack(stack=found.stack, request=request, why=why, way_back=way_back)


def refuse_asleep(stack: Stack | None) -> None:
    """Refuse to go on with a group of which Heat has suspended a stack: its servers do not run, and Heat updates none.

    :raises InvalidInputError: when there is such a stack
    """
    if stack is not None:
        said = f"the stack {stack.name!r} ({stack.id}) is suspended, and so are its servers"
        raise InvalidInputError([f"{said}; resume it first: openstack stack resume {stack.name}"])


def _refuse_foreign(observed: Observed) -> None:
    stack = observed.stack
    if stack is not None and service_tag(observed.name) not in stack.tags:
        tag = service_tag(observed.name)
        said = f"there is a stack {stack.name!r} ({stack.id}) that is no autoscaling group: it lacks the tag {tag!r}"
        raise InvalidInputError([f"{said}; choose another 'name' or delete the stack"])
