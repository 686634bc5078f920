# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out a plan while others change the cloud, too: a plan may get outdated, and leave something to be done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun

DesiredT = TypeVar("DesiredT")
ObservedT = TypeVar("ObservedT")

ATTEMPTS = 3
"""How many plans a run makes at most instead of one, and one after another."""


class OutdatedError(CloudError):
    """A resource is not what the plan was made for: it takes another plan."""

    remedy: ClassVar[str]


def carried_out(
    noun: Noun[DesiredT, ObservedT], context: Context, desired: DesiredT, observed: ObservedT, plan: Plan
) -> tuple[Plan, ObservedT]:
    """Do a plan and what is left after it. Return all that was done, and what is there then.

    Without C(context.wait), nobody knows yet what is left.

    :raises OutdatedError: when there is no time for another plan, or the last of them is outdated, too
    """
    plans = [plan]
    while True:
        _apply(noun, context, desired, plans[-1])
        observed = noun.observe_again(context, desired, observed)
        rest = noun.plan_rest(desired, observed) if context.wait else Plan()
        if not rest.changed or len(plans) == ATTEMPTS:
            break
        for warning in rest.warnings:
            context.warn(warning)
        plans.append(rest)
    actions = tuple(action for each in plans for action in each.actions)
    return replace(plan, actions=actions, after=plans[-1].after), observed


def _apply(noun: Noun[DesiredT, ObservedT], context: Context, desired: DesiredT, plan: Plan) -> None:
    """Do a plan or, when it shows on the way that it is outdated, another one."""
    for left in reversed(range(ATTEMPTS)):
        try:
            noun.apply(context, plan)
        except OutdatedError as error:
            if not left or context.deadline.expired():
                raise
            context.warn(f"{error.message} {error.remedy}")
            plan = noun.plan_again(context, desired, plan)
        else:
            return
