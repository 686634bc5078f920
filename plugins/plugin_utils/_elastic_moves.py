# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling groups that would have to move to other pools, and cannot without an interruption. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Facts = Mapping[str, Any]
IN_TWO_RUNS = (
    "with autoscaling.enabled: false a server fleet takes its place, and with autoscaling.enabled: true it can become a"
    " group again in the next run"
)


def moved_groups(fleets: Sequence[Facts], actions: Sequence[str]) -> Iterator[str]:
    """Yield the groups that would get another pool while the old one is removed, with all members that it has.

    The group follows only after that. A pool that was lost is not meant: nothing gets worse by making it again.

    :param actions: what will be done to the load balancer
    """
    if not any(action.startswith("delete pool ") for action in actions):
        return
    for fleet in fleets:
        if fleet["elastic"] and fleet["group_exists"] and f"create pool {fleet['pool']!r}" in actions:
            yield (
                f"autoscaling group {fleet['name']!r} is behind another pool than {fleet['pool']!r}, which would be"
                f" removed before the group is in the new one: {IN_TWO_RUNS}"
            )


def joining_groups(fleets: Sequence[Facts], former: Sequence[Facts], balancer: Facts) -> Iterator[str]:
    """Yield the groups that would change from one load balancer to another.

    Replicas of a group are members of the pools of its template. So each would leave the pool to which clients come
    when it enters that to which nobody comes before all are there.

    :param former: load balancers of which the service has something, but which it shall no longer have
    :param balancer: the one that it shall have, where a run that was killed may have left the members of all
    """
    entered = {pool["name"] for pool in balancer.get("pools") or () if pool["members"]}
    names = ", ".join(repr(each["name"]) for each in former)
    for fleet in fleets if former else ():
        if fleet["elastic"] and fleet["group_exists"] and fleet["pool"] not in entered:
            yield (
                f"autoscaling group {fleet['name']!r} cannot change from load balancer {names} to another one without"
                f" an interruption: {IN_TWO_RUNS}"
            )
