# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a load balancer: whether it has to be made again, and which of its parts failed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def remaining(balancer: Balancer | None) -> Balancer | None:
    """Return a balancer, None when there is none or it is being deleted."""
    return None if balancer is None or is_going(balancer) else balancer


def usable(balancer: Balancer | None) -> Balancer | None:
    """Return a balancer that can be changed, None when one has to be made."""
    return None if what_is_broken(balancer) else balancer


def rebuilt(balancer: Balancer | None) -> tuple[str, ...]:
    """Return the warning that a balancer is made again, none when it has not to be.

    What Octavia has given up changing may serve as before: one of two amphorae, or all as they were.
    """
    broken = what_is_broken(balancer)
    if balancer is None or not broken:
        return ()
    said = f"load balancer {balancer.name!r} ({balancer.id}) has to be made again, because {broken}"
    if is_going(balancer):
        return (f"{said}; nobody is answered at its addresses until then",)
    return (f"{said}; it may still answer, but nobody is answered at its addresses while it is made again",)


def what_failed(balancer: Balancer | None) -> dict[str, Any]:
    """Return for a diff in which state a balancer is: its status and the parts in ERROR, nothing when all is well."""
    if balancer is None:
        return {}
    members = [
        (f"member {member.address}:{member.protocol_port} of pool {pool.name!r}", member)
        for pool in balancer.pools or ()
        for member in pool.members or ()
    ]
    failed = [what for what, part in (*_parts(balancer), *members) if part.provisioning_status == "ERROR"]
    status = {"status": balancer.provisioning_status} if what_is_broken(balancer) else {}
    return {**status, **({"failed": failed} if failed else {})}


def part_in_error(balancer: Balancer) -> str:
    """Return which part of a balancer is not what it shall be, an empty text when none is."""
    parts = _parts(balancer)
    return next((f"{what} is in ERROR" for what, part in parts if part.provisioning_status == "ERROR"), "")


def _parts(balancer: Balancer) -> Iterator[tuple[str, Node]]:
    """Yield what a balancer consists of, but for the members, with what it is called."""
    for listener in balancer.listeners or ():
        yield f"listener {listener.name!r}", listener
        for policy in listener.policies or ():
            yield f"L7 policy {policy.name!r}", policy
            yield from ((f"a rule of L7 policy {policy.name!r}", rule) for rule in policy.rules)
    for pool in balancer.pools or ():
        yield f"pool {pool.name!r}", pool
        if pool.monitor:
            yield f"the health monitor of pool {pool.name!r}", pool.monitor
