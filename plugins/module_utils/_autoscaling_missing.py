# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms of a group that somebody has deleted in Aodh.

Heat does not notice. An update that leaves such an alarm as it is succeeds, and nothing scales or heals. One that
changes it fails, because Aodh has nothing to change. If its resource is marked, the next update makes it anew.
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
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import as_wanted
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import ZONE_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._project import by_credential

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Templates
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

    Alarms = Sequence[Mapping[str, Any]]


def missing(context: Context, stack: Stack | None, wanted: Templates | None, alarms: Alarms | None) -> tuple[str, ...]:
    """Return the names of a group's alarms that somebody has deleted. One call of Heat when there are too few.

    A group that is to be changed is not looked at: who changes it makes them anew in any case.

    :param wanted: what Heat shall be given
    :param alarms: those of the project, C(None) when Aodh does not tell them
    """
    if alarms is None or stack is None or wanted is None or not as_wanted(stack, wanted):
        return ()
    # Of two with one name but for the id behind it, one has taken the place of the other.
    names = {alarm["name"].rpartition("-")[0] for alarm in alarms_among(alarms, stack.name)}
    if len(names) >= _declared(wanted):
        return ()
    found = _heat_resources.every(context.conn.orchestration, stack)
    return tuple(sorted(one.path for one in _deleted(found, alarms)))


def missing_warnings(observed: Observed) -> Iterator[str]:
    """Yield what an application credential leaves missing: Keystone lets it make no trusts, which alarms need."""
    if observed.missing and observed.by_credential:
        yield (
            f"Somebody has deleted alarms of autoscaling group {observed.name!r}: {', '.join(observed.missing)}."
            " Nothing does what they did. An application credential cannot make them anew: run with a password."
        )


def remake(context: Context, found: Iterable[Resource]) -> None:
    """Mark the alarms that somebody has deleted, so that the next update makes them anew.

    :param found: the resources of the group's stack
    """
    known = list(alarms_in(found).values())
    alarms = alarms_seen(context) if known and not by_credential(context.conn) else None
    for one in _deleted(known, alarms) if alarms is not None else ():
        _heat_resources.mark(
            context.conn.orchestration, one.stack, one.name, unhealthy=True, reason="somebody has deleted the alarm"
        )


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
