# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes to the servers of a fleet: deletes them, and changes what needs no interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, checked
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import PortAction
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_apply import change_port
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import ReplicaChange
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels_apply import (
    change_labels,
    unlock,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_deletion import delete_for_good
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    DeleteReplica,
    FleetAction,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_live import ChangeSecurityGroups
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    KIND,
    REPLICA,
    listed_still,
    progress,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline, wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

PATIENCE_OF_DELETION = 20
"""Seconds after which a deletion is requested again. One that was sent to a host that just died is lost; Nova deletes
the server by itself when it is asked again after it has noticed that the host is dead."""


def delete(context: Context, actions: Sequence[DeleteReplica], *, wait: bool) -> None:
    """Delete servers, side by side."""
    _request_deletion(context, actions)
    if wait:
        wait_until_gone(context, actions, context.deadline)


def _request_deletion(context: Context, actions: Collection[DeleteReplica]) -> None:
    def request(action: DeleteReplica) -> None:
        if action.unlock:
            unlock(context, action.id, action.name)
        delete_for_good(context.conn, action.id, action.name)

    in_parallel(request, actions)


def wait_until_gone(context: Context, actions: Sequence[DeleteReplica], deadline: Deadline) -> None:
    """Wait until servers are gone, requesting it again from time to time."""
    service, by_id = actions[0].service, {action.id: action for action in actions}
    ids_by_name = {action.name: action.id for action in actions}
    left: list[Replica] = []
    patience = deadline.fresh(PATIENCE_OF_DELETION)

    def look() -> bool | None:
        nonlocal patience
        # The last look is for the message.
        if not patience.expired() and not deadline.expired() and listed_still(context, service, ids_by_name):
            return None
        left[:] = [replica for replica in replicas_of(context, service) if replica.id in by_id]
        if left and patience.expired():
            _request_deletion(context, [by_id[replica.id] for replica in left])
            patience = deadline.fresh(PATIENCE_OF_DELETION)
        return None if left else True

    wait_until(
        look, deadline, attempted="finish deleting replicas", kind=KIND, name=service, progress=lambda: progress(left)
    )


def change(context: Context, action: FleetAction) -> None:
    """Change a running server without an interruption."""
    compute = context.conn.compute
    match action:
        case SetMetadata():
            with attempt("set metadata of", REPLICA, action.name, action.id):
                # The SDK's method takes keys as its parameters, of which one is called "server".
                checked(compute.post(f"/servers/{action.id}/metadata", json={"metadata": dict(action.metadata)}))
        case ChangeSecurityGroups():
            # All at once: Neutron takes no port with stateful and stateless ones, not even for a moment.
            for port in action.ports:
                with attempt("set the security groups of", f"port {port} of replica", action.name, action.id):
                    context.conn.network.update_port(port, security_group_ids=list(action.groups))
        case ReplicaChange():
            change_labels(context, action)
        case PortAction():
            change_port(context, action)
