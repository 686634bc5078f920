# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Nova may refuse new replicas for by rules that users cannot read: none that serves goes before one is there.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._hints import NEEDS_OTHER_NETWORK, NEEDS_VOLUME
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    CreateReplicas,
    DeleteReplica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import has_flavor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import FleetAction
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
        Desired,
        Observed,
        Replica,
    )

_WAY_OUT = (
    "Where that is allowed, have one made before others go: {more}use 'update_policy: rolling' without"
    " 'max_unavailable' for this update"
)
_MORE = "raise 'replicas' by one, or "
"""No way out when nothing is waited for: others go before it is known what becomes of that one."""


def doubts(observed: Observed) -> list[str]:
    """Return why Nova may refuse new replicas. A replica that runs with the same shows that it does not."""
    template = observed.template
    if template is None or template.by_administrator:
        return []
    running = [one for one in observed.replicas if one.running]
    found = []
    diskless = template.boot_volume is None and template.size is not None and template.size.disk == 0
    if diskless and not any(one.image_id and _has_no_disk(one, template) for one in running):
        found.append(f"flavor {template.flavor.name!r} has no disk. {NEEDS_VOLUME}")
    known = {network for one in running for network in one.addresses}
    found += [f"network {name!r} is external. {NEEDS_OTHER_NETWORK}" for name in sorted(template.external - known)]
    return found


def _has_no_disk(replica: Replica, template: Template) -> bool:
    """Return whether a flavor gives a replica no disk, as that of the template does."""
    return has_flavor(replica, template) if replica.size is None else replica.size.disk == 0


def refuse_in_doubt(desired: Desired, observed: Observed, actions: Sequence[FleetAction]) -> None:
    """Refuse an update that removes replicas that run before the first new one, as long as Nova may refuse that.

    :raises InvalidInputError: with what Nova may refuse
    """
    running = {one.id for one in observed.replicas if one.running}
    for action in actions:
        if isinstance(action, CreateReplicas) and (action.batch or desired.wait):
            return
        if isinstance(action, DeleteReplica) and action.batch and action.id in running:
            break
    else:
        return
    if found := doubts(observed):
        way_out = _WAY_OUT.format(more=_MORE if desired.wait else "")
        going = f"replicas of fleet {desired.name!r} would go before it is known whether Nova makes new ones"
        raise InvalidInputError([f"{going}: {'; '.join(found)}. {way_out}"])
