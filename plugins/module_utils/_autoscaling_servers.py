# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers of autoscaling groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_health import refuse_if_locked
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import all_servers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
        Replica as Server,
    )


def servers_of(context: Context, service: str | None = None) -> tuple[Server, ...]:
    """Return the servers of a group (of all groups when it is None), by name. One call."""
    return servers_among(all_servers(context), service)


def servers_among(found: Iterable[Server], service: str | None = None) -> tuple[Server, ...]:
    """Return those servers that belong to a group (to any group when it is None)."""
    owned = [server for server in found if SERVICE_KEY in server.metadata and not server.leaving]
    return tuple(server for server in owned if service in (None, server.metadata[SERVICE_KEY]))


def refuse_locked(servers: Sequence[Server], reason: str) -> None:
    """Refuse to let Heat remove servers that somebody has locked.

    Nova does not let Heat, which acts for the user, delete them. Heat would have taken them out of their pools before,
    and fail.

    :param reason: why they have to go
    :raises InvalidInputError: with all that are locked
    """
    refuse_if_locked(servers, {server.id: reason for server in servers})
