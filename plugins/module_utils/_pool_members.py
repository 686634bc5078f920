# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of one pool of Octavia: read, decide, write in one request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_health as health
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_rules
from ansible_collections.model_serving.openstack.plugins.module_utils._console import member_logs
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import SetMembers
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import member
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_merge_members import MemberMerge
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_options import MEMBER
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import (
    abilities,
    member_problems,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Api
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_batch import bring_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_members import (
    member_result,
    set_members,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_resting import (
    out_of_rotation,
    resting,
    without_note,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules_owner import reserved_tags
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import Writer
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
from ansible_collections.model_serving.openstack.plugins.module_utils._pool_members_read import (
    FoundPool,
    PoolOfBalancer,
    find_pool,
    find_pools,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DRAINED, PRESENT = "drained", "present"
IDENTITY = ("address", "protocol_port")
"""Options by which a member is known, and which alone mean something when it is drained or removed."""


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What shall be with which members of which pool."""

    pool: str
    load_balancer: str | None = None
    members: tuple[Member, ...] = ()
    options: Sequence[Mapping[str, Any]] = ()
    state: str = PRESENT
    note_weight: bool = False
    purge: bool = False
    wait_for_members: str | None = None


@dataclass(frozen=True, kw_only=True)
class MembersPlan(Plan):
    """A plan, with the balancer it is about."""

    balancer_id: str = ""
    balancer: str = ""


def plan(desired: Desired, observed: FoundPool) -> MembersPlan:
    """Decide. Pure.

    :raises InvalidInputError: with everything that cannot be done
    """
    found = observed.pool
    old = (found.pool.members if found else None) or ()
    problems: list[str] = []
    if desired.state == PRESENT:
        wanted = _present(desired, observed, old, problems)
        if found:
            keys = frozenset(each.key for each in desired.members)
            problems += health.too_few(desired.pool, wanted, desired.wait_for_members, keys)
    elif desired.state == DRAINED:
        wanted = _drained(desired, old, found.provider if found else None)
    else:
        gone = {each.key for each in desired.members}
        wanted = tuple(each for each in old if each.key not in gone)
    if problems:
        raise InvalidInputError(problems)
    request = set_members(desired.pool, str(found.pool.id) if found else "", old, wanted)
    return MembersPlan(
        actions=(request,) if request else (),
        before=_describe(old),
        after=_describe(wanted),
        balancer_id=found.balancer_id if found else "",
        balancer=found.balancer if found else "",
    )


def _describe(members: Sequence[Member]) -> dict[str, Any]:
    return {"members": [each.body for each in sorted(members, key=lambda each: each.key)]}


def _present(desired: Desired, observed: FoundPool, old: Sequence[Member], problems: list[str]) -> tuple[Member, ...]:
    provider = observed.pool.provider if observed.pool else None
    merge = MemberMerge(mark="", provider=provider, purge=desired.purge, subnets=observed.subnets, problems=problems)
    wanted = merge.members(old, desired.members, desired.pool)
    found = member_problems(abilities(provider), desired.options, f"pool {desired.pool!r}")
    problems.extend(f"provider {provider!r} {problem}" for problem in found)
    return wanted


def _drained(desired: Desired, old: Sequence[Member], provider: str | None) -> tuple[Member, ...]:
    """Return the members with those that are declared out of rotation, with or without a note of their weight."""
    keys = {each.key for each in desired.members}
    drain = resting if desired.note_weight else _drained_for_good
    return tuple(drain(each, provider) if each.key in keys else each for each in old)


def _drained_for_good(member: Member, provider: str | None) -> Member:
    """Return a member out of rotation that nobody brings back, also if it rested before."""
    off = out_of_rotation(member, provider)
    return replace(off, settings={**off.settings, "tags": without_note(member.tags)})


class PoolMembersNoun(Noun[Desired, FoundPool]):
    """Members of one pool."""

    def desired(self, params: Params) -> Desired:
        known = IDENTITY if params["state"] != PRESENT else tuple(MEMBER)
        options: list[Mapping[str, Any]] = [
            {name: each[name] if name in known else None for name in each} for each in params["members"]
        ]
        problems = [
            *_octavia_rules.member_problems(options, f"pool {params['pool']!r}"),
            *reserved_tags(options),
            *health.awaited_problem(params["wait_for_members"]),
        ]
        if params["purge"] and params["state"] != PRESENT:
            problems.append("'purge' goes with 'state: present' only")
        if params["note_weight"] and params["state"] != DRAINED:
            problems.append("'note_weight' goes with 'state: drained' only")
        if problems:
            raise InvalidInputError(problems)
        return Desired(
            pool=params["pool"],
            load_balancer=params["load_balancer"],
            members=tuple(member(each) for each in options),
            options=options,
            state=params["state"],
            note_weight=params["note_weight"],
            purge=params["purge"],
            wait_for_members=params["wait_for_members"],
        )

    def observe(self, context: Context, desired: Desired) -> FoundPool:
        names = [each.settings["subnet_id"] for each in desired.members if "subnet_id" in each.settings]
        return find_pool(context, desired.pool, desired.load_balancer, names, state=desired.state)

    def plan(self, desired: Desired, observed: FoundPool) -> Plan:
        return plan(desired, observed)

    def apply(self, context: Context, plan: Plan) -> None:
        if not isinstance(plan, MembersPlan):
            raise TypeError(type(plan).__name__)
        writer = Writer(Api(context.conn.load_balancer), context.deadline, plan.balancer, plan.balancer_id)
        for action in plan.actions:
            if isinstance(action, SetMembers):
                bring_members(writer, action, str(action.pool_id))
        if context.wait:
            writer.settle()

    def settle(self, context: Context, desired: Desired, observed: FoundPool) -> FoundPool:
        if desired.wait_for_members is None or observed.pool is None:
            return observed
        pool, keys = observed.pool.pool, frozenset(each.key for each in desired.members)
        judge: health.Judge
        if desired.state == PRESENT:
            judge, what = health.online(pool, desired.wait_for_members, keys), "online"
        elif desired.state == DRAINED and health.active_monitor(pool):
            judge, what = health.Resting(keys), "out of rotation"
        else:
            return observed
        if not judge(pool.members or ()):
            return observed
        attempted = f"have its members {what}"
        logs = member_logs(context) if desired.state == PRESENT else None
        members = health.wait_for(Api(context.conn.load_balancer), context.deadline, pool, judge, attempted, logs)
        return replace(observed, pool=replace(observed.pool, pool=replace(pool, members=members)))

    def result(self, observed: FoundPool) -> dict[str, Any]:
        return {"pool": result(observed.pool) if observed.pool else None}


def result(found: PoolOfBalancer) -> dict[str, Any]:
    """Return a pool with its members as the modules return it."""
    pool = found.pool
    return {
        "id": pool.id,
        "name": pool.name,
        "protocol": pool.settings.get("protocol"),
        "load_balancer": found.balancer,
        "load_balancer_id": found.balancer_id,
        "provider": found.provider,
        "operating_status": pool.operating_status,
        "provisioning_status": pool.provisioning_status,
        "members": [member_result(each) for each in sorted(pool.members or (), key=lambda each: each.key)],
    }


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(pool_members_info) returns."""
    return {"pools": [result(found) for found in find_pools(context, params["pool"], params["load_balancer"])]}
