# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done about an autoscaling group. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_move import Move
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import USER_DATA_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    Observed,
    as_wanted,
    desired_parameters,
    pinned_parameters,
    service_tag,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import shares
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    stack: Stack

    def __str__(self) -> str:
        return f"delete autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class DeleteStray(Action):
    """Deletes a server of which Heat does not know."""

    id: str
    name: str

    def __str__(self) -> str:
        return f"delete server {self.name!r} ({self.id}), of which Heat does not know"


def plan_absent(observed: Observed) -> Plan:
    """Return the plan for a group that shall not exist."""
    _refuse_foreign(observed)
    strays = [DeleteStray(id=server.id, name=server.name) for server in observed.strays]
    stacks = [DeleteStack(stack=observed.stack)] if observed.stack else []
    shown = {**_shown(observed), **({"strays": [stray.name for stray in strays]} if strays else {})}
    return Plan(actions=(*strays, *stacks), before=shown if strays or stacks else {})


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
    after = {"size": size or initial, **described(wanted.template, wanted.files), **_preview(observed)}
    create = CreateStack(name=observed.name, request=request, size=size or initial)
    if stack is None:
        return Plan(actions=(create,), after=after)
    _refuse_foreign(observed)
    if observed.leftover:
        return Plan(actions=(DeleteStack(stack=stack), create), before=_shown(observed), after=after)
    actions = list(_updates(observed, request, way_back, move))
    present = observed.size
    uneven = observed.rezoned and observed.spread != shares(present, observed.zones)
    if size is not None and (size != present or uneven):
        actions.append(SetSize(stack=stack, before=present, size=size, zones=observed.zones))
    before = _shown(observed)
    if as_wanted(stack, wanted) and not move:
        repaired = {"status": "UPDATE_COMPLETE", "failed": [], **_preview(observed)}
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


def _refuse_foreign(observed: Observed) -> None:
    stack = observed.stack
    if stack is not None and service_tag(observed.name) not in stack.tags:
        tag = service_tag(observed.name)
        said = f"there is a stack {stack.name!r} ({stack.id}) that is no autoscaling group: it lacks the tag {tag!r}"
        raise InvalidInputError([f"{said}; choose another 'name' or delete the stack"])


def _preview(observed: Observed) -> dict[str, Any]:
    return {} if observed.preview is None else {"preview": dict(observed.preview)}


def _shown(observed: Observed) -> dict[str, Any]:
    stack = observed.stack
    shown: dict[str, Any] = {"size": observed.size}
    if stack is not None and observed.broken:
        shown |= {"status": stack.status, "failed": list(observed.troubled)}
    if observed.template is not None:
        shown |= described(observed.template, observed.files)
    return shown


def described(template: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """Return templates for a diff. User data may hold secrets: of them, the file's name with its digest remains."""
    texts = {name: text for name, text in files.items() if not name.startswith(USER_DATA_FILE)}
    return {
        "template": dict(template),
        "files": {name: json.loads(text) for name, text in sorted(texts.items())},
        "user_data": sorted(set(files) - set(texts)),
    }
