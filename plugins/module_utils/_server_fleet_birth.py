# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes replicas, and looks for other places when there is no host for them where they should go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import deletion
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels_apply import lock
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    KIND,
    being_built,
    progress,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import (
    distribute,
    free_batch_numbers,
    names_of_batch,
    next_try,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_servers import (
    delete,
    wait_until_gone,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_further import FurtherGroups
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

CLEANUP_TIMEOUT = 60
"""Seconds to wait until servers that could not be built are gone."""
NO_HOST = "No valid host"
"""What Nova's fault says when its scheduler found no host (nova.exception.NoValidHost)."""
TRIED = (NO_HOST, "Exhausted all hosts available", "Exceeded max scheduling attempts")
"""What it says then, or when the hosts that it found could not build a server (nova.exception.MaxRetriesExceeded):
others may have taken their last GPU first, or something else is wrong with them. Another zone is worth a try; to give
up anti-affinity is not."""


@dataclass
class Birth:
    """Makes replicas of one service.

    Requests for different zones cannot meet on a host, so they need not wait for each other. Within a zone one request
    places all its servers together: several at a time could break anti-affinity.

    :param groups: asks for replicas, in server groups that may not exist yet
    :param known: ids of the replicas that are not waited for
    :param before: ids of the replicas that were there before; None before anything was asked for
    """

    context: Context
    service: str
    groups: FurtherGroups
    known: set[str] = field(default_factory=set)
    before: frozenset[str] | None = None

    def born(self) -> list[Replica]:
        """Return what was made, whatever became of it."""
        if self.before is None:
            return []
        return [one for one in replicas_of(self.context, self.service) if one.id not in self.before]

    def arrived(self) -> list[Replica]:
        """Return what was made and runs, once nothing of it is being built any more; nothing without C(wait)."""
        if not self.context.wait:
            return []
        made: list[Replica] = []

        def look() -> bool | None:
            made[:] = self.born()
            return True if all(one.settled for one in made) or self.context.deadline.expired() else None

        wait_until(look, self.context.deadline, attempted="become active", kind=KIND, name=self.service)
        return [one for one in made if one.running]

    def create(self, actions: Sequence[CreateReplicas]) -> list[Replica]:
        """Make replicas and return them once they are ACTIVE; nothing without C(wait).

        :raises CloudError: with what Nova says about the replicas it could not build; those are deleted again
        """
        self.known = {replica.id for replica in replicas_of(self.context, self.service)}
        self.before = frozenset(self.known)
        names = self._request(actions)
        if not self.context.wait:
            return []
        new, failed = self._wait(names)
        if failed:
            new += self._elsewhere(actions, failed, running={replica.name for replica in new})
        if any(action.lock for action in actions):
            lock(self.context, new)
        return new

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
        return running, failed

    def _elsewhere(
        self, actions: Sequence[CreateReplicas], failed: Sequence[Replica], running: Collection[str]
    ) -> list[Replica]:
        """Try other places for replicas that found no host, and return those that found one."""
        self._discard(failed)
        elsewhere = all(_says(replica, TRIED) for replica in failed)
        hostless = all(_says(replica, [NO_HOST]) for replica in failed)
        made: list[Replica] = []
        for action in actions:
            # With fixed ports, the ones after one that found no host were not even asked for.
            names = [name for name in action.names if name not in running]
            if not names:
                continue
            # Without zones there is no other place: fewer may find one, unless something is wrong with the hosts.
            try:
                found = self._spill(action, len(names)) if elsewhere and (action.zone or hostless) else []
                missing = len(names) - len(found)
                if missing and hostless and action.fallback:
                    found += self._soften(action, missing)
            except CloudError as error:
                raise self._failure(failed, f"Another try failed, too ({error.message}).") from error
            made += found
            if len(found) < len(names):
                raise self._failure(failed)
        return made

    def _spill(self, action: CreateReplicas, count: int) -> list[Replica]:
        """Make as many replicas as find a host in any of the zones, fewer in the one that had none for all."""
        if count == 1 and not action.other_zones:
            return []
        made = self._fill(action, count, full={action.zone: count - 1})
        if made and action.zone:
            where = ", ".join(sorted({str(replica.zone) for replica in made}))
            self.context.warn(
                f"Availability zone {action.zone!r} has no host for all of {count} more replicas of fleet"
                f" {self.service!r}: {len(made)} were made in {where}."
            )
        return made

    def _soften(self, action: CreateReplicas, count: int) -> list[Replica]:
        """Make replicas that may share a host with others of the service."""
        made = self._fill(replace(action, server_group=action.fallback), count, full={})
        if made:
            self.context.warn(
                f"There are too few hosts to keep all replicas of fleet {self.service!r} apart. {len(made)} may share"
                f" a host with others (fallback: soft), and stay there when hosts come back:"
                f" {', '.join(repr(replica.name) for replica in made)}."
            )
        return made

    def _fill(self, action: CreateReplicas, count: int, full: dict[str | None, int]) -> list[Replica]:
        """Make as many replicas as find a host in the zones of an action.

        Nova makes all of a request or none. Where it had no hosts for a share, half of what may still fit is tried
        next, so that a full or lost zone is left after a few requests, however many replicas are to be made.

        :param full: how many replicas at most go to a zone, as far as that is known
        """
        zones = [action.zone, *action.other_zones]
        made: list[Replica] = []
        while len(made) < count:
            present = [replica.zone for replica in replicas_of(self.context, self.service)]
            shares = distribute(count - len(made), zones, present, full)
            if not shares:
                break
            for zone, most in shares.items():
                share = min(most, next_try(full[zone])) if zone in full else most
                running, failed = self._try(self._named(replace(action, zone=zone), share))
                made += running
                if failed:
                    full[zone] = share - 1 - len(running)
                elif zone in full:
                    full[zone] -= share
        return made

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
        faults = sorted({replica.fault or f"status {replica.status}" for replica in failed})
        return CloudError(
            "create",
            "replicas " + ", ".join(sorted(replica.name for replica in failed)),
            answer="; ".join(faults),
            hint=f"{done} No valid host can mean: too few hosts for anti-affinity (see the options 'max_surge',"
            " 'max_unavailable' and 'fallback'), or none with room for the flavor.",
        )


def _says(replica: Replica, texts: Iterable[str]) -> bool:
    return any(text in (replica.fault or "") for text in texts)
