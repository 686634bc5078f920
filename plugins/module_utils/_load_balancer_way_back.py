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
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import read
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Monitor, new_listener
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import BalancerThereError
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_apply import Applier
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import BalancerPlan
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        Balancer,
        Listener,
        Pool,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

REPLACED = (octavia.LISTENER, octavia.MONITOR)
CLIENT_ERROR = 4
"""Hundreds of the HTTP statuses of refusals."""
LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
"""Answers of the family of refusals that say nothing about the request."""
NEXT = (
    "The next run makes again what is declared. What others added and is not there, they have to make again: other"
    " services by a run of theirs."
)


def as_before(before: Balancer, now: Balancer, wanted: Balancer) -> Balancer:
    """Return a balancer as it is, but with what was deleted for a successor that did not come, or not as a whole. Pure.

    :param before: the same balancer before anything was changed
    :param wanted: as it was to become
    """
    there, known = {each.id for each in now.listeners or ()}, {each.id for each in before.listeners or ()}
    made = [each for each in now.listeners or () if each.id not in known]
    gone = [each for each in before.listeners or () if each.id not in there and _owed(each, made, wanted)]
    left = [each for each in now.listeners or () if each not in made or not any(_replaces(each, one) for one in gone)]
    pools = {pool.name for pool in now.pools or ()}
    return replace(
        now,
        listeners=(*left, *(_to_pools(new_listener(each), pools) for each in gone)),
        pools=tuple(_monitored(pool, before, wanted) for pool in now.pools or ()),
    )


def _replaces(new: Listener, old: Listener) -> bool:
    return new.name == old.name or diff.endpoint(new) == diff.endpoint(old)


def _successors(old: Listener, wanted: Balancer) -> list[Listener]:
    return [each for each in wanted.listeners or () if each.id is None and _replaces(each, old)]


def _owed(old: Listener, made: Sequence[Listener], wanted: Balancer) -> bool:
    """Return whether something was to replace a listener and is not there with all its policies."""
    return any(_shape(each) not in map(_shape, made) for each in _successors(old, wanted))


def _shape(listener: Listener) -> tuple[object, ...]:
    policies = [(each.name, len(each.rules), each.settings.get("admin_state_up")) for each in listener.policies or ()]
    return (listener.name, diff.endpoint(listener), policies)


def _to_pools(listener: Listener, pools: Collection[str]) -> Listener:
    """Return a listener without what leads to pools that somebody has deleted meanwhile."""
    policies = (each for each in listener.policies or () if not each.redirect_pool or each.redirect_pool in pools)
    default = listener.default_pool if listener.default_pool in pools else ""
    return replace(listener, default_pool=default, policies=tuple(policies))


def _monitored(pool: Pool, before: Balancer, wanted: Balancer) -> Pool:
    """Return a pool with the monitor that it had, if it has none and was not to lose it."""
    had = next((each.monitor for each in before.pools or () if each.id == pool.id), None)
    gets = next((each.monitor for each in wanted.pools or () if each.id == pool.id), None)
    return pool if pool.monitor or not had or not gets else replace(pool, monitor=Monitor(settings=had.settings))


def bring_back(applier: Applier, plan: BalancerPlan, done: int, error: CloudError) -> str:
    """Make again what was deleted for something that was refused, and return what became of it, nothing if nothing was.

    :param done: how many actions of the plan were done
    :param error: why the next one was not
    """
    refused = _is_refusal(error)
    if applier.deleted:
        missing = list(_names(applier.deleted.back))
    else:
        # A deletion whose answer was lost may have been done.
        deleted = plan.actions[: done if refused or isinstance(error, WaitTimeoutError) else done + 1]
        missing = list(_missing(plan, deleted, plan.actions[done:]))
    if not missing:
        return ""
    if not refused:
        return f"What had been deleted for it: {_unknown(missing)}"
    # The time of the run may be over.
    writer = replace(applier.writer, deadline=applier.writer.deadline.fresh(applier.writer.deadline.timeout))
    applier = replace(applier, writer=writer)
    try:
        steps = applier.deleted.back if applier.deleted else _steps(applier, plan)
    except CloudError as unread:
        return f"What had been deleted for it was not made again ({_why(unread)}). {_unknown(missing)}"
    return _attempted(applier, steps) if steps else ""


def _is_refusal(error: CloudError) -> bool:
    """Return whether it is certain that what was asked for was not done, and that waiting would not have helped."""
    status = error.status or 0
    # Octavia says 501 for what a provider cannot do (C(common/exceptions.py)).
    refused = status // 100 == CLIENT_ERROR or status == HTTPStatus.NOT_IMPLEMENTED
    cause = error.__cause__
    return refused and status not in LATER and not (isinstance(cause, Exception) and octavia.is_busy(cause))


def _missing(plan: BalancerPlan, done: Sequence[Action], left: Sequence[Action]) -> Iterator[str]:
    """Yield what was deleted for a successor that was not made, or not as a whole."""
    deleted = {each.id: each for each in done if isinstance(each, does.DeleteChild)}
    to_make = set(map(_part, left))
    for each in deleted.values():
        if each.kind == octavia.MONITOR and does.Made(kind=each.kind.name, name=each.name) in to_make:
            yield f"{each.kind.name} {each.name!r}"
    if not plan.living or not plan.tree:
        return
    for old in plan.living.listeners or ():
        new = [each.name for each in _successors(old, plan.tree)] if old.id in deleted else []
        if any(does.Made(kind=octavia.LISTENER.name, name=name) in to_make for name in new):
            yield f"listener {old.name!r}"
        for policy in old.policies or ():
            if any(does.Made(kind=octavia.POLICY.name, name=f"{name}/{policy.name}") in to_make for name in new):
                yield f"{octavia.POLICY.name} '{old.name}/{policy.name}'"


def _part(action: Action) -> does.Made | None:
    """Return what is not whole without an action: the L7 policy for a rule of it and for enabling it."""
    match action:
        case does.CreateChild(parent=does.Made() as part) | does.UpdateChild(id=does.Made() as part):
            return part
        case does.CreateChild():
            return does.Made(kind=action.kind.name, name=action.name)
    return None


def _steps(applier: Applier, plan: BalancerPlan) -> list[Action]:
    """Return what makes again what is owed, and nothing else, although there may be parts in ERROR."""
    before, wanted = plan.living, plan.tree
    row = applier.api.show(octavia.BALANCER, str(before.id), before.name) if before else None
    if before is None or wanted is None or row is None:
        return []
    (now,) = read(applier.api, project_of(applier.context), [row])
    return [
        step
        for step in diff.actions(now, as_before(before, now, wanted))
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
