# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes fleets: does the actions of a plan, the same kind of action together."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_apply import change_port
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels_apply import (
    change_labels,
    lock_new,
    unlock,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    ChangeSecurityGroups,
    CreateReplicas,
    DeleteReplica,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    KIND,
    progress,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_request import request_replicas
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

CLEANUP_TIMEOUT = 60
"""Seconds to wait until servers that could not be built are gone."""
REPLICA = "replica"


def apply(context: Context, actions: Sequence[Action]) -> None:
    """Do the actions in their order; neighbours of one kind together.

    Deletions are waited for even with C(wait=false) when something follows: under anti-affinity the replicas that
    come next may need the hosts.
    """
    groups = [(kind, list(group)) for kind, group in itertools.groupby(actions, key=type)]
    for number, (kind, group) in enumerate(groups, start=1):
        if kind is DeleteReplica:
            wait = context.wait or number < len(groups)
            _delete(context, [action for action in group if isinstance(action, DeleteReplica)], wait=wait)
        elif kind is CreateReplicas:
            _create(context, [action for action in group if isinstance(action, CreateReplicas)])
        else:
            in_parallel(lambda action: _change(context, action), group)


def _delete(context: Context, actions: Sequence[DeleteReplica], *, wait: bool) -> None:
    def delete(action: DeleteReplica) -> None:
        if action.unlock:
            unlock(context, action.id, action.name)
        with attempt("delete", REPLICA, action.name, action.id):
            context.conn.compute.delete_server(action.id, ignore_missing=True)

    in_parallel(delete, actions)
    if wait:
        _wait_until_gone(context, actions, context.deadline)


def _wait_until_gone(context: Context, actions: Sequence[DeleteReplica], deadline: Deadline) -> None:
    service, ids = actions[0].service, {action.id for action in actions}
    left: list[Replica] = []

    def look() -> bool | None:
        left[:] = [replica for replica in replicas_of(context, service) if replica.id in ids]
        return None if left else True

    wait_until(
        look, deadline, attempted="see deleted replicas of", kind=KIND, name=service, progress=lambda: progress(left)
    )


def _create(context: Context, actions: Sequence[CreateReplicas]) -> None:
    """Request all zones, then wait for all.

    Requests for different zones cannot meet on a host, so they need not wait for each other. Within a zone one
    request places all its servers together: several at a time could break anti-affinity.
    """
    service = actions[0].service
    known = frozenset(replica.id for replica in replicas_of(context, service)) if context.wait else frozenset()
    requested = [name for action in actions for name in request_replicas(context, action)]
    if context.wait:
        _wait_until_active(context, service, known, requested)
        lock_new(context, actions)


def _wait_until_active(context: Context, service: str, known: frozenset[str], names: Sequence[str]) -> None:
    """Wait for the new replicas. When some end in ERROR: delete those, keep the others for the next run, fail.

    :raises CloudError: with what Nova says about the replicas it could not build
    """
    new: list[Replica] = []

    def look() -> list[Replica] | None:
        new[:] = [replica for replica in replicas_of(context, service) if replica.id not in known]
        if len(new) < len(names) or not all(replica.settled for replica in new):
            return None
        return [replica for replica in new if replica.broken]

    failed = wait_until(
        look, context.deadline, attempted="see active", kind=KIND, name=service, progress=lambda: progress(new)
    )
    if failed:
        _discard(context, service, failed)


def _discard(context: Context, service: str, failed: Sequence[Replica]) -> None:
    faults = sorted({replica.fault or f"status {replica.status}" for replica in failed})
    reason = "it could not be built"
    deletions = [DeleteReplica(service=service, id=replica.id, name=replica.name, reason=reason) for replica in failed]
    try:
        _delete(context, deletions, wait=False)
        _wait_until_gone(context, deletions, context.deadline.fresh(CLEANUP_TIMEOUT))
        done = "What could not be built was deleted again."
    except CloudError as error:
        done = f"Deleting what could not be built failed, too ({error.message}); the next run does it."
    raise CloudError(
        "create",
        "replicas " + ", ".join(sorted(replica.name for replica in failed)),
        answer="; ".join(faults),
        hint=f"{done} No valid host can mean: too few hosts for anti-affinity, or none with room for the flavor.",
    )


def _change(context: Context, action: Action) -> None:
    compute = context.conn.compute
    match action:
        case SetMetadata():
            with attempt("set metadata of", REPLICA, action.name, action.id):
                compute.set_server_metadata(action.id, **action.metadata)
        case ChangeSecurityGroups():
            with attempt("change the security groups of", REPLICA, action.name, action.id):
                for group in action.add:
                    compute.add_security_group_to_server(action.id, group)
                for group in action.remove:
                    compute.remove_security_group_from_server(action.id, group)
        case _other:
            change_labels(context, action)
            change_port(context, action)
