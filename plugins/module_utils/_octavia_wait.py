# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for load balancers and members, and writing to a balancer that takes one change at a time.

Octavia locks a balancer while it changes it: it is PENDING_UPDATE, and further changes get 409. What is below becomes
ACTIVE before the balancer does, so it is the balancer that is waited for. A batch of members is different with the
provider ovn: it reports the members one by one, and the balancer is ACTIVE after the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    NotReachedError,
    attempt,
    sdk_errors,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_again import UNREACHED, Again
from ansible_collections.model_serving.openstack.plugins.module_utils._outdated import OutdatedError
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import FIRST_INTERVAL, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Api
    from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

T = TypeVar("T")


class BalancerFailedError(NotReachedError, OutdatedError):
    """A balancer went into ERROR."""

    remedy = "It is made again now."


class BalancerThereError(OutdatedError):
    """A balancer that was to be made is there."""

    remedy = "It is used now."


KIND = octavia.BALANCER.name
REBUILD_HINT = "The next run of load_balancer makes it again with the same addresses."
STUCK = "a balancer that never leaves it has lost its worker, and only the operator of the cloud can free it"


@dataclass
class Writer:
    """Writes to one load balancer, each write when the balancer takes it.

    :param busy: whether the balancer may still be at work on an earlier write
    :param pools: names, by id, of pools whose members it may be at work on
    """

    api: Api
    deadline: Deadline
    name: str
    id: str
    busy: bool = False
    pools: dict[str, str] = field(default_factory=dict)

    def write(self, attempted: str, kind: str, name: str, call: Callable[[], T], resource_id: str | None = None) -> T:
        """Make a change, waiting before it and, when Octavia refuses because of somebody else's change, again.

        :raises CloudError: also when it refuses because of a part in ERROR that cannot be repaired
        """
        if self.busy:
            self.settle()
        again = Again(self.api)
        while True:
            try:
                with attempt(attempted, kind, name, resource_id):
                    made = self._call(call)
            except _BusyError as busy:
                self.settle()
                again.after(busy.refusal)
                # The balancer may be ACTIVE already while a part of it is not yet.
                self.deadline.sleep(FIRST_INTERVAL)
                continue
            self.busy = True
            return made

    def _call(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except sdk_errors() as error:
            if octavia.is_busy(error) and not self.deadline.expired():
                raise _BusyError(error) from error
            raise

    def settle(self) -> None:
        """Wait until the balancer is ACTIVE, and done with the members that were set.

        :raises CloudError: when it went into ERROR or is gone
        """
        wait_settled(self.api, self.deadline, self.name, self.id)
        while self.pools:
            _wait_for_members(self.api, self.deadline, *self.pools.popitem())
        self.busy = False

    def delete(self) -> None:
        """Delete the balancer with everything below it and wait until it is gone."""

        def call() -> None:
            with attempt("delete", KIND, self.name, self.id):
                self._call(lambda: self.api.delete(octavia.BALANCER, self.id, cascade="true"))

        status = "PENDING"

        def probe() -> bool | None:
            nonlocal status
            row = self.api.show(octavia.BALANCER, self.id, self.name)
            status = row["provisioning_status"] if row else "DELETED"
            if status == "DELETED":
                return True
            if not status.startswith("PENDING"):
                # Also once more, when the deletion itself ended in ERROR because of a passing trouble.
                try:
                    call()
                except _BusyError:
                    return None
            return None

        wait_until(
            probe,
            self.deadline,
            attempted="be deleted",
            kind=KIND,
            name=self.name,
            resource_id=self.id,
            progress=lambda: f"its status was {status} ({STUCK})",
        )


class _BusyError(Exception):
    """Octavia refused because something else is being done."""

    def __init__(self, refusal: Exception) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def _wait_for_members(api: Api, deadline: Deadline, pool_id: str, pool: str) -> None:
    """Wait until no member of a pool is being made, changed or removed.

    :raises CloudError: when that failed for one of them; its pool and its load balancer are ACTIVE then all the same
    """
    failed: list[str] = []
    pending: list[str] = []

    def probe() -> bool | None:
        members = api.list(octavia.MEMBER, pool_id)
        pending[:] = [
            f"{member['address']}:{member['protocol_port']} {member['provisioning_status']}"
            for member in members
            if member["provisioning_status"].startswith("PENDING")
        ]
        failed[:] = [
            f"{member['address']}:{member['protocol_port']}"
            for member in members
            if member["provisioning_status"] == "ERROR"
        ]
        return None if pending else True

    wait_until(
        probe,
        deadline,
        attempted="have its members set",
        kind=octavia.POOL.name,
        name=pool,
        resource_id=pool_id,
        progress=lambda: f"not so far: {', '.join(pending)}",
    )
    if failed:
        answer = f"Octavia could not bring {', '.join(failed)} to its load balancer"
        raise CloudError(
            "set the members of", octavia.POOL.name, pool, resource_id=pool_id, answer=answer, hint=UNREACHED
        )


def wait_settled(api: Api, deadline: Deadline, name: str, balancer_id: str, *, any_end: bool = False) -> None:
    """Wait until a balancer is not at work any more.

    :param any_end: whether ERROR and DELETED are as good as ACTIVE
    :raises BalancerFailedError: when it went into ERROR
    :raises NotReachedError: when it is gone
    """
    status = ""

    def probe() -> bool | None:
        nonlocal status
        row = api.show(octavia.BALANCER, balancer_id, name)
        status = row["provisioning_status"] if row else "DELETED"
        if status.startswith("PENDING"):
            return None
        if status != "ACTIVE" and not any_end:
            failure = BalancerFailedError if status == "ERROR" else NotReachedError
            gone = "it was deleted meanwhile" if status == "DELETED" else f"its status is {status}"
            raise failure("become active", KIND, name, resource_id=balancer_id, answer=gone, hint=REBUILD_HINT)
        return True

    wait_until(
        probe,
        deadline,
        attempted="become active",
        kind=KIND,
        name=name,
        resource_id=balancer_id,
        progress=lambda: f"its status was {status} ({STUCK})",
    )
