# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes servers of a fleet in place: resizes and rebuilds them, and waits until they are at rest again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import encoded
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels_apply import lock, unlock
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    ChangeInPlace,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import has_flavor
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    KIND,
    REPLICA,
    progress,
    refuse_lost,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_servers import change
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import RUNNING
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

SAME_FLAVOR = "instances must change flavor"
"""What Nova says when a server has the flavor that it shall get (nova.exception.CannotResizeToSameFlavor)."""


def restarted(before: Iterable[Replica], now: Iterable[Replica]) -> set[str]:
    """Return the ids of those that Nova changes now, or has changed meanwhile."""
    launches = {replica.id: replica.launched_at for replica in before}
    return {one.id for one in now if not one.settled or one.task_state or one.launched_at != launches.get(one.id)}


def settle(context: Context, service: str, actions: Sequence[ChangeInPlace]) -> None:
    """Wait until servers are at rest: Nova refuses to change one that it is changing.

    :raises CloudError: when one of them is broken, or gone
    """
    _wait_for(context, service, actions, RUNNING, attempted="settle")


def untouched(before: Iterable[Replica], look: Callable[[], Sequence[Replica]]) -> set[str]:
    """Return the ids of those that Nova has not changed meanwhile, as far as it tells."""
    try:
        now = look()
    except CloudError:
        return set()
    return {one.id for one in now} - restarted(before, now)


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
    noted = [SetMetadata(id=action.id, name=action.name, metadata=action.metadata) for action in actions]
    in_parallel(lambda action: change(context, action), noted)
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
            "key_name": template.key_name or None,
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
