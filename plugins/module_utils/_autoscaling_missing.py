# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms of a group that somebody has deleted in Aodh.

Heat does not notice. An update that leaves such an alarm as it is succeeds, and nothing scales or heals. One that
changes it fails, because Aodh has nothing to change. If its resource is marked, the next update makes it anew.

That takes a trust, which Keystone lets application credentials make only where its operator allows it. Nobody can tell
from the login. So with one, those are marked which the update changes: it would fail at them without that, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import (
    ALARMS,
    alarms_among,
    alarms_in,
    alarms_seen,
    maker,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import as_wanted
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import ZONE_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._project import by_credential

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Templates
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack, StackRequest
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

    Alarms = Sequence[Mapping[str, Any]]


def missing(context: Context, stack: Stack | None, wanted: Templates | None, alarms: Alarms | None) -> tuple[str, ...]:
    """Return the names of a group's alarms that somebody has deleted. One call of Heat when there are too few.

    A group that is to be changed is looked at for an application credential only: others make them anew in any case.

    :param wanted: what Heat shall be given
    :param alarms: those of the project, C(None) when Aodh does not tell them
    """
    if alarms is None or stack is None or wanted is None:
        return ()
    if as_wanted(stack, wanted):
        # Of two with one name but for the id behind it, one has taken the place of the other.
        names = {alarm["name"].rpartition("-")[0] for alarm in alarms_among(alarms, stack.name)}
        if len(names) >= _declared(wanted):
            return ()
    elif not by_credential(context.conn):
        return ()
    found = _heat_resources.every(context.conn.orchestration, stack)
    return tuple(sorted(one.path for one in _deleted(found, alarms)))


def missing_warnings(observed: Observed) -> Iterator[str]:
    """Yield what is left missing, and who makes it anew."""
    stack = observed.stack
    if stack is None or not observed.missing or observed.leftover:
        return
    said = (
        f"Somebody has deleted alarms of autoscaling group {observed.name!r}: {', '.join(observed.missing)}."
        " Nothing does what they did."
    )
    if owner := maker(stack.owner, observed.user, observed.other):
        yield f"{said} Only a run as {owner} makes them anew."
    elif observed.by_credential:
        yield (
            f"{said} Run with a password to make them anew. With an application credential, only an update that changes"
            " them does so, and fails unless Keystone lets the credential make trusts. If it does, suspend and resume"
            " with autoscaling_capacity what they did."
        )


def remake(context: Context, found: Iterable[Resource], changed: Callable[[Resource], bool]) -> None:
    """Mark the alarms that somebody has deleted, so that the next update makes them anew.

    :param found: the resources of the group's stack
    :param changed: says whether that update changes an alarm
    """
    known = list(alarms_in(found).values())
    alarms = alarms_seen(context) if known else None
    sparing = by_credential(context.conn)
    for one in _deleted(known, alarms) if alarms is not None else ():
        if changed(one) or not sparing:
            _heat_resources.mark(
                context.conn.orchestration, one.stack, one.name, unhealthy=True, reason="somebody has deleted the alarm"
            )


def changed_alarms(observed: Observed, request: StackRequest) -> frozenset[str]:
    """Return the names of the alarms of a group that a request changes. What it removes may be gone."""
    before = _alarms_of(observed.details.template or {}, observed.details.files)
    after = _alarms_of(request.template, request.files)
    return frozenset(name for name, alarm in after.items() if before.get(name) != alarm)


def _alarms_of(template: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """Return the alarms in templates by their names, which are others in the stack and in its zones."""
    levels = (template, json.loads(files.get(ZONE_FILE, "{}")))
    resources = {name: one for level in levels for name, one in level.get("resources", {}).items()}
    return {name: one for name, one in resources.items() if str(one["type"]).startswith(ALARMS)}


def _declared(wanted: Templates) -> int:
    """Return how many alarms a group has by its templates."""
    root, zone = (
        [str(one["type"]) for one in level["resources"].values()]
        for level in (wanted.template, json.loads(wanted.files[ZONE_FILE]))
    )
    of_root, of_zone = (sum(kind.startswith(ALARMS) for kind in kinds) for kinds in (root, zone))
    return of_root + root.count(ZONE_FILE) * of_zone


def _deleted(found: Iterable[Resource], alarms: Alarms) -> Iterator[Resource]:
    there = {alarm["alarm_id"] for alarm in alarms}
    # What a dead engine holds, Heat does not mark.
    return (one for alarm_id, one in alarms_in(found).items() if alarm_id not in there and not one.busy)
