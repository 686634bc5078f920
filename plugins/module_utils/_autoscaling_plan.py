# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done about an autoscaling group. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import USER_DATA_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Templates, shares
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import (
        Resource,
        Stack,
        StackRequest,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

KIND = "autoscaling group"
SERVICE_TAG = "model_serving.service="
DIGEST_TAG = "model_serving.digest="


@dataclass(frozen=True, kw_only=True)
class Observed:
    """An autoscaling group as it is.

    :param replicas: its servers
    :param troubled: names of resources that are in a failed state
    :param wanted: what Heat shall be given
    :param sizes: members of the groups of all zones, as Heat counts them; only read when Heat shall be given something
    :param template: what Heat was given, only read when it shall be given something else
    """

    name: str
    stack: Stack | None = None
    replicas: tuple[Replica, ...] = ()
    troubled: tuple[str, ...] = ()
    wanted: Templates | None = None
    zones: int = 1
    sizes: tuple[int, ...] = ()
    types: frozenset[str] = frozenset()
    template: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        """Whether the stack is not what Heat was last given."""
        stack = self.stack
        return stack is not None and (stack.failed or stack.status == "ROLLBACK_COMPLETE" or bool(self.troubled))

    @property
    def size(self) -> int:
        return sum(self.sizes) or len(self.replicas)


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
class SetSize(Action):
    """:param stack: C(None) when the group is only made by an earlier action"""

    stack: Stack
    before: int
    size: int
    zones: int

    def __str__(self) -> str:
        return f"set size of autoscaling group {self.stack.name!r} from {self.before} to {self.size}"

    @property
    def parameters(self) -> dict[str, int]:
        """Return the parameters of the stack that say so."""
        return desired_parameters(self.size, self.zones)


@dataclass(frozen=True, kw_only=True)
class ReplaceReplicas(Action):
    """:param replicas: members of Heat's groups"""

    stack: Stack
    replicas: tuple[Resource, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"replace {', '.join(map(repr, self.names))} of autoscaling group {self.stack.name!r}"


@dataclass(frozen=True, kw_only=True)
class DeleteStack(Action):
    stack: Stack

    def __str__(self) -> str:
        return f"delete autoscaling group {self.stack.name!r}"


def desired_parameters(size: int, zones: int) -> dict[str, int]:
    """Return the parameters of a stack for a size of the whole group."""
    return {f"desired_{number}": share for number, share in enumerate(shares(size, zones), start=1)}


def pinned_parameters(sizes: Sequence[int]) -> dict[str, int]:
    """Return the parameters of a stack that say what size each zone has after the next update."""
    return {f"pinned_{number}": size for number, size in enumerate(sizes, start=1)}


def service_tag(name: str) -> str:
    """Return the tag that the stack of a service carries."""
    return f"{SERVICE_TAG}{name}"


def digest_of(stack: Stack) -> str | None:
    """Return the digest of what a stack was made from."""
    found = [tag.removeprefix(DIGEST_TAG) for tag in stack.tags if tag.startswith(DIGEST_TAG)]
    return found[0] if found else None


def as_wanted(stack: Stack, wanted: Templates) -> bool:
    """Return whether a stack was made from what is wanted."""
    return digest_of(stack) == wanted.digest()


def plan_absent(observed: Observed) -> Plan:
    """Return the plan for a group that shall not exist."""
    if observed.stack is None:
        return Plan()
    _refuse_foreign(observed)
    return Plan(actions=(DeleteStack(stack=observed.stack),), before=_shown(observed))


def plan_present(
    observed: Observed, request: StackRequest, initial: int, size: int | None, way_back: StackRequest | None = None
) -> Plan:
    """Return the plan for a group that shall exist.

    :param request: what Heat is to be given
    :param way_back: what Heat is to be given when an update fails
    :param initial: size of a new group
    :param size: what the options ask for; C(None) keeps what scaling chose
    """
    stack, wanted = observed.stack, observed.wanted
    if wanted is None:
        raise InvalidInputError(["nothing is wanted of the autoscaling group"])
    after = {"size": size or initial, **described(wanted.template, wanted.files)}
    if stack is None:
        return Plan(actions=(CreateStack(name=observed.name, request=request, size=size or initial),), after=after)
    _refuse_foreign(observed)
    actions: list[Action] = []
    same = as_wanted(stack, wanted)
    if not same or observed.broken:
        why = "repair" if same else "update"
        actions.append(UpdateStack(stack=stack, request=request, why=why, way_back=way_back))
    present = observed.size
    if size is not None and size != present:
        actions.append(SetSize(stack=stack, before=present, size=size, zones=observed.zones))
    before = _shown(observed)
    if same:
        after = {**before, "status": "UPDATE_COMPLETE", "failed": []} if actions else before
    after["size"] = present if size is None else size
    return Plan(actions=tuple(actions), before=before, after=after)


def _refuse_foreign(observed: Observed) -> None:
    stack = observed.stack
    if stack is not None and service_tag(observed.name) not in stack.tags:
        tag = service_tag(observed.name)
        said = f"there is a stack {stack.name!r} ({stack.id}) that is no autoscaling group: it lacks the tag {tag!r}"
        raise InvalidInputError([f"{said}; choose another 'name' or delete the stack"])


def _shown(observed: Observed) -> dict[str, Any]:
    stack = observed.stack
    shown: dict[str, Any] = {"size": observed.size}
    if stack is not None and (stack.failed or observed.troubled):
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


def still_used(files: Mapping[str, str], types: frozenset[str]) -> dict[str, str]:
    """Return the files that replicas were made from, and what those refer to.

    After an update that failed in between, replicas of several versions exist. Heat reads the file of each of them
    in the next update, too, and fails when one is missing.
    """
    kept = {name: text for name, text in files.items() if name in types}
    referred = {name: text for name, text in files.items() if any(json.dumps(name) in other for other in kept.values())}
    return {**referred, **kept}
