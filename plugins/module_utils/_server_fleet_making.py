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
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_further import FurtherGroups
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

CLEANUP_TIMEOUT = 60
"""Seconds to wait until servers that could not be built are gone."""


@dataclass
class Making:
    """One request for replicas after another, each with the wait for it.

    :param groups: asks for replicas, in server groups that may not exist yet
    :param known: ids of the replicas that are not waited for
    :param failed: those that could not be built so far
    """

    context: Context
    service: str
    groups: FurtherGroups
    known: set[str] = field(default_factory=set)
    failed: list[Replica] = field(default_factory=list)

    def _request(self, actions: Sequence[CreateReplicas]) -> list[str]:
        """Ask for replicas, and return their names."""
        names: list[str] = []
        for action in actions:
            names += self.groups.request(action)
        return names

    def _wait(self, names: Sequence[str]) -> tuple[list[Replica], list[Replica]]:
        """Wait for new replicas, and return those that run and those that could not be built."""
        new: list[Replica] = []

        def look() -> bool | None:
            # The last look is for the message.
            if not self.context.deadline.expired() and being_built(self.context, names):
                return None
            listed = replicas_of(self.context, self.service)
            new[:] = [replica for replica in listed if replica.id not in self.known]
            return True if len(new) >= len(names) and all(replica.settled for replica in new) else None

        wait_until(
            look,
            self.context.deadline,
            attempted="become active",
            kind=KIND,
            name=self.service,
            progress=lambda: progress(new),
        )
        failed = [replica for replica in new if replica.broken]
        running = [replica for replica in new if not replica.broken]
        self.known.update(replica.id for replica in running)
        self.failed += failed
        return running, failed

    def _try(self, action: CreateReplicas) -> tuple[list[Replica], list[Replica]]:
        running, failed = self._wait(self._request([action]))
        if failed:
            self._discard(failed)
        return running, failed

    def _named(self, action: CreateReplicas, count: int) -> CreateReplicas:
        taken = [replica.name for replica in replicas_of(self.context, self.service)]
        (number,) = free_batch_numbers(self.service, taken, 1)
        return replace(action, names=names_of_batch(self.service, number, count))

    def _discard(self, failed: Sequence[Replica]) -> None:
        reason = "it could not be built"
        deletions = [deletion(replica, self.service, reason, batch=0) for replica in failed]
        try:
            delete(self.context, deletions, wait=False)
            wait_until_gone(self.context, deletions, self.context.deadline.fresh(CLEANUP_TIMEOUT))
        except CloudError as error:
            raise self._failure(
                failed, f"Deleting them failed, too ({error.message}); the next run does it."
            ) from error

    def _failure(
        self, failed: Sequence[Replica], done: str = "What could not be built was deleted again."
    ) -> CloudError:
        # What was said of other zones and groups may be the reason, too.
        faults = sorted({replica.fault or f"status {replica.status}" for replica in self.failed})
        return CloudError(
            "create",
            "replicas " + ", ".join(sorted(replica.name for replica in failed)),
            answer="; ".join(faults),
            hint=f"{done} No valid host can mean: too few hosts for anti-affinity (see the options 'max_surge',"
            " 'max_unavailable' and 'fallback'), or none with room for the flavor.",
        )
