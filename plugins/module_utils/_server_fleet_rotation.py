# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings replicas into the rotation of pools when they are ready, and out of it before they go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_health as health
from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_members as members
from ansible_collections.model_serving.openstack.plugins.module_utils._console import console_logs
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    WaitTimeoutError,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Api
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_batch import bring_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_members import set_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import Writer
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark
from ansible_collections.model_serving.openstack.plugins.module_utils._readiness import (
    unready,
    wait_until_answering,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_late import Late
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_pools import lost, pools_now
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import renewed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._console import Logs
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import (
        Key,
        PoolState,
        PoolUse,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Desired, Replica
    from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline


@dataclass(frozen=True)
class Rotation:
    """The rotation of one fleet, with one run's patience.

    :param needed: pools that were there before: what follows relies on who gets requests from them
    """

    context: Context
    desired: Desired
    needed: Collection[PoolUse] = ()

    def _states(self) -> Iterator[PoolState]:
        """Read each pool when its turn comes: replicas may be members of one with several ports.

        :raises CloudError: when one that is needed is gone, or out of order, or when several have its name by now
        """
        for use in self.desired.pools:
            for state in pools_now(self.context, use):
                if state.found:
                    yield state
                elif use in self.needed:
                    raise lost(state)

    def enter(self, replicas: Sequence[Replica], changed: Deadline | None = None, *, together: bool = True) -> None:
        """Make replicas members, wait until the health monitors find them ready, then let them get requests.

        HAProxy sends requests to a new server until the first test fails. With the weight 0 it only tests. A provider
        that knows no weights does not test disabled members, so there they get requests before.

        :param changed: made when replicas had been changed in place, if they were: their members are older than that
        :param together: whether none of them gets requests when one is not ready in time; otherwise the others do
        :raises WaitTimeoutError: naming those that are not ready
        """
        self._arrive(replicas)
        late = Late()
        with late.noted(together):
            self._wait_until_answering(replicas, late)
        for state in self._states():
            there = late.others(replicas)
            with late.noted(together):
                if not state.weights:
                    self._restore(state, there)
                self._wait_until_tested(state, there, changed, late)
        if late.error:
            self._restore_in_time(late.others(replicas), late.error)
        self.restore(replicas)

    def _wait_until_answering(self, replicas: Sequence[Replica], late: Late) -> None:
        if not self.desired.readiness_url:
            return
        try:
            wait_until_answering(self.context.deadline, self.desired.readiness_url, replicas, self._logs)
        except WaitTimeoutError:
            late.ids |= unready(self.desired.readiness_url, replicas)
            raise
        # Their load balancer may have been made again meanwhile.
        self._arrive(replicas)

    def _restore_in_time(self, replicas: Sequence[Replica], error: WaitTimeoutError) -> NoReturn:
        """Let replicas get requests although time is up for others."""
        if not replicas:
            raise error
        names = ", ".join(sorted(repr(one.name) for one in replicas))
        try:
            replace(self, context=renewed(self.context)).restore(replicas)
        except CloudError as second:
            raise error.adding(f"That {names} get requests failed, too: {second.message}") from second
        raise error.adding(f"The others that are ready get requests: {names}.")

    def _arrive(self, replicas: Sequence[Replica]) -> None:
        tag = service_mark(self.desired.name)
        for state in self._states():
            self._write(state, members.arriving(state, replicas, tag))

    def reinstate(self, replicas: Sequence[Replica]) -> None:
        """Let replicas get requests again: those that rest at once, those that are members no more when ready.

        :raises WaitTimeoutError: naming those that are not ready
        """
        states = list(self._states())
        self.restore(replicas)
        if gone := [one for one in replicas if one.running and members.OUT in members.standings(one, states)]:
            self.enter(gone)

    def restore(self, replicas: Sequence[Replica]) -> None:
        """Let resting replicas get requests again, at once."""
        for state in self._states():
            self._restore(state, replicas)

    def _restore(self, state: PoolState, replicas: Sequence[Replica]) -> None:
        self._write(state, members.changed(state, _keys(state, replicas), members.back))

    def leave(self, replicas: Sequence[Replica], *, drain: bool, for_good: bool, new: bool = False) -> None:
        """Let replicas get no more requests; wait for the open ones when C(drain) and there can be any.

        :param new: whether the run has made them: what rests of them has never got a request
        """
        busy = False
        if drain or not for_good:
            for state in self._states():
                busy = busy or any(self._may_be_busy(state, one, new=new) for one in replicas)
                self._write(state, members.changed(state, _keys(state, replicas), members.resting))
        if drain and busy:
            self._let_requests_end()
        if for_good:
            for state in self._states():
                self._write(state, members.without(state, _keys(state, replicas)))

    def _may_be_busy(self, state: PoolState, replica: Replica, *, new: bool) -> bool:
        """Return whether requests of a pool may be open at a replica.

        One that rests may have been drained a moment ago, by a run that was killed then. A member changes when it is
        drained, so one that has not changed for that long has had its time.
        """
        member, standing = state.member(replica), state.standing(replica)
        if member is None or standing != members.RESTING:
            return standing == members.IN
        return not new and seconds_since(member.changed_at, datetime.now(UTC)) < self.desired.update.drain_timeout

    def remove(self, use: PoolUse, addresses: Collection[str], replicas: Sequence[Replica]) -> None:
        """Remove members of a pool by what their addresses and ports are.

        Those that stand for a replica by now stay: a new one may have the address of one that is gone.

        :param replicas: all of the fleet as they are now
        """
        states = list(self._states())
        for state in states:
            if state.use == use:
                stale = state.stale(self.desired.name, replicas, states)
                keys = [one.key for one in stale if f"{one.address}:{one.protocol_port}" in addresses]
                self._write(state, members.without(state, keys))

    def reweight(self, use: PoolUse, replicas: Sequence[Replica]) -> None:
        """Give members of a pool the declared weight. Those that were drained since it was looked at stay drained."""
        for state in self._states():
            if state.use == use:
                self._write(state, members.changed(state, _keys(state, state.off_weight(replicas)), members.reweighted))

    def send_again(self, use: PoolUse) -> None:
        """Send the members of a pool whose last change failed to its load balancer."""
        for state in self._states():
            if state.use == use:
                self._write(state, state.members)

    def _write(self, state: PoolState, wanted: tuple[Member, ...]) -> None:
        found = state.found
        request = set_members(state.use.pool, str(found.pool.id), state.members, wanted) if found else None
        if found and request:
            writer = Writer(
                Api(self.context.conn.load_balancer), self.context.deadline, found.balancer, found.balancer_id
            )
            bring_members(writer, request, str(found.pool.id))
            writer.settle()

    def _wait_until_tested(
        self, state: PoolState, replicas: Sequence[Replica], changed: Deadline | None, late: Late
    ) -> None:
        monitor = health.active_monitor(state.found.pool) if state.found else None
        if state.found and monitor:
            keys = frozenset(_keys(state, replicas))
            since_change = changed.elapsed if changed else None
            judge = health.Online(monitor, keys=keys, resting=True, complete=True, since_change=since_change)
            api = Api(self.context.conn.load_balancer)
            names = {state.key(one): one for one in replicas}

            def logs(missing: Sequence[Member]) -> Logs:
                return self._logs({names[one.key].name: names[one.key].id for one in missing})

            try:
                health.wait_for(api, self.context.deadline, state.found.pool, judge, "have its new members ready", logs)
            except WaitTimeoutError:
                late.ids |= {names[one.key].id for one in judge.missing}
                raise

    def _logs(self, servers: Mapping[str, str]) -> Logs:
        return console_logs(self.context, servers)

    def _let_requests_end(self) -> None:
        """Wait for C(drain_timeout), the time that open requests have. What follows has C(timeout) for itself.

        Nobody tells when they have ended. For each change of a member HAProxy starts a new process, which counts its
        own connections only; those that are open stay with the old one. The provider ovn counts none.
        """
        patience = self.context.deadline.fresh(self.desired.update.drain_timeout)
        patience.sleep(patience.remaining())
        self.context.deadline.restart()


def _keys(state: PoolState, replicas: Sequence[Replica]) -> list[Key]:
    return [key for one in replicas if (key := state.key(one))]
