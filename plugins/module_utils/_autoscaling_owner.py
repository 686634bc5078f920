# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user for whom Heat and Aodh act, and what nobody else can do with an autoscaling group.

When another user changes a stack, Heat takes that user's trust for it and deletes the one before, of which all stacks
that are nested in it live (C(heat/engine/stack.py), C(store)). What Aodh asks of those later needs a new trust, which
Keystone makes for nobody who acts by a trust himself: the group is healed no more. Nor can another user delete the
alarms, because Keystone lets nobody delete the trusts of others (C(aodh/api/controllers/v2/alarms.py), C(delete)).

An application credential of the group's own user can change the group, but not add alarms to it or take some away:
Keystone lets none of them make or delete trusts (C(keystone/api/trusts.py), C(_check_delegated_token)).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _aodh_api, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

ALARMS = "OS::Aodh::"
"""How the types of resources begin that are alarms."""


def somebody_elses(owner: str | None, user: str | None) -> bool:
    """Return whether it is known that another user has made a group."""
    return None not in (owner, user) and owner != user


def has_alarms(template: Mapping[str, Any] | None, files: Mapping[str, str]) -> bool:
    """Return whether what Heat was given has alarms."""
    return any(ALARMS in text for text in (json.dumps(template or {}), *files.values()))


def refuse_others(stack: Stack, user: str | None) -> None:
    """Refuse to change a group with alarms that another user has made.

    :raises InvalidInputError: naming that user
    """
    if somebody_elses(stack.owner, user):
        problem = (
            f"autoscaling group {stack.name!r} ({stack.id}) was made by the user {stack.owner!r}, in whose name Heat"
            f" and Aodh act. After a change by {user!r} the cloud could not heal it any more. Run this as"
            f" {stack.owner!r}. To hand the group over, let the service be a server fleet (autoscaling.enabled: false)"
            " and then a group again, or remove it and make it again"
        )
        raise InvalidInputError([problem])


def warnings_of(stack: Stack | None, user: str | None) -> Iterable[str]:
    """Yield who has made a group, if that was somebody else."""
    if stack is not None and somebody_elses(stack.owner, user):
        yield (
            f"Autoscaling group {stack.name!r} was made by the user {stack.owner!r}: the cloud scales and heals it as"
            " long as that user is there, and only that user can change it."
        )


def delete_alarms(context: Context, stack: Stack) -> None:
    """Delete the alarms of a group past Heat, which takes it for a failure that Aodh cannot delete their trusts.

    :raises CloudError: when one is still there
    """
    for alarm_id in _alarms(context, stack):
        _aodh_api.delete(context.conn, alarm_id)


def alarms_of(context: Context, stack: Stack, every: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the alarms of a group, as modules show them.

    :param every: the alarms of the project, as Aodh lists them
    """
    known = _alarms(context, stack)
    found = [
        {
            "name": "/".join(filter(None, (known[alarm["alarm_id"]].parent, known[alarm["alarm_id"]].name))),
            "id": alarm["alarm_id"],
            "enabled": alarm["enabled"],
            "state": alarm["state"],
            "state_reason": alarm.get("state_reason") or "",
        }
        for alarm in every
        if alarm["alarm_id"] in known
    ]
    return sorted(found, key=lambda alarm: str(alarm["name"]))


def _alarms(context: Context, stack: Stack) -> dict[str, Resource]:
    """Return the resources of a group that are alarms, by the ids of these."""
    found = _heat_resources.every(context.conn.orchestration, stack)
    return {one.physical_id: one for one in found if one.type.startswith(ALARMS) and one.physical_id}
