# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes tags, descriptions and locks of replicas."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import TAGS_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import (
    ChangeTags,
    LockReplica,
    ReplicaChange,
    SetDescription,
    UnlockReplica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import REPLICA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica


def change_labels(context: Context, action: ReplicaChange) -> None:
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
    """Open a lock of the fleet. A replica that is gone has none."""
    try:
        with attempt("unlock", REPLICA, name, replica_id):
            context.conn.compute.unlock_server(replica_id)
    except CloudError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def lock(context: Context, replicas: Sequence[Replica]) -> None:
    """Lock replicas, with the reason that tells that it was the fleet."""

    def close(replica: Replica) -> None:
        with attempt("lock", REPLICA, replica.name, replica.id):
            context.conn.compute.lock_server(replica.id, locked_reason=replica.lock_reason)

    in_parallel(close, replicas)
