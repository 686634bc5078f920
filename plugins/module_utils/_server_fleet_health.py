# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which replicas have to be replaced for their health, and when that is refused. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_health import active_monitor
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_resting import (
    may_serve,
    resting_weight,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import FAILED, IN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import PoolState
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
        Desired,
        HealthPolicy,
        Observed,
        Replica,
    )


READY = frozenset({"ONLINE", "DRAINING"})
"""Operating statuses of members whose tests succeed."""


def unhealthy(
    replicas: Iterable[Replica],
    pools: Sequence[PoolState],
    policy: HealthPolicy,
    now: datetime,
    asked: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """Return the ids of replicas that have to be replaced, and why.

    :param now: by the clock of this host
    :param asked: what is wrong with the replicas that were asked, by id, and None for those that are ready; None when
        none of them is, so that nothing is known
    """
    reasons = {replica.id: _reason(replica, pools, policy, now, asked) for replica in replicas}
    return {key: reason for key, reason in reasons.items() if reason}


def _reason(
    replica: Replica,
    pools: Sequence[PoolState],
    policy: HealthPolicy,
    now: datetime,
    asked: Mapping[str, str | None] | None,
) -> str | None:
    age = seconds_since(replica.created_at, now)
    if replica.broken:
        return f"it is in status {replica.status}" + (f" ({replica.fault})" if replica.fault else "")
    if replica.status == "BUILD":
        return f"it has been in status BUILD for {age:.0f} s" if age > policy.build_timeout else None
    if not replica.running and not is_stuck(replica, policy, now):
        return None
    if replica.host_lost and not _is_alive(replica, pools, asked):
        return f"its host is {replica.host_status} to Nova, and nothing shows that it still answers"
    if seconds_since(replica.began_at, now) <= policy.grace_period:
        return None
    silent = None if _put_aside(replica, pools) else (asked or {}).get(replica.id)
    return _in_error(replica, pools, policy, now) or silent


def is_stuck(replica: Replica, policy: HealthPolicy, now: datetime) -> bool:
    """Return whether Nova has been at a reboot, a move or a rebuild for longer than at any creation.

    When the host dies in the middle of that, the status stays for ever.
    """
    return replica.in_change and seconds_since(replica.changed_at, now) > policy.build_timeout


def seems_ready(replica: Replica, pools: Sequence[PoolState]) -> bool:
    """Return whether a replica gets requests because a health monitor finds it ready."""
    return (
        replica.running
        and not replica.host_lost
        and any(state.standing(replica) == IN and _status(replica, state) == "ONLINE" for state in pools)
    )


def found_ready(replica: Replica, pools: Sequence[PoolState]) -> bool:
    """Return whether a health monitor that asks over HTTP finds a replica ready, tested from the load balancer."""
    return any(_status(replica, state) in READY for state in pools if state.weights and _asks(state))


def _asks(state: PoolState) -> bool:
    monitor = active_monitor(state.found.pool) if state.found else None
    return monitor is not None and monitor.settings.get("type") in ("HTTP", "HTTPS")


def _status(replica: Replica, state: PoolState) -> str | None:
    member = state.member(replica)
    return member.operating_status if member else None


def _is_alive(replica: Replica, pools: Sequence[PoolState], asked: Mapping[str, str | None] | None) -> bool:
    """Return whether a replica on a host that is lost to Nova was seen to answer.

    The provider ovn has its members tested from their own hosts. When a host dies they stay what they were.
    """
    if asked is not None and asked.get(replica.id, "not asked") is None:
        return True
    return any(_status(replica, state) in READY for state in pools if state.weights)


def _in_error(replica: Replica, pools: Sequence[PoolState], policy: HealthPolicy, now: datetime) -> str | None:
    """Return in which pool a replica fails the health monitor for too long.

    A member changes its time of change with its operating status (Octavia's database does that), so the status has
    lasted since then at least.
    """
    for state in pools:
        member = state.member(replica)
        if member and member.operating_status == FAILED and _judged(member):
            seconds = seconds_since(member.changed_at, now)
            if seconds > policy.grace_period:
                return f"its member of pool {state.use.pool!r} has been in ERROR for {seconds:.0f} s"
    return None


def _put_aside(replica: Replica, pools: Sequence[PoolState]) -> bool:
    return any((member := state.member(replica)) is not None and not _judged(member) for state in pools)


def _judged(member: Member) -> bool:
    """Return whether a member's health counts: not when somebody else took it out of rotation."""
    return may_serve(member) or bool(resting_weight(member))


def too_many_unhealthy(desired: Desired, observed: Observed, doomed: Collection[str]) -> bool:
    """Return whether more replicas, by id, are unhealthy than the user lets be replaced at once."""
    # What never had a host never served. Nova tells none of a server that was shelved, either, but that one did run.
    hosted = {replica.id for replica in observed.replicas if replica.host_id or replica.launched_at}
    return len(hosted.intersection(doomed)) > _limit(desired, observed)


def _limit(desired: Desired, observed: Observed) -> int:
    # What is too much goes anyway.
    surplus = sum(not replica.leaving for replica in observed.replicas) - desired.replicas
    return desired.health.limit(desired.replicas) + max(0, surplus)


def refuse_too_many(desired: Desired, observed: Observed, doomed: Mapping[str, str]) -> None:
    """Refuse to replace more replicas at once than the user allows.

    What makes many replicas fail at once is seldom the replicas, and then new ones would fail like them.

    :raises InvalidInputError: with all of them
    """
    if not too_many_unhealthy(desired, observed, doomed):
        return
    limit = _limit(desired, observed)
    names = {replica.id: replica.name for replica in observed.replicas}
    listed = "; ".join(f"{names[key]!r}: {reason}" for key, reason in doomed.items())
    problem = (
        f"{len(doomed)} replicas of fleet {desired.name!r} are unhealthy, but with 'max_unhealthy_percentage:"
        f" {desired.health.max_unhealthy_percentage}' of {desired.replicas} replicas no more than {limit} may be"
        " replaced in one run. Nothing was changed. Look for a common reason, and raise the option to have them"
        f" replaced nevertheless. {listed}"
    )
    raise InvalidInputError([problem])


def refuse_if_locked(
    replicas: Iterable[Replica], doomed: Mapping[str, str], changed: Collection[str] = frozenset()
) -> None:
    """Refuse a plan that removes or rebuilds replicas which somebody else locked.

    :raises InvalidInputError: with all of them
    """
    reasons = {**dict.fromkeys(changed, "changed in place"), **{key: f"deleted ({doomed[key]})" for key in doomed}}
    locked = [replica for replica in replicas if replica.id in reasons and replica.protected and not replica.leaving]
    if locked:
        raise InvalidInputError(
            [
                f"replica {replica.name!r} ({replica.id}) has to be {reasons[replica.id]}, but it is locked"
                f" ({replica.locked_reason or 'no reason given'})"
                for replica in locked
            ]
        )
