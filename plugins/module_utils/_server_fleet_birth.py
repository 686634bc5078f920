# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks for replicas, waits for them, and deletes those that could not be built."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import deletion
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    KIND,
    being_built,
    progress,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import (
    free_batch_numbers,
    names_of_batch,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_servers import (
    delete,
    wait_until_gone,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_further import FurtherGroups
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

CLEANUP_TIMEOUT = 60
"""Seconds to wait until servers that could not be built are gone."""


@dataclass(frozen=True)
class Outcome:
    """What came of replicas that were asked for together.

    :param actions: what was asked for
    :param running: those that run
    :param failed: those that could not be built
    """

    actions: list[CreateReplicas]
    running: list[Replica]
    failed: list[Replica]

    @property
    def lacking(self) -> list[CreateReplicas]:
        """The actions, with the names that do not run. With fixed ports, some of these were not even asked for."""
        there = {one.name for one in self.running}
        left = [replace(one, names=tuple(name for name in one.names if name not in there)) for one in self.actions]
        return [one for one in left if one.names]


@dataclass
class Birth:
    """Asks for replicas of one service, and waits for them.

    Requests for different zones cannot meet on a host, so they need not wait for each other. Within a zone one request
    places all its servers together: several at a time could break anti-affinity.

    :param groups: asks for replicas, in server groups that may not exist yet
    :param before: ids of the replicas that were there before
    :param outcomes: one for each time that replicas were asked for
    """

    context: Context
    service: str
    groups: FurtherGroups
    before: frozenset[str]
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def running(self) -> list[Replica]:
        """All that were asked for and run."""
        return [one for outcome in self.outcomes for one in outcome.running]

    @property
    def failed(self) -> list[Replica]:
        """All that could not be built."""
        return [one for outcome in self.outcomes for one in outcome.failed]

    def all_say(self, texts: Collection[str]) -> bool:
        """Return whether Nova says one of these of each replica that it could not build so far, in any zone."""
        return all(any(text in (replica.fault or "") for text in texts) for replica in self.failed)

    def ask(self, actions: Iterable[CreateReplicas], *, further: bool = False) -> Outcome:
        """Ask for replicas and wait until each runs or cannot be built; without C(wait), nothing is known of them.

        :param further: whether they become members of further groups, where there are any
        """
        asked: list[CreateReplicas] = []
        names: list[str] = []
        for action in actions:
            group = action.further if further and action.further else action.server_group
            names += self.groups.request(replace(action, server_group=group))
            asked.append(action)
        new = self._wait(names) if self.context.wait else []
        running, failed = ([one for one in new if one.broken is broken] for broken in (False, True))
        self.outcomes.append(outcome := Outcome(asked, running, failed))
        return outcome

    def _wait(self, names: Collection[str]) -> list[Replica]:
        known = self.before | {replica.id for replica in self.running}
        new: list[Replica] = []

        def look() -> bool | None:
            # The last look is for the message.
            if not self.context.deadline.expired() and being_built(self.context, names):
                return None
            new[:] = [replica for replica in replicas_of(self.context, self.service) if replica.id not in known]
            return True if len(new) >= len(names) and all(replica.settled for replica in new) else None

        wait_until(
            look,
            self.context.deadline,
            attempted="become active",
            kind=KIND,
            name=self.service,
            progress=lambda: progress(new),
        )
        return new

    def renamed(self, action: CreateReplicas, count: int) -> CreateReplicas:
        """Return an action for so many replicas, by names that are free now."""
        taken = [replica.name for replica in replicas_of(self.context, self.service)]
        (number,) = free_batch_numbers(self.service, taken, 1)
        return replace(action, names=names_of_batch(self.service, number, count))

    def born(self) -> list[Replica]:
        """Return what was made, whatever became of it."""
        return [one for one in replicas_of(self.context, self.service) if one.id not in self.before]

    def arrived(self) -> list[Replica]:
        """Return what was made and runs, once nothing of it is being built any more; nothing without C(wait)."""
        if not self.context.wait:
            return []

        def look() -> list[Replica] | None:
            made = self.born()
            return made if all(one.settled for one in made) or self.context.deadline.expired() else None

        made = wait_until(look, self.context.deadline, attempted="become active", kind=KIND, name=self.service)
        return [one for one in made if one.running]

    def discard(self, outcome: Outcome) -> None:
        """Delete what could not be built."""
        reason = "it could not be built"
        deletions = [deletion(replica, self.service, reason, batch=0) for replica in outcome.failed]
        try:
            delete(self.context, deletions, wait=False)
            wait_until_gone(self.context, deletions, self.context.deadline.fresh(CLEANUP_TIMEOUT))
        except CloudError as error:
            done = f"Deleting them failed, too ({error.message}); the next run does it."
            raise self.failure(outcome, done) from error

    def failure(self, outcome: Outcome, done: str = "What could not be built was deleted again.") -> CloudError:
        """Return the error about what could not be built; C(done) says what became of it."""
        # What was said of other zones and groups may be the reason, too.
        faults = sorted({replica.fault or f"status {replica.status}" for replica in self.failed})
        return CloudError(
            "create",
            "replicas " + ", ".join(sorted(replica.name for replica in outcome.failed)),
            answer="; ".join(faults),
            hint=f"{done} No valid host can mean: too few hosts for anti-affinity (see the options 'max_surge',"
            " 'max_unavailable' and 'fallback'), or none with room for the flavor.",
        )
