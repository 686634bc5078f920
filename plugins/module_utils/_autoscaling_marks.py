# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Marks on replicas: the next update of a group replaces each that has one, by a new one before it goes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_batch import (
    MARKED,
    NOT_BEGUN,
    places,
    unmarked,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    HANDLE,
    MEMBER_TYPE,
    READY,
    SERVER,
    SERVER_TYPE,
    SETTLED,
    member_place,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import given_version
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import REPLICA_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import LONGEST_INTERVAL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import StackRequest
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

CHECKED = "CHECK_COMPLETE"
"""Status of what a check has found well, and of what Heat cannot check, for example whether a replica is ready."""
REPORTED = 30
"""Seconds after which Octavia knows at the latest what a monitor has seen: it is told every 10 s by default."""


def clear(context: Context, found: Sequence[Resource], *, everything: bool = False, version: str | None = None) -> None:
    """Take the mark from replicas that healing marked and that are well again, or replaced in any case.

    It is left behind when Heat refused to replace them because no member of the pool was healthy. The next update
    would replace all of them at once.

    :param found: the resources of the group's stack
    :param everything: from the others, too
    :param version: that all replicas are given next, C(None) when they keep theirs
    """
    heat = context.conn.orchestration
    marked = [one for one in places(found) if one.status == MARKED]
    if everything:
        why = dict.fromkeys((one.name for one in marked), "healing is suspended")
    else:
        staying = {one.name for one in marked if version in (None, one.version)}
        why = dict.fromkeys(_well(context, found, staying), "well again")
        if version is not None:
            why |= {one.name: "gets another version" for one in marked if unmarked(one, version)}
    for replica in found:
        if replica.name in why and replica.type.startswith(REPLICA_FILE):
            _heat_resources.mark(heat, replica.stack, replica.name, unhealthy=False, reason=why[replica.name])


def _well(context: Context, found: Sequence[Resource], marked: Collection[str]) -> list[str]:
    """Return those of the marked replicas of which no member is in error."""
    # A member that was never made has no id, and a replica without members has never been well.
    members = {
        name: {one.physical_id for one in found if one.type == MEMBER_TYPE and one.parent == name and one.physical_id}
        for name in marked
    }
    pools = {member_place(one.name)[0] for one in found if one.type == MEMBER_TYPE}
    broken = _broken(context, pools, set().union(*members.values())) if marked else set()
    return [name for name, own in members.items() if own and not own & broken]


def _broken(context: Context, pools: Collection[str], own: set[str]) -> set[str]:
    """Return those of the members that are in error.

    Where all members of a pool were, it is the monitor, the network or the model that was broken, and may have been
    put right just now: then they get the time that their monitor needs to see it.
    """
    found = _errors(context, pools)
    lost = [pool for pool, errors in found.items() if errors and all(errors.values())]
    seconds = max((_until_well(context, pool) for pool in lost), default=0)
    patience = context.deadline.fresh(min(seconds, context.deadline.remaining()))
    while (broken := own & _in_error(found)) and not patience.expired():
        patience.sleep(LONGEST_INTERVAL)
        found = _errors(context, pools)
    return broken


def _in_error(found: Mapping[str, Mapping[str, bool]]) -> set[str]:
    return {member for errors in found.values() for member, error in errors.items() if error}


def _errors(context: Context, pools: Collection[str]) -> dict[str, dict[str, bool]]:
    """Return for each pool which of its members are in error."""
    found: dict[str, dict[str, bool]] = {}
    for pool in sorted(pools):
        try:
            with attempt("list the members of", "pool", resource_id=pool):
                members = list(context.conn.load_balancer.members(pool))
        except CloudError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            continue  # A pool that is gone has none.
        found[pool] = {member.id: member.operating_status == "ERROR" for member in members}
    return found


def _until_well(context: Context, pool: str) -> int:
    """Return the seconds after which a member that answers again is no longer in error."""
    balancer = context.conn.load_balancer
    with attempt("look at the health monitor of", "pool", resource_id=pool):
        monitor_id = balancer.get_pool(pool).health_monitor_id
        if monitor_id is None:
            return 0
        monitor = balancer.get_health_monitor(monitor_id)
    return int(monitor.delay) * int(monitor.max_retries) + REPORTED


def wait_anew(context: Context, found: Sequence[Resource]) -> None:
    """Mark what waits for servers that a check of the stack (C(openstack stack check)) has found gone or stopped.

    Heat replaces such a server within its replica, and would take what the one before has signalled for the new one.
    Its token may be too old to signal once more, so the handle is made anew, too.

    :param found: the resources of the group's stack
    """
    heat = context.conn.orchestration
    waiting = {
        (one.stack, part + one.name.removeprefix(SERVER))
        for one in found
        if one.type == SERVER_TYPE and one.status == MARKED
        for part in (HANDLE, READY)
    }
    for one in found:
        if (one.stack, one.name) in waiting and one.status != MARKED:
            _heat_resources.mark(heat, one.stack, one.name, unhealthy=True, reason="its server is replaced")


def give_up(context: Context, found: Sequence[Resource], request: StackRequest) -> None:
    """Mark replicas that did not report in time and have not done so since.

    Without a mark Heat waits for them once more, in vain: what made them late may be over, but nothing on them begins
    again. After a check it does not even wait. A replica that shall get another version begins again with it.

    :param found: the resources of the group's stack
    :param request: what Heat is given next
    """
    heat, version = context.conn.orchestration, given_version(request.files)
    unfinished = {one.parent for one in found if one.name == SETTLED and one.status == NOT_BEGUN}
    late = {
        one.parent: one
        for one in found
        if one.name == READY + version
        and (one.status.endswith("_FAILED") or (one.status == CHECKED and one.parent in unfinished))
    }
    for replica in found:
        ready = late.get(replica.name)
        # What a dead engine holds, Heat does not mark. The next update takes it over, and the run after that can.
        held = replica.status == MARKED or replica.busy
        if ready is None or not replica.type.startswith(REPLICA_FILE) or held:
            continue
        if not _heat_resources.metadata(heat, ready.stack, HANDLE + version):
            _heat_resources.mark(heat, replica.stack, replica.name, unhealthy=True, reason="not ready in time")
