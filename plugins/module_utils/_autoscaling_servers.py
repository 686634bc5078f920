# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers of autoscaling groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    GROUP_KEY,
    SERVER_TYPE,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import server_groups_among
from ansible_collections.model_serving.openstack.plugins.module_utils._server_deletion import delete_for_good
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_health import refuse_if_locked
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    REPLICA,
    all_servers,
    listed_still,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import all_server_groups
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
        Replica as Server,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group


def servers_of(context: Context, service: str | None = None) -> tuple[Server, ...]:
    """Return the servers of a group (of all groups when it is None), by name. One call."""
    return servers_among(all_servers(context), service)


def servers_among(found: Iterable[Server], service: str | None = None) -> tuple[Server, ...]:
    """Return those servers that belong to a group (to any group when it is None)."""
    owned = [server for server in found if GROUP_KEY in server.metadata and not server.leaving]
    return tuple(server for server in owned if service in (None, server.metadata[GROUP_KEY]))


def server_groups_of(context: Context, service: str) -> tuple[Group, ...]:
    """Return the server groups of a group. One call."""
    return server_groups_among(all_server_groups(context), service)


def strays_among(context: Context, servers: Iterable[Server], stack: Stack | None) -> tuple[Server, ...]:
    """Return the servers of a group that Heat does not list: it forgets one that it could not delete.

    One call when there are servers. While a replica is replaced, Heat lists one of the two that have its name.

    :param stack: of the group, if there is one
    """
    found = tuple(servers)
    resources = _heat_resources.every(context.conn.orchestration, stack) if stack and found else ()
    known = {one.physical_id for one in resources if one.type == SERVER_TYPE}
    return tuple(server for server in found if server.id not in known)


def delete_server(context: Context, server_id: str, name: str) -> None:
    """Delete a server past Heat, and wait until it is gone when the user wants that."""
    delete_for_good(context.conn, server_id, name)
    if context.wait:
        wait_until(
            lambda: None if listed_still(context, name, {name: server_id}) else True,
            context.deadline,
            attempted="be deleted",
            kind=REPLICA,
            name=name,
            resource_id=server_id,
        )


def refuse_locked(servers: Sequence[Server], reason: str) -> None:
    """Refuse to let Heat remove servers that somebody has locked.

    Nova does not let Heat, which acts for the user, delete them. Heat would find that out after it has made others and
    taken these out of their pools, and then forget them: they would go on beside the group.

    :param reason: why they have to go
    :raises InvalidInputError: with all that are locked
    """
    refuse_if_locked(servers, {server.id: reason for server in servers})
