# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user for whom Heat and Aodh act, and what nobody else can do with an autoscaling group.

When another user changes a stack, Heat takes that user's trust for it and deletes the one before, of which all stacks
that are nested in it live (C(heat/engine/stack.py), C(store)). What Aodh asks of those later needs a new trust, which
Keystone makes for nobody who acts by a trust himself: the group is healed no more. Nor can another user delete the
alarms, because Keystone lets nobody delete the trusts of others (C(aodh/api/controllers/v2/alarms.py), C(delete)).

Heat names the user of a stack, but compares ids (C(_check_refresh_cred)): users of other domains may have that name,
and who was deleted and made again is another user, without the trusts of the first. Aodh tells the id of an alarm's
user, which is that of the stack: Heat makes the alarms in that name. Whoever changes one by hand becomes its user
(C(put) in C(aodh/api/controllers/v2/alarms.py)), so a single one of the own user is enough.

An application credential of the group's own user can change the group, but not add alarms to it or take some away:
Keystone lets none of them make or delete trusts (C(keystone/api/trusts.py), C(_check_delegated_token)).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _aodh_api, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import HEALING
from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import services_of
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._project import user_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

ALARMS = "OS::Aodh::"
"""How the types of resources begin that are alarms."""
GONE = {"enabled": False, "state": "missing"}
"""What is shown of an alarm that Heat knows and Aodh does not: somebody has deleted it."""
UNKNOWN = {"enabled": None, "state": None}
"""What is shown of an alarm where there is no Aodh to ask."""


def somebody_elses(owner: str | None, user: str | None) -> bool:
    """Return whether it is known that another user has made a group."""
    return None not in (owner, user) and owner != user


def has_alarms(template: Mapping[str, Any] | None, files: Mapping[str, str]) -> bool:
    """Return whether what Heat was given has alarms."""
    return any(ALARMS in text for text in (json.dumps(template or {}), *files.values()))


def alarms_seen(context: Context) -> list[dict[str, Any]] | None:
    """Return the alarms of the project, C(None) when Aodh does not tell them. One call."""
    if _aodh_api.SERVICE not in services_of(context.conn):
        return None
    try:
        return _aodh_api.every(context.conn)
    except CloudError:
        return None


def alarms_among(alarms: Sequence[Mapping[str, Any]] | None, group: str) -> list[Mapping[str, Any]]:
    """Return the alarms of a group among those of a project.

    Heat names what it makes after the stack, here the group's or that of a zone, and the resource, with an id behind
    each (C(physical_resource_name) in C(heat/engine/resource.py)).
    """
    own = re.compile(rf"{re.escape(group)}-(zone_\d+-\w+-{HEALING}|alarm_\w+)-\w+")
    return [alarm for alarm in alarms or () if own.fullmatch(alarm.get("name") or "")]


def other_user(context: Context, alarms: Sequence[Mapping[str, Any]] | None, group: str) -> str | None:
    """Return the id of another user whom all alarms of a group belong to; C(None) when that is not known.

    :param alarms: those of the project
    """
    own = user_id(context.conn)
    ids = {str(alarm["user_id"]) for alarm in alarms_among(alarms, group) if alarm.get("user_id")}
    return None if own is None or own in ids else min(ids, default=None)


def maker(owner: str | None, user: str | None, other: str | None) -> str | None:
    """Return who has made a group, for messages; C(None) when that is not known to be another user.

    :param owner: name of who has made it
    :param user: name of who looks at it
    :param other: id of another user whom its alarms belong to
    """
    if somebody_elses(owner, user):
        return f"the user {owner!r}"
    return None if other is None else f"the user {f'{owner!r} ' if owner else ''}with the id {other}"


def refuse_others(stack: Stack, user: str | None, other: str | None = None) -> None:
    """Refuse to change a group with alarms that another user has made.

    :param other: id of another user whom its alarms belong to
    :raises InvalidInputError: naming that user
    """
    if owner := maker(stack.owner, user, other):
        changer = repr(user) if somebody_elses(stack.owner, user) else "another user"
        problem = (
            f"autoscaling group {stack.name!r} ({stack.id}) was made by {owner}, in whose name Heat"
            f" and Aodh act. After a change by {changer} the cloud could not heal it any more. Run this as"
            f" {owner}. To hand the group over, let the service be a server fleet (autoscaling.enabled: false)"
            " and then a group again, or remove it and make it again"
        )
        raise InvalidInputError([problem])


def warnings_of(stack: Stack | None, user: str | None, other: str | None = None) -> Iterable[str]:
    """Yield who has made a group, if that was somebody else."""
    if stack is not None and (owner := maker(stack.owner, user, other)):
        yield (
            f"Autoscaling group {stack.name!r} was made by {owner}: the cloud scales and heals it as"
            " long as that user is there, and only that user can change it."
        )


def delete_alarms(context: Context, stack: Stack) -> None:
    """Delete the alarms of a group past Heat, which takes it for a failure that Aodh cannot delete their trusts.

    :raises CloudError: when one is still there
    """
    for alarm_id in alarms_in(_heat_resources.every(context.conn.orchestration, stack)):
        _aodh_api.delete(context.conn, alarm_id)


def alarms_of(resources: Iterable[Resource], every: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the alarms of a group, as modules show them.

    :param resources: of the group's stack and those nested in it
    :param every: the alarms of the project, as Aodh lists them, C(None) without Aodh
    """
    there = None if every is None else {alarm["alarm_id"]: alarm for alarm in every}
    found = []
    for alarm_id, resource in alarms_in(resources).items():
        alarm = UNKNOWN if there is None else there.get(alarm_id, GONE)
        shown = {key: alarm[key] for key in ("enabled", "state")}
        reason = alarm.get("state_reason") or ""
        found.append({"name": resource.path, "id": alarm_id, **shown, "state_reason": reason})
    return sorted(found, key=lambda alarm: str(alarm["name"]))


def alarms_in(found: Iterable[Resource]) -> dict[str, Resource]:
    """Return the alarms among resources, by their ids; those that are not made yet have none."""
    return {one.physical_id: one for one in found if one.type.startswith(ALARMS) and one.physical_id}
