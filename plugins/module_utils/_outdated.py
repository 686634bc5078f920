# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that the cloud has overtaken while they were carried out: another plan takes their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan

ATTEMPTS = 3
"""How many plans a run makes at most."""


class OutdatedError(CloudError):
    """A resource is not what the plan was made for: it takes another plan."""

    remedy: ClassVar[str]


def carry_out(
    context: Context, plan: Plan, apply: Callable[[Context, Plan], None], plan_again: Callable[[Plan], Plan]
) -> None:
    """Carry out a plan or, when it shows on the way that it is outdated, another one.

    :param apply: raises OutdatedError when the plan is outdated
    :param plan_again: looks at the resource once more and returns what is to be done then, from what was to be done
    :raises OutdatedError: when there is no time for another plan, or the last of them is outdated, too
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            apply(context, plan)
        except OutdatedError as error:
            if not left or context.deadline.expired():
                raise
            context.warn(f"{error.message} {error.remedy}")
            plan = plan_again(plan)
        else:
            return
