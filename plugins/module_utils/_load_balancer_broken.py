# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a load balancer: whether it has to be made again, and which of its parts failed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer, Node

BEING_DELETED = "PENDING_DELETE"


def is_going(balancer: Balancer) -> bool:
    """Return whether a balancer is being deleted."""
    return balancer.provisioning_status == BEING_DELETED


def what_is_broken(balancer: Balancer | None) -> str:
    """Return why a balancer has to be made again, an empty text when it has not.

    Octavia accepts nothing but the deletion of a balancer in ERROR.
    """
    if balancer is None:
        return ""
    if balancer.provisioning_status == "ERROR":
        return "it is in ERROR"
    return "it is being deleted" if is_going(balancer) else ""


def part_in_error(balancer: Balancer) -> str:
    """Return which part of a balancer is not what it shall be, an empty text when none is."""
    parts: list[tuple[str, Node]] = []
    for listener in balancer.listeners or ():
        parts.append((f"listener {listener.name!r}", listener))
        for policy in listener.policies or ():
            parts.append((f"L7 policy {policy.name!r}", policy))
            parts += [(f"a rule of L7 policy {policy.name!r}", rule) for rule in policy.rules]
    for pool in balancer.pools or ():
        parts.append((f"pool {pool.name!r}", pool))
        if pool.monitor:
            parts.append((f"the health monitor of pool {pool.name!r}", pool.monitor))
    return next((f"{what} is in ERROR" for what, part in parts if part.provisioning_status == "ERROR"), "")
