# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back when Octavia refuses something for which its predecessor had to be deleted.

A listener on a port that is taken, another type of health monitor and a load balancer in place of one in ERROR can be
made only when the former one is gone. What others added to that, nobody else knows any more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_actions as does
from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_diff as diff
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
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


def _owed(old: Listener, made: Sequence[Listener], wanted: Balancer) -> bool:
    """Return whether something was to replace a listener and is not there with all its policies."""
    successors = [each for each in wanted.listeners or () if each.id is None and _replaces(each, old)]
    return any(_shape(each) not in map(_shape, made) for each in successors)


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


def bring_back(applier: Applier, plan: BalancerPlan, started: Sequence[Action]) -> str:
    """Make again what was deleted for something that was refused, and return what became of it, nothing if it was not.

    :param started: the actions of the plan that were begun
    """
    if applier.deleted:
        return _attempted(applier, applier.deleted.back)
    deletions = [each for each in started if isinstance(each, does.DeleteChild) and each.kind in REPLACED]
    if not plan.living or not plan.tree or not deletions:
        return ""
    try:
        steps = _steps(applier, plan.living, plan.tree)
    except CloudError as error:
        return _lost([f"{each.kind.name} {each.name!r}" for each in deletions], error)
    return _attempted(applier, steps) if steps else ""


def _steps(applier: Applier, before: Balancer, wanted: Balancer) -> list[Action]:
    """Return what makes again what is owed, and nothing else, although there may be parts in ERROR."""
    row = applier.api.show(octavia.BALANCER, str(before.id), before.name)
    if row is None:
        return []
    (now,) = read(applier.api, project_of(applier.context), [row])
    return [
        step
        for step in diff.actions(now, as_before(before, now, wanted))
        if isinstance(step, does.CreateChild | does.DeleteChild)
        or (isinstance(step, does.UpdateChild) and isinstance(step.id, does.Made))
    ]


def _attempted(applier: Applier, steps: Sequence[Action]) -> str:
    try:
        for step in steps:
            applier.do(step)
    except BalancerThereError:
        # An answer was lost, or another run was faster: the next one goes on with what is there.
        return ""
    except CloudError as error:
        return _lost([*_names(steps), *_parts(steps)], error)
    return f"What had been deleted for it was made again as it was: {', '.join(_names(steps))}."


def _lost(names: Sequence[str], error: CloudError) -> str:
    return (
        f"What had been deleted for it could not be made again ({error.answer.rstrip('. ')}). Lost: {', '.join(names)}."
        " The next run makes again what is declared. What others added, they have to make again: other services by a"
        " run of theirs."
    )


def _names(steps: Sequence[Action]) -> Iterator[str]:
    """Yield what is made again."""
    for step in steps:
        if isinstance(step, does.CreateChild) and step.kind in REPLACED:
            yield f"{step.kind.name} {step.name!r}"
        elif isinstance(step, does.CreateBalancer):
            yield f"load balancer {step.name!r}"


def _parts(steps: Sequence[Action]) -> Iterator[str]:
    """Yield what is in that, but for the rules of L7 policies and members of pools."""
    for step in steps:
        if isinstance(step, does.CreateChild) and step.kind == octavia.POLICY:
            yield f"{step.kind.name} {step.name!r}"
        elif isinstance(step, does.CreateBalancer):
            for listener in step.body["listeners"]:
                yield f"listener {listener['name']!r}"
                yield from (f"L7 policy {each['name']!r}" for each in listener.get("l7policies", ()))
            yield from (f"pool {pool['name']!r}" for pool in step.body["pools"])
