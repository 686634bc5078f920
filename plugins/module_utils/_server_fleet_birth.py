# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes replicas, and looks for other places when there is no host for them where they should go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels_apply import lock
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_making import Making
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import KIND, replicas_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import (
    distribute,
    next_try,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

NO_HOST = "No valid host"
"""What Nova's fault says when its scheduler found no host (nova.exception.NoValidHost)."""
TRIED = (NO_HOST, "Exhausted all hosts available", "Exceeded max scheduling attempts")
"""What it says then, or when the hosts that it found could not build a server (nova.exception.MaxRetriesExceeded):
others may have taken their last GPU first, or something else is wrong with them. Another zone is worth a try, and so is
another group while others stay in theirs; to give up anti-affinity for good (C(fallback: soft)) is not."""


@dataclass
class Birth(Making):
    """Makes replicas of one service.

    Requests for different zones cannot meet on a host, so they need not wait for each other. Within a zone one request
    places all its servers together: several at a time could break anti-affinity.

    :param before: ids of the replicas that were there before; None before anything was asked for
    """

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
        if failed and any(action.further for action in actions) and self._all_say(TRIED):
            actions, others, failed = self._again(actions, failed, running={replica.name for replica in new})
            new += others
        if failed:
            new += self._elsewhere(actions, failed, running={replica.name for replica in new})
        if any(action.lock for action in actions):
            lock(self.context, new)
        return new

    def _again(
        self, actions: Sequence[CreateReplicas], failed: Sequence[Replica], running: Collection[str]
    ) -> tuple[list[CreateReplicas], list[Replica], list[Replica]]:
        """Ask once more, in further groups, for replicas that found no host beside those that stay in their group.

        :returns: the actions for what was lacking, and what of it runs and could not be built
        """
        self._discard(failed)
        hostless = self._all_say([NO_HOST])
        again: list[CreateReplicas] = []
        names: list[str] = []
        try:
            for action in actions:
                if lacking := len([name for name in action.names if name not in running]):
                    one = self._named(action, lacking)
                    again.append(one)
                    names += self._request([replace(one, server_group=one.further or one.server_group)])
            new, failed = self._wait(names)
        except CloudError as error:
            raise self._failure(failed, f"Another try failed, too ({error.message}).") from error
        self._tell_beside(new, hostless=hostless)
        return again, new, failed

    def _tell_beside(self, new: Sequence[Replica], *, hostless: bool) -> None:
        """Warn about replicas that were made in further groups.

        :param hostless: whether Nova had no host for them otherwise, rather than hosts that did not build them
        """
        if not new:
            return
        why = "There are too few hosts to keep" if hostless else "The hosts that Nova tried could not build"
        apart, may = "apart from", "share hosts with them"
        if self.groups.base and self.groups.base.together:
            why = "There is no host to keep" if hostless else why
            apart, may = "together with", "be on other hosts"
        self.context.warn(
            f"{why} new replicas of fleet {self.service!r} {apart} those that stay. These may {may} until all are"
            f" replaced: {', '.join(repr(one.name) for one in new)}."
        )

    def _elsewhere(
        self, actions: Sequence[CreateReplicas], failed: Sequence[Replica], running: Collection[str]
    ) -> list[Replica]:
        """Try other places for replicas that found no host, and return those that found one."""
        self._discard(failed)
        made: list[Replica] = []
        for action in actions:
            # With fixed ports, the ones after one that found no host were not even asked for.
            names = [name for name in action.names if name not in running]
            if not names:
                continue
            # Without zones there is no other place: fewer may find one, unless something is wrong with the hosts.
            try:
                spills = self._all_say(TRIED if action.zone else [NO_HOST])
                found = self._spill(action, len(names)) if spills else []
                missing = len(names) - len(found)
                if missing and action.fallback and self._all_say([NO_HOST]):
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
        if action.further:
            # In the zone of the action, no group had hosts for all.
            hostless, further = self._all_say([NO_HOST]), replace(action, server_group=action.further)
            beside = self._fill(further, count - len(made), full={action.zone: count - 1})
            self._tell_beside(beside, hostless=hostless)
            made += beside
        if made and action.zone:
            where = ", ".join(sorted({str(replica.zone) for replica in made}))
            self.context.warn(
                f"Availability zone {action.zone!r} did not take all of {count} more replicas of fleet"
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

    def _all_say(self, texts: Collection[str]) -> bool:
        """Return whether Nova says one of these of each replica that it could not build so far, in any zone."""
        return all(any(text in (replica.fault or "") for text in texts) for replica in self.failed)
