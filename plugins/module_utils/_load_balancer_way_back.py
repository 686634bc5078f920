# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back when Octavia refuses something for which its predecessor had to be deleted.

A listener on a port that is taken, another type of health monitor and a load balancer in place of one in ERROR can be
made only when the former one is gone. What others added to that, nobody else knows any more.

Only what is certain to help is done, and only after a refusal: when an answer was lost or time is up, what was asked
for may be there, and the next run goes on from it.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_actions as does
from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_diff as diff
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, WaitTimeoutError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_as_before import (
    as_before,
    successors,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import read
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import BalancerThereError
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_apply import Applier
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

REPLACED = (octavia.LISTENER, octavia.MONITOR)
CLIENT_ERROR = 4
"""Hundreds of the HTTP statuses of refusals."""
LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
"""Answers of the family of refusals that say nothing about the request."""
TAKEN = "Listeners were not made again, because of something in their place that others have made or use."
NEXT = (
    "The next run makes again what is declared. What others added and is not there, they have to make again: other"
    " services by a run of theirs."
)


def bring_back(applier: Applier, plan: does.BalancerPlan, done: int, error: CloudError) -> str:
    """Make again what was deleted for something that was refused, and return what became of it, nothing if nothing was.

    :param done: how many actions of the plan were done
    :param error: why the next one was not
    """
    refused = _is_refusal(error)
    # A deletion whose answer was lost may have been done.
    deleted = plan.actions[: done if refused or isinstance(error, WaitTimeoutError) else done + 1]
    back = applier.deleted.back if applier.deleted else ()
    listeners = list(_listeners(plan, deleted, plan.actions[done:]))
    missing = [*_names(back), *_monitors(deleted, plan.actions[done:]), *listeners]
    if not missing:
        return ""
    if not refused:
        return f"What had been deleted for it: {_unknown(missing)}"
    # The time of the run may be over.
    writer = replace(applier.writer, deadline=applier.writer.deadline.fresh(applier.writer.deadline.timeout))
    applier = replace(applier, writer=writer)
    try:
        steps = back or _steps(applier, plan)
    except CloudError as unread:
        return f"What had been deleted for it was not made again ({_why(unread)}). {_unknown(missing)}"
    told = [_attempted(applier, steps)] if steps else []
    if listeners and not any(isinstance(each, does.CreateChild) and each.kind == octavia.LISTENER for each in steps):
        told.append(f"{TAKEN} {_unknown(listeners)}")
    return " ".join(told)


def _is_refusal(error: CloudError) -> bool:
    """Return whether it is certain that what was asked for was not done, and that waiting would not have helped."""
    status = error.status or 0
    # Octavia says 501 for what a provider cannot do (C(common/exceptions.py)).
    refused = status // 100 == CLIENT_ERROR or status == HTTPStatus.NOT_IMPLEMENTED
    cause = error.__cause__
    return refused and status not in LATER and not (isinstance(cause, Exception) and octavia.is_busy(cause))


def _monitors(done: Sequence[Action], left: Sequence[Action]) -> Iterator[str]:
    """Yield the health monitors that were deleted for one that was not made."""
    for each in done:
        if isinstance(each, does.DeleteChild) and each.kind == octavia.MONITOR and _made(each) in map(_part, left):
            yield f"{each.kind.name} {each.name!r}"


def _listeners(plan: does.BalancerPlan, done: Sequence[Action], left: Sequence[Action]) -> Iterator[str]:
    """Yield what was deleted of listeners for others that were not made, or not as a whole."""
    if not plan.living or not plan.tree:
        return
    deleted = {each.id for each in done if isinstance(each, does.DeleteChild)}
    to_make = {(part.kind, part.name) for part in map(_part, left) if part}
    for old in plan.living.listeners or ():
        new = [each.name for each in successors(old, plan.tree)] if old.id in deleted else []
        if any((octavia.LISTENER.name, name) in to_make for name in new):
            yield f"listener {old.name!r}"
        for policy in old.policies or ():
            if any((octavia.POLICY.name, f"{name}/{policy.name}") in to_make for name in new):
                yield f"{octavia.POLICY.name} '{old.name}/{policy.name}'"


def _made(action: does.CreateChild | does.DeleteChild) -> does.Made:
    return does.Made(kind=action.kind.name, name=action.name)


def _part(action: Action) -> does.Made | None:
    """Return what is not whole without an action: the L7 policy for a rule of it and for enabling it."""
    match action:
        case does.CreateChild(parent=does.Made() as part) | does.UpdateChild(id=does.Made() as part):
            return part
        case does.CreateChild():
            return _made(action)
    return None


def _steps(applier: Applier, plan: does.BalancerPlan) -> list[Action]:
    """Return what makes again what is owed, and nothing else, although there may be parts in ERROR."""
    before, wanted = plan.living, plan.tree
    if before is None or wanted is None:
        return []
    row = applier.api.show(octavia.BALANCER, str(before.id), before.name)
    if row is None:
        raise CloudError("read", octavia.BALANCER.name, before.name, answer="the load balancer was deleted meanwhile")
    (now,) = read(applier.api, project_of(applier.context), [row])
    return [
        step
        for step in diff.actions(now, as_before(before, now, wanted, applier.made.values()))
        if isinstance(step, does.CreateChild | does.DeleteChild)
        or (isinstance(step, does.UpdateChild) and isinstance(step.id, does.Made))
    ]


def _attempted(applier: Applier, steps: Sequence[Action]) -> str:
    left = list(steps)
    try:
        while left:
            # What is removed for it is removed only while the rest can be waited for.
            applier.writer.deadline.restart()
            applier.do(left[0])
            del left[0]
    except BalancerThereError:
        # An answer was lost, or another run was faster: the next one goes on with what is there.
        return ""
    except CloudError as error:
        missing = list(_names(left))
        told = f"Missing: {', '.join(missing)}. {NEXT}" if _is_refusal(error) else _unknown(missing)
        return f"What had been deleted for it could not be made again ({_why(error)}). {told}"
    return f"What had been deleted for it was made again as it was: {', '.join(_again(steps))}."


def _why(error: CloudError) -> str:
    return error.answer.rstrip(". ")


def _unknown(names: Sequence[str]) -> str:
    return f"Not known to be there: {', '.join(names)}. {NEXT}"


def _again(steps: Sequence[Action]) -> Iterator[str]:
    """Yield what is made again."""
    for step in steps:
        if isinstance(step, does.CreateChild) and step.kind in REPLACED:
            yield f"{step.kind.name} {step.name!r}"
        elif isinstance(step, does.CreateBalancer):
            yield f"load balancer {step.name!r}"


def _names(steps: Sequence[Action]) -> Iterator[str]:
    """Yield what is not there, or not as a whole, without some steps. Each is named once."""
    yield from dict.fromkeys(name for step in steps for name in _told(step))


def _told(step: Action) -> Iterator[str]:
    match step:
        case does.CreateBalancer(name=name, body=body):
            yield f"load balancer {name!r}"
            for listener in body["listeners"]:
                yield f"listener {listener['name']!r}"
                yield from (f"L7 policy {each['name']!r}" for each in listener.get("l7policies", ()))
            yield from (f"pool {pool['name']!r}" for pool in body["pools"])
        case does.SetMembers(pool=pool):
            yield f"members of pool {pool!r}"
        case does.NameVipPort() | does.AssociateFloatingIp():
            yield "floating IP"
        case _ if part := _part(step):
            yield f"{part.kind} {part.name!r}"
