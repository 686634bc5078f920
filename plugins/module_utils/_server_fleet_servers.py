# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes to the servers of a fleet: deletes them, changes them, waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt, checked
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import PortAction
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_apply import change_port
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import encoded
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import ReplicaChange
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels_apply import (
    change_labels,
    lock,
    unlock,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_deletion import delete_for_good
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    ChangeInPlace,
    ChangeSecurityGroups,
    DeleteReplica,
    FleetAction,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import has_flavor
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    KIND,
    listed_still,
    progress,
    refuse_lost,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import RUNNING
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

REPLICA = "replica"
SAME_FLAVOR = "instances must change flavor"
"""What Nova says when a server has the flavor that it shall get (nova.exception.CannotResizeToSameFlavor)."""
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


def settle(context: Context, service: str, actions: Sequence[ChangeInPlace]) -> None:
    """Wait until servers are at rest: Nova refuses to change one that it is changing.

    :raises CloudError: when one of them is broken, or gone
    """
    _wait_for(context, service, actions, RUNNING, attempted="settle")


def resize(context: Context, service: str, actions: Sequence[ChangeInPlace]) -> None:
    """Begin to change servers in place: resize those that need it, side by side; ports and addresses stay.

    :raises CloudError: also when Nova takes a resize back. All servers still have the disks that they had
    """
    in_parallel(lambda action: unlock(context, action.id, action.name), [one for one in actions if one.unlock])
    # After a migration by the operator, too, Nova changes a server only when that is confirmed.
    _confirm_resizes(context, service, actions)
    _change_flavor(context, service, [action for action in actions if action.resize])


def rebuild(context: Context, service: str, actions: Sequence[ChangeInPlace]) -> None:
    """Complete it: rebuild those that need it, side by side, and note what all of them are made from."""
    rebuilt = [action for action in actions if action.rebuild]
    in_parallel(lambda action: _rebuild(context, action), rebuilt)
    _wait_for(context, service, rebuilt, {"ACTIVE"})
    # Last: a run that is killed before it finds the old digests and goes on with what is not done yet.
    for action in actions:
        change(context, SetMetadata(id=action.id, name=action.name, metadata=action.metadata))
    opened = {action.id for action in actions if action.unlock}
    lock(context, [replica for replica in replicas_of(context, service) if replica.id in opened])


def _change_flavor(context: Context, service: str, actions: Sequence[ChangeInPlace]) -> None:
    """Resize what does not have its flavor yet: a run that ended early may have done a part of it.

    Only Nova knows whether a flavor that looks like the new one is it, or one that was deleted before.

    :raises CloudError: when Nova takes a resize back, as it does without a word when no host has room
    """
    if not actions:
        return
    before = {replica.id: replica for replica in replicas_of(context, service)}
    by_id = {action.id: action for action in actions}
    alike = {key for key, replica in before.items() if key in by_id and has_flavor(replica, by_id[key].template)}
    there = [action for action in actions if action.id in before]
    taken = in_parallel(lambda action: _resize(context, action, alike=action.id in alike), there)
    requested = {action.id for action, done in zip(there, taken, strict=True) if done}

    def taken_back(replica: Replica) -> bool:
        if replica.id not in requested or replica.status != "ACTIVE" or replica.task_state:
            return False
        # A server that was resized has been launched again.
        unmoved = replica.id in alike and replica.launched_at == before[replica.id].launched_at
        return unmoved or not has_flavor(replica, by_id[replica.id].template)

    _wait_for(context, service, actions, RUNNING, taken_back)
    _confirm_resizes(context, service, actions)


def _confirm_resizes(context: Context, service: str, actions: Sequence[ChangeInPlace]) -> None:
    # Where the operator has set resize_confirm_window, Nova may have confirmed it already.
    waiting = {one.id for one in replicas_of(context, service) if one.status == "VERIFY_RESIZE"}
    unconfirmed = [action for action in actions if action.id in waiting]
    in_parallel(lambda action: _confirm(context, action), unconfirmed)
    _wait_for(context, service, unconfirmed, {"ACTIVE"})


def _resize(context: Context, action: ChangeInPlace, *, alike: bool) -> bool:
    """Request a resize; return whether there is one.

    :param alike: whether the server may have the flavor already, so that Nova refuses it
    """
    try:
        with attempt("resize", REPLICA, action.name, action.id):
            context.conn.compute.resize_server(action.id, action.template.flavor.id)
    except CloudError as error:
        if not alike or SAME_FLAVOR not in error.message:
            raise
        return False
    return True


def _confirm(context: Context, action: ChangeInPlace) -> None:
    with attempt("confirm the resize of", REPLICA, action.name, action.id):
        context.conn.compute.confirm_server_resize(action.id)


def _rebuild(context: Context, action: ChangeInPlace) -> None:
    template = action.template
    # What is left out stays as it is; None removes it.
    values = {
        part: value
        for part, value in {
            "user_data": encoded(template.user_data) if template.user_data else None,
            "key_name": template.key_name,
        }.items()
        if part in action.parts
    }
    with attempt("rebuild", REPLICA, action.name, action.id):
        context.conn.compute.rebuild_server(action.id, image=template.image.id, **values)


def _wait_for(
    context: Context,
    service: str,
    actions: Sequence[ChangeInPlace],
    statuses: Collection[str],
    refused: Callable[[Replica], bool] = lambda _replica: False,
    attempted: str = "finish changing its replicas",
) -> None:
    """Wait until the replicas of some changes have one of some statuses.

    :param refused: whether Nova has given up a change
    :raises CloudError: when one of them is broken, gone or refused
    """
    names = {action.id: action.name for action in actions}
    ours: list[Replica] = []

    def look() -> bool | None:
        ours[:] = [replica for replica in replicas_of(context, service) if replica.id in names]
        refuse_lost(attempted, service, names, ours)
        if given_up := sorted(replica.name for replica in ours if refused(replica)):
            answer = f"{', '.join(given_up)} cannot be resized: Nova has put it back as it was"
            hint = "The flavor may need more room than any host has beside the server as it is."
            raise CloudError("resize replicas of", KIND, service, answer=answer, hint=hint)
        return True if all(replica.status in statuses and not replica.task_state for replica in ours) else None

    if names:
        wait_until(
            look,
            context.deadline,
            attempted=attempted,
            kind=KIND,
            name=service,
            progress=lambda: progress(ours),
        )
