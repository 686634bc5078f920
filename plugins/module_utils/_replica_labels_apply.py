# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes tags, descriptions and locks of replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import TAGS_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import (
    ChangeTags,
    LockReplica,
    SetDescription,
    UnlockReplica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import replicas_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

REPLICA = "replica"


def change_labels(context: Context, action: Action) -> None:
    """Do an action on tags, description or lock."""
    compute = context.conn.compute
    match action:
        case ChangeTags():
            _change_tags(context, action)
        case SetDescription():
            with attempt("set the description of", REPLICA, action.name, action.id):
                compute.update_server(action.id, description=action.description)
        case LockReplica():
            with attempt("lock", REPLICA, action.name, action.id):
                compute.lock_server(action.id, locked_reason=action.reason)
        case UnlockReplica():
            unlock(context, action.id, action.name)


def _change_tags(context: Context, action: ChangeTags) -> None:
    """Remove, note, add: a tag that is there is noted at any moment, unless it is somebody else's.

    The SDK makes tags a part of the URL as they are.
    """
    compute = context.conn.compute
    with attempt("change the tags of", REPLICA, action.name, action.id):
        for tag in action.remove:
            compute.remove_tag_from_server(action.id, quote(tag, safe=""))
        if action.noted is not None:
            compute.set_server_metadata(action.id, **{TAGS_KEY: action.noted})
        for tag in action.add:
            compute.add_tag_to_server(action.id, quote(tag, safe=""))


def unlock(context: Context, replica_id: str, name: str) -> None:
    """Open a lock of the fleet."""
    with attempt("unlock", REPLICA, name, replica_id):
        context.conn.compute.unlock_server(replica_id)


def lock_new(context: Context, actions: Sequence[CreateReplicas]) -> None:
    """Lock the replicas that these actions made, where they say so."""
    wanted = {name for action in actions if action.lock for name in action.names}
    if not wanted:
        return
    new = [replica for replica in replicas_of(context, actions[0].service) if replica.name in wanted]

    def lock(replica: Replica) -> None:
        with attempt("lock", REPLICA, replica.name, replica.id):
            context.conn.compute.lock_server(replica.id, locked_reason=replica.lock_reason)

    in_parallel(lock, [replica for replica in new if not replica.locked])
