# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes replicas, and looks for other places when there is no host for them where they should go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels_apply import lock
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import replicas_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import (
    distribute,
    next_try,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_birth import Birth, Outcome
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

NO_HOST = ("No valid host",)
"""What Nova's fault says when its scheduler found no host (nova.exception.NoValidHost)."""
TRIED = (*NO_HOST, "Exhausted all hosts available", "Exceeded max scheduling attempts")
"""What it says then, or when the hosts that it found could not build a server (nova.exception.MaxRetriesExceeded):
others may have taken their last GPU first, or something else is wrong with them. Another zone is worth a try, and so is
another group while others stay in theirs; to give up anti-affinity for good (C(fallback: soft)) is not."""


def create(birth: Birth, actions: Sequence[CreateReplicas]) -> list[Replica]:
    """Make replicas and return them once they are ACTIVE; nothing without C(wait).

    For what finds no host, there are these ways, as far as what Nova says leaves them open: all of it once more, in
    further groups; then, action by action, in other zones, in their groups or else in further ones; then in a soft
    group.

    :raises CloudError: with what Nova says about the replicas it could not build; those are deleted again
    """
    outcome = birth.ask(actions)
    if outcome.failed:
        outcome = _in_further_groups(birth, outcome)
    if outcome.failed:
        _elsewhere(birth, outcome)
    if any(action.lock for action in actions):
        lock(birth.context, birth.running)
    return birth.running


def _in_further_groups(birth: Birth, outcome: Outcome) -> Outcome:
    """Ask once more, in further groups, for replicas that found no host beside those that stay in their group.

    :returns: what came of it; the same as before when they are not asked for
    """
    if not any(action.further for action in outcome.actions) or not birth.all_say(TRIED):
        return outcome
    birth.discard(outcome)
    hostless = birth.all_say(NO_HOST)
    try:
        # Lazily: which names are free depends on what was asked for before.
        again = birth.ask((birth.renamed(one, len(one.names)) for one in outcome.lacking), further=True)
    except CloudError as error:
        raise birth.failure(outcome, f"Another try failed, too ({error.message}).") from error
    _tell_beside(birth, again.running, hostless=hostless)
    return again


def _elsewhere(birth: Birth, outcome: Outcome) -> None:
    """Make what lacks at other places, one action after another.

    :raises CloudError: when a replica finds a host nowhere
    """
    birth.discard(outcome)
    for action in outcome.lacking:
        missing = len(action.names)
        try:
            for way in (_in_other_zones, _in_soft_group):
                missing -= len(way(birth, action, missing))
        except CloudError as error:
            raise birth.failure(outcome, f"Another try failed, too ({error.message}).") from error
        if missing:
            raise birth.failure(outcome)


def _in_other_zones(birth: Birth, action: CreateReplicas, count: int) -> list[Replica]:
    """Make as many replicas as find a host in any of the zones, fewer in the one that had none for all."""
    # Without zones there is no other place: fewer may find one, unless something is wrong with the hosts.
    if not birth.all_say(TRIED if action.zone else NO_HOST) or (count == 1 and not action.other_zones):
        return []
    # In the zone of the action, no group had hosts for all.
    full = {action.zone: count - 1}
    made = _fill(birth, action, count, full)
    if action.further:
        hostless = birth.all_say(NO_HOST)
        beside = _fill(birth, replace(action, server_group=action.further), count - len(made), full)
        _tell_beside(birth, beside, hostless=hostless)
        made += beside
    if made and action.zone:
        where = ", ".join(sorted({str(replica.zone) for replica in made}))
        birth.context.warn(
            f"Availability zone {action.zone!r} did not take all of {count} more replicas of fleet"
            f" {birth.service!r}: {len(made)} were made in {where}."
        )
    return made


def _in_soft_group(birth: Birth, action: CreateReplicas, count: int) -> list[Replica]:
    """Make replicas that may share a host with others of the service."""
    if not action.fallback or not birth.all_say(NO_HOST):
        return []
    made = _fill(birth, replace(action, server_group=action.fallback), count, {})
    if made:
        birth.context.warn(
            f"There are too few hosts to keep all replicas of fleet {birth.service!r} apart. {len(made)} may share"
            f" a host with others (fallback: soft), and stay there when hosts come back:"
            f" {', '.join(repr(replica.name) for replica in made)}."
        )
    return made


def _fill(birth: Birth, action: CreateReplicas, count: int, most: Mapping[str | None, int]) -> list[Replica]:
    """Make as many replicas as find a host in the zones of an action.

    Nova makes all of a request or none. Where it had no hosts for a share, half of what may still fit is tried
    next, so that a full or lost zone is left after a few requests, however many replicas are to be made.

    :param most: how many replicas at most go to a zone, as far as that is known
    """
    zones, full = [action.zone, *action.other_zones], dict(most)
    made: list[Replica] = []
    while len(made) < count:
        present = [replica.zone for replica in replicas_of(birth.context, birth.service)]
        shares = distribute(count - len(made), zones, present, full)
        if not shares:
            break
        for zone, limit in shares.items():
            share = min(limit, next_try(full[zone])) if zone in full else limit
            outcome = birth.ask([birth.renamed(replace(action, zone=zone), share)])
            made += outcome.running
            if outcome.failed:
                birth.discard(outcome)
                full[zone] = share - 1 - len(outcome.running)
            elif zone in full:
                full[zone] -= share
    return made


def _tell_beside(birth: Birth, new: Sequence[Replica], *, hostless: bool) -> None:
    """Warn about replicas that were made in further groups.

    :param hostless: whether Nova had no host for them otherwise, rather than hosts that did not build them
    """
    if not new:
        return
    why = "There are too few hosts to keep" if hostless else "The hosts that Nova tried could not build"
    apart, may = "apart from", "share hosts with them"
    if birth.groups.base and birth.groups.base.together:
        why = "There is no host to keep" if hostless else why
        apart, may = "together with", "be on other hosts"
    birth.context.warn(
        f"{why} new replicas of fleet {birth.service!r} {apart} those that stay. These may {may} until all are"
        f" replaced: {', '.join(repr(one.name) for one in new)}."
    )
