# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads fleets: one listing of servers, one of each kind that the template refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _server_group
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    InvalidInputError,
    attempt,
    one_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_apply import (
    ports_of,
    with_foreign_users,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template_lookup import template_of
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Lookup
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    Desired,
    Observed,
    Replica,
    drift,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openstack.compute.v2.server import Server

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

KIND = "server fleet"


def from_sdk(server: Server) -> Replica:
    """Return a server as a plain value."""
    # Without an image (booted from a volume) Nova sends an empty text.
    image_id = server.image.id if server.image else None
    # From microversion 2.47 Nova tells the flavor's name and no id, before that the other way round.
    flavor = (server.flavor.original_name or server.flavor.id) if server.flavor else None
    return Replica(
        id=server.id,
        name=server.name,
        status=server.status,
        created_at=server.created_at or "",
        task_state=server.task_state,
        host_id=server.host_id or None,
        zone=server.availability_zone or server.pinned_availability_zone or None,
        image_id=image_id,
        flavor=flavor,
        key_name=server.key_name,
        metadata=dict(server.metadata or {}),
        security_groups=frozenset(group["name"] for group in server.security_groups or ()),
        addresses={
            network: tuple(address["addr"] for address in addresses if address.get("OS-EXT-IPS:type") == "fixed")
            for network, addresses in (server.addresses or {}).items()
        },
        fault=(server.fault or {}).get("message"),
        locked=bool(server.is_locked),
        locked_reason=server.locked_reason,
        description=server.description or "",
        tags=frozenset(server.tags or ()),
        volumes=tuple(volume["id"] for volume in server.attached_volumes or ()),
    )


def replicas_of(context: Context, service: str | None = None) -> list[Replica]:
    """Return the replicas of a service (of all services when it is None), by name.

    Nova cannot filter by metadata for ordinary users, so the project's servers are listed and filtered here.
    """
    with attempt("list", "servers"):
        replicas = [from_sdk(server) for server in context.conn.compute.servers(details=True)]
    owned = [replica for replica in replicas if replica.service is not None and service in (None, replica.service)]
    return sorted(owned, key=lambda replica: (replica.name, replica.id))


def settled_replicas(context: Context, service: str) -> list[Replica]:
    """Return the replicas of a service once none of them is being built, rebooted or the like.

    A run that was killed may have left replicas in BUILD. Whether they come up decides what is to be done.
    Check mode and C(wait=false) take them as they are.
    """
    latest: list[Replica] = []

    def look() -> list[Replica] | None:
        latest[:] = replicas_of(context, service)
        patient = context.wait and not context.check_mode
        return None if patient and not all(replica.settled for replica in latest) else latest

    return wait_until(
        look, context.deadline, attempted="see settled", kind=KIND, name=service, progress=lambda: progress(latest)
    )


def progress(replicas: Iterable[Replica]) -> str:
    """Return the statuses of replicas, for a message."""
    return ", ".join(f"{replica.name!r} is {replica.task_state or replica.status}" for replica in replicas)


def observe(context: Context, desired: Desired) -> Observed:
    """Return a fleet and, unless it shall be absent, its template with all names looked up.

    :raises InvalidInputError: with everything the template refers to and that does not exist
    """
    if not desired.present:
        replicas, ports = tuple(replicas_of(context, desired.name)), ports_of(context, desired.name, None)
        return Observed(name=desired.name, replicas=replicas, ports=ports)
    lookup = Lookup(conn=context.conn, check_mode=context.check_mode)
    template = template_of(lookup, desired)
    group = _server_group_of(context, lookup, desired)
    if desired.availability_zones:
        lookup.zones(desired.availability_zones)
    if template is None or lookup.problems:
        raise InvalidInputError(lookup.problems)
    for missing in lookup.assumed:
        context.warn(f"There is no {missing} yet; outside check mode it would have to be there.")
    # Ports first: like that a server that uses one of them is among the servers, if it is a replica.
    ports = ports_of(context, desired.name, template)
    replicas = settled_replicas(context, desired.name)
    return Observed(
        name=desired.name,
        replicas=tuple(replicas),
        template=template,
        server_group=group,
        drift={replica.id: drift(replica, template, group, desired.availability_zones) for replica in replicas},
        ports=with_foreign_users(context, ports, replicas),
    )


def _server_group_of(context: Context, lookup: Lookup, desired: Desired) -> Group | None:
    if desired.server_group is None:
        return None
    groups = all_server_groups(context)
    matching = [group for group in groups if desired.server_group in (group.name, group.id)]
    try:
        group = one_of(_server_group.KIND, desired.server_group, matching)
    except InvalidInputError as error:
        lookup.problems.extend(error.problems)
        return None
    if group is None and context.check_mode:
        lookup.assumed.append(f"server group {desired.server_group!r}")
        return Group(id="", name=desired.server_group, policy="", max_server_per_host=None)
    if group is None:
        lookup.problems.append(f"there is no server group {desired.server_group!r}")
    return group


def all_server_groups(context: Context) -> Sequence[Group]:
    """Return the server groups of the project, without looking at their members' hosts. One call."""
    with attempt("list", "server groups"):
        return [_server_group.from_sdk(group) for group in context.conn.compute.server_groups()]
