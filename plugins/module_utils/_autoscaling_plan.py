# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done about an autoscaling group. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_actions import (
    CreateStack,
    DeleteStack,
    DeleteStray,
    MoveStack,
    SetSize,
    UpdateStack,
    WakeStack,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_missing import changed_alarms
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_move import Move, copied_to
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import (
    has_alarms,
    maker,
    refuse_others,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_request import size_after
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_shown import (
    described,
    preview_of,
    shown,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import Observed, as_wanted
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import shares
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack, StackRequest
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def _removal(observed: Observed, stack: Stack, *, awaited: bool) -> DeleteStack:
    """Return how a group is removed by who looks at it."""
    others = maker(stack.owner, observed.user, observed.other) is not None
    untrusted = observed.by_credential or others
    return DeleteStack(stack=stack, awaited=awaited, untrusted=untrusted)


def plan_absent(observed: Observed) -> Plan:
    """Return the plan for a group that shall not exist.

    Heat comes first: what it knows, it drains and removes itself.
    """
    _refuse_foreign(observed)
    sure = observed.quiet
    strays = [DeleteStray(id=server.id, name=server.name, forgotten=sure) for server in observed.strays]
    awaited = bool(strays) and not sure
    stacks = [_removal(observed, observed.stack, awaited=awaited)] if observed.stack else []
    before = {**shown(observed), **({"strays": [stray.name for stray in strays]} if strays and sure else {})}
    return Plan(actions=(*stacks, *strays), before=before if strays or stacks else {})


def plan_present(
    observed: Observed,
    request: StackRequest,
    initial: int,
    size: int | None,
    *,
    rollback: bool,
    way_back: StackRequest | None,
    move: Move | None,
) -> Plan:
    """Return the plan for a group that shall exist.

    :param request: what Heat is to be given
    :param rollback: whether an update that fails shall be undone
    :param way_back: what Heat is to be given when it fails, C(None) when it is not undone
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
        going = _removal(observed, stack, awaited=True)  # Only then the name is free.
        return Plan(actions=(going, create), before=shown(observed), after=after)
    updates = tuple(_updates(observed, request, way_back, move, rollback=rollback))
    actions = (*updates, *_resizing(observed, stack, size))
    before = shown(observed)
    if as_wanted(stack, wanted) and not move:
        repaired = {"status": "UPDATE_COMPLETE", "failed": [], **preview_of(observed)}
        after = {**before, **(repaired if observed.broken else {})}
    after["size"] = _kept_size(observed, updates) if size is None else size
    return _by_its_user(observed, Plan(actions=actions, before=before, after=after))


def _updates(
    observed: Observed, request: StackRequest, way_back: StackRequest | None, move: Move | None, *, rollback: bool
) -> Iterator[Action]:
    """Yield what Heat is to be given: what brings a group to pools that were made again first, if there is a move."""
    found = move.after if move else observed
    if observed.stack is None or found.stack is None or found.wanted is None:
        return
    if observed.left_asleep:
        yield WakeStack(stack=observed.stack)
    if move:
        alarms = changed_alarms(observed, move.request)
        yield MoveStack(stack=observed.stack, request=move.request, sizes=observed.sizes, alarms=alarms)
    same = as_wanted(found.stack, found.wanted)
    if not same or found.broken:
        yield UpdateStack(
            stack=found.stack,
            request=request,
            sizes=observed.sizes,
            held_up=observed.held_up,
            why="repair" if same else "update",
            way_back=way_back,
            stranded=rollback and found.broken and not same,
            copied=frozenset() if move else copied_to(observed),
            alarms=changed_alarms(found, request),
        )


def _kept_size(observed: Observed, updates: Sequence[Action]) -> int:
    """Return the size of a group for which none is asked, when Heat has what it is to be given."""
    given = [one.request for one in updates if isinstance(one, MoveStack | UpdateStack)]
    return size_after(observed, given[-1]) if given else observed.size


def _resizing(observed: Observed, stack: Stack, size: int | None) -> Iterator[Action]:
    """Yield what brings a group to the size that is asked for, and its zones to their shares of it."""
    present = observed.size
    uneven = observed.rezoned and observed.spread != shares(present, observed.zones)
    if size is not None and (size != present or uneven):
        yield SetSize(stack=stack, before=present, size=size, zones=observed.zones)


def refuse_asleep(stack: Stack | None) -> None:
    """Refuse to go on with a group of which Heat has suspended a stack: its servers do not run, and Heat updates none.

    :raises InvalidInputError: when there is such a stack
    """
    if stack is not None:
        said = f"the stack {stack.name!r} ({stack.id}) is suspended, and so are its servers"
        how = f"openstack stack resume {stack.name}"
        raise InvalidInputError([f"{said}; resume it first: {how}. Should that fail, autoscaling_group does the rest"])


def refuse_half_resumed(stack: Stack | None) -> None:
    """Refuse to go on with a group that Heat has failed to resume: after another update nothing would tell of that.

    :raises InvalidInputError: when there is a stack that it could not resume
    """
    if stack is not None:
        said = f"Heat has failed to resume the stack {stack.name!r} ({stack.id})"
        raise InvalidInputError([f"{said}; let autoscaling_group (site.yml) do the rest first"])


def _by_its_user(observed: Observed, plan: Plan) -> Plan:
    """Return the plan, unless it changes what only another user can change."""
    stack, details, wanted = observed.stack, observed.details, observed.wanted
    alarms = has_alarms(details.template, details.files) or (wanted and has_alarms(wanted.template, wanted.files))
    if plan.actions and stack and alarms:
        refuse_others(stack, observed.user, observed.other)
    return plan


def _refuse_foreign(observed: Observed) -> None:
    stack = observed.stack
    if stack is not None and service_mark(observed.name) not in stack.tags:
        tag = service_mark(observed.name)
        said = f"there is a stack {stack.name!r} ({stack.id}) that is no autoscaling group: it lacks the tag {tag!r}"
        raise InvalidInputError([f"{said}; choose another 'name' or delete the stack"])
