# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until members of a pool are in the state that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import read_members
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import IN_ROTATION, Member
from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_resting import may_serve, stays_out
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Monitor, Pool
    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Api
    from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

    Keys = AbstractSet[tuple[str, int]]
    LogsOf = Callable[[Sequence[Member]], Mapping[str, Sequence[str]]]

HEARTBEAT = 10
"""Seconds after which Octavia knows what an amphora knows (C(heartbeat_interval) of octavia.conf)."""
ALL = "all"
GONE = "no member"
"""What stands for the status of a member that is not there."""


def _counted(members: Sequence[Member], keys: Keys | None, *, resting: bool = False) -> list[Member]:
    ours = [member for member in members if keys is None or member.key in keys]
    return [member for member in ours if (not stays_out(member) if resting else may_serve(member))]


def _now() -> datetime:
    return datetime.now(UTC)


class Judge(Protocol):
    """Says which members are not as they shall be; none when the wait is over."""

    def __call__(self, members: Sequence[Member]) -> Sequence[Member]: ...


@dataclass
class Online:
    """Judges whether members in rotation are online.

    Octavia calls a new member ONLINE until the health monitor has found otherwise. So ONLINE counts when it has lasted
    for longer than the monitor needs for that, or when the member was seen in ERROR before. Ages are taken from the
    clock of this host. Without a monitor nobody can tell, and every member that gets requests counts.

    :param monitor: of the pool; None for none
    :param count: how many must be online; None for all
    :param keys: address and port of the members that are looked at; None for all
    :param resting: whether members that rest are looked at, too; those with weight 0 are tested like others, and are
        DRAINING when the tests succeed. Those that shall stay out of rotation are not: disabled ones are never tested
    :param complete: whether each of C(keys) has to be a member: what somebody has removed meanwhile is not ready
    :param since_change: tells how many seconds ago the servers themselves were changed, if they were: what was found
        before that says nothing of them
    """

    monitor: Monitor | None
    count: int | None = None
    keys: Keys | None = None
    resting: bool = False
    complete: bool = False
    now: Callable[[], datetime] = _now
    since_change: Callable[[], float] | None = None
    failed: set[str | None] = field(default_factory=set)
    missing: Sequence[Member] = ()

    def __call__(self, members: Sequence[Member]) -> Sequence[Member]:
        counted = [*_counted(members, self.keys, resting=self.resting), *self._gone(members)]
        self.failed.update(member.id for member in counted if member.operating_status == "ERROR")
        missing = [member for member in counted if not self._is_online(member)]
        enough = self.count is not None and len(counted) - len(missing) >= self.count
        self.missing = [] if enough else missing
        return self.missing

    def _gone(self, members: Sequence[Member]) -> list[Member]:
        absent = (self.keys or frozenset()) - {member.key for member in members} if self.complete else ()
        return [Member(address=address, protocol_port=port, operating_status=GONE) for address, port in sorted(absent)]

    def _is_online(self, member: Member) -> bool:
        if self.monitor is None:
            return member.operating_status in IN_ROTATION
        passing = ("ONLINE", "DRAINING") if self.resting else ("ONLINE",)
        return member.operating_status in passing and (member.id in self.failed or self._is_proven(member))

    def _is_proven(self, member: Member) -> bool:
        if self.since_change and self.since_change() < self.needed:
            return False
        return not member.changed_at or seconds_since(member.changed_at, self.now()) >= self.needed

    @property
    def needed(self) -> int:
        """How many seconds the monitor needs to find a failure, at most."""
        settings = self.monitor.settings if self.monitor else {}
        seconds: int = settings["delay"] * settings.get("max_retries_down", 3) + settings["timeout"] + HEARTBEAT
        return seconds


@dataclass(frozen=True)
class Resting:
    """Judges whether certain members get no new requests: what forwards says DRAINING, OFFLINE or ERROR of them.

    :param keys: address and port of the members
    """

    keys: Keys

    def __call__(self, members: Sequence[Member]) -> Sequence[Member]:
        ours = [member for member in members if member.key in self.keys]
        return [member for member in ours if member.operating_status not in ("DRAINING", "OFFLINE", "ERROR")]


def say(members: Sequence[Member]) -> str:
    """Return members with their states, for messages."""
    return ", ".join(
        f"{member.address}:{member.protocol_port} {member.operating_status}"
        + (f" (only since {member.changed_at} UTC)" if member.operating_status == "ONLINE" else "")
        for member in members
    )


def wait_for(
    api: Api, deadline: Deadline, pool: Pool, judge: Judge, attempted: str, logs: LogsOf | None = None
) -> tuple[Member, ...]:
    """Wait, and return all members of the pool as they are then. One request for each look.

    :param logs: what the servers behind members logged; asked at the deadline
    :raises WaitTimeoutError: at the deadline, naming the members that are not as they shall be
    """
    missing: Sequence[Member] = ()

    def probe() -> tuple[Member, ...] | None:
        nonlocal missing
        members = read_members(api, str(pool.id))
        missing = judge(members)
        return None if missing else members

    return wait_until(
        probe,
        deadline,
        attempted=attempted,
        kind="pool",
        name=pool.name,
        resource_id=pool.id,
        progress=lambda: f"not so far: {say(missing)}",
        logs=(lambda: logs(missing)) if logs else None,
    )


def active_monitor(pool: Pool) -> Monitor | None:
    """Return the health monitor of a pool if it works."""
    return pool.monitor if pool.monitor and pool.monitor.settings.get("admin_state_up", True) else None


def online(pool: Pool, wanted: str, keys: Keys | None) -> Online:
    """Return the judge for what a user asked for.

    :param wanted: C(all) or a number
    :raises InvalidInputError: when there are not so many members
    """
    if problems := too_few(pool.name, pool.members or (), wanted, keys):
        raise InvalidInputError(problems)
    return Online(active_monitor(pool), count=None if wanted == ALL else int(wanted), keys=keys)


def too_few(pool: str, members: Sequence[Member], wanted: str | None, keys: Keys | None) -> list[str]:
    """Return that more members are waited for than are meant to get requests."""
    counted = len(_counted(members, keys))
    if wanted is None or wanted == ALL or int(wanted) <= counted:
        return []
    said = f"pool {pool!r} has {counted} members in rotation, and {wanted} are waited for"
    return [f"{said}; members that are drained or disabled do not count"]


def awaited_problem(wanted: str | None) -> list[str]:
    """Return what is wrong with the option C(wait_for_members)."""
    if wanted is None or wanted == ALL or (wanted.isdecimal() and int(wanted)):
        return []
    return [f"'wait_for_members: {wanted}' must be 'all' or a number greater than 0"]
