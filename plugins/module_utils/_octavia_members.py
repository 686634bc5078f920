# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the members of a pool as they are and as they shall be to the one request that makes the difference. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import Made, SetMembers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import Body
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member

MANY = 8
"""How many members a summary names one by one."""


def set_members(pool: str, pool_id: str | Made, old: Sequence[Member], wanted: Sequence[Member]) -> SetMembers | None:
    """Return the request, None when nothing differs: it would put the balancer to work for nothing.

    When no member goes, only those that are new or differ are sent, and the others cannot be touched, whatever
    happened to them since they were read. When one goes, all that stay have to be sent, see C(whole).

    A member whose last change ended in ERROR is sent again: Octavia knows what it shall be, and its load balancer
    does not.
    """
    before = {member.place: member for member in old}
    added = [member for member in wanted if member.place not in before]
    changed = [
        member
        for member in wanted
        if member.place in before
        and (member.body != before[member.place].body or before[member.place].provisioning_status == "ERROR")
    ]
    staying = {member.place for member in wanted}
    removed = [member for member in old if member.place not in staying]
    if not (added or changed or removed):
        return None
    changes = [f"{_name(member)} ({_difference(before[member.place], member)})" for member in changed]
    parts = [
        _summary("add", [_name(member) for member in added]),
        _summary("change", changes),
        _summary("remove", [_name(member) for member in removed]),
    ]
    return SetMembers(
        pool=pool,
        pool_id=pool_id,
        members=tuple(member.body for member in [*added, *changed]),
        removed=tuple(member.place for member in removed),
        summary="; ".join(part for part in parts if part),
    )


def whole(change: SetMembers, there: Sequence[Member]) -> list[Body]:
    """Return all members that stay, complete: what is left out of an entry is reset by Octavia.

    :param there: the members as they are when the request is made: a member that somebody else, for example an
        autoscaling group, added since the plan was made stays, and so does a weight that somebody changed
    """
    given = {(body["address"], body["protocol_port"]): body for body in change.members}
    kept = {member.place: member.body for member in there if member.place not in change.removed}
    return list({**kept, **given}.values())


def _name(member: Member) -> str:
    return f"{member.address}:{member.protocol_port}"


def _difference(old: Member, new: Member) -> str:
    before, after = old.body, new.body
    changed = [key for key in after if after[key] != before.get(key)]
    return ", ".join(f"{key} {before.get(key)} -> {after[key]}" for key in changed) or "again, its last change failed"


def _summary(verb: str, names: Sequence[str]) -> str:
    more = [f"{len(names) - MANY} more"] if len(names) > MANY else []
    return f"{verb} {', '.join([*names[:MANY], *more])}" if names else ""


def member_result(member: Member) -> dict[str, Any]:
    """Return a member as the modules return it."""
    settings = member.settings
    return {
        "id": member.id,
        "name": settings.get("name", ""),
        "address": member.address,
        "protocol_port": member.protocol_port,
        "subnet_id": settings.get("subnet_id"),
        "weight": settings.get("weight"),
        "backup": settings.get("backup"),
        "admin_state_up": settings.get("admin_state_up"),
        "monitor_address": settings.get("monitor_address") or None,
        "monitor_port": settings.get("monitor_port"),
        "request_sriov": bool(settings.get("request_sriov")),
        "tags": list(member.tags),
        "operating_status": member.operating_status,
        "provisioning_status": member.provisioning_status,
    }
