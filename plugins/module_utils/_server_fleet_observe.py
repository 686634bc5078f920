# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the servers of fleets: one listing, however many there are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    NotReachedError,
    attempt,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import size_of
from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since
from ansible_collections.model_serving.openstack.plugins.module_utils._project_servers import project_servers
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from openstack.compute.v2.server import Server

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

KIND = "server fleet"
REPLICA = "replica"
"""What messages call a server of a fleet or of an autoscaling group."""


def from_sdk(server: Server) -> Replica:
    """Return a server as a plain value."""
    # Each is read once: the SDK makes a resource anew whenever somebody asks for it, which takes longer than the rest.
    image, flavor = server.image, server.flavor
    return Replica(
        id=server.id,
        name=server.name,
        status=server.status,
        created_at=server.created_at or "",
        launched_at=server.launched_at or "",
        changed_at=server.updated_at or "",
        task_state=server.task_state,
        host_id=server.host_id or None,
        zone=server.availability_zone or server.pinned_availability_zone or None,
        # Without an image (booted from a volume) Nova sends an empty text.
        image_id=image.id if image else None,
        # From microversion 2.47 Nova tells the flavor's name and no id, before that the other way round.
        flavor=(flavor.original_name or flavor.id) if flavor else None,
        size=size_of(flavor) if flavor else None,
        key_name=server.key_name,
        metadata=dict(server.metadata or {}),
        security_groups=frozenset(group["name"] for group in server.security_groups or ()),
        addresses={
            network: tuple(address["addr"] for address in addresses if address.get("OS-EXT-IPS:type") == "fixed")
            for network, addresses in (server.addresses or {}).items()
        },
        fault=(server.fault or {}).get("message"),
        locked=bool(server.is_locked),
        host_status=server.host_status,
        locked_reason=server.locked_reason,
        description=server.description or "",
        tags=frozenset(server.tags or ()),
        volumes=tuple(volume["id"] for volume in server.attached_volumes or ()),
    )


def all_servers(context: Context) -> list[Replica]:
    """Return all servers of the project, by name. One call."""
    return sorted(map(from_sdk, project_servers(context)), key=lambda server: (server.name, server.id))


def replicas_of(context: Context, service: str | None = None) -> list[Replica]:
    """Return the replicas of a service (of all services when it is None), by name.

    Nova cannot filter by metadata for ordinary users, so the project's servers are listed and filtered here.
    """
    return replicas_among(all_servers(context), service)


def replicas_among(servers: Iterable[Replica], service: str | None = None) -> list[Replica]:
    """Return those servers that are replicas of a service (of any service when it is None)."""
    return [one for one in servers if one.service is not None and service in (None, one.service)]


def replica_now(context: Context, server_id: str, name: str) -> Replica | None:
    """Return one replica as it is now, None when it is gone. One call that does not grow with the project."""
    try:
        with attempt("look at", REPLICA, name, server_id):
            return from_sdk(context.conn.compute.get_server(server_id))
    except CloudError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
    return None


def being_built(context: Context, names: Iterable[str]) -> bool:
    """Say whether Nova is still building any of some new replicas.

    For waiting: a listing with details makes Nova ask Neutron about each server, this does not grow with their number.
    One request for each batch, because Nova takes no C(|) in names where its database is MySQL.
    """
    awaited = set(names)
    query: dict[str, Any] = {"status": "BUILD", "limit": 1}
    with attempt("list", "servers"):
        return any(
            server.name in awaited
            for batch in sorted({name.rpartition("-")[0] for name in awaited})
            for server in islice(
                context.conn.compute.servers(details=False, name=f"^{re.escape(batch)}-[0-9]+$", **query), 1
            )
        )


def listed_still(context: Context, service: str, ids_by_name: Mapping[str, str]) -> bool:
    """Say whether Nova still lists any of some replicas under its name. For waiting, like C(being_built)."""
    name = next(iter(ids_by_name)) if len(ids_by_name) == 1 else None
    pattern = f"^{re.escape(name)}$" if name else f"^{re.escape(service)}-"
    with attempt("list", "servers"):
        servers = context.conn.compute.servers(details=False, name=pattern)
        return any(server.id == ids_by_name.get(server.name) for server in servers)


def settled_replicas(context: Context, service: str, build_timeout: int) -> list[Replica]:
    """Return the replicas of a service once none of them is being built, rebooted or the like.

    A run that was killed may have left replicas in BUILD. Whether they come up decides what is to be done.
    Check mode and C(wait=false) take them as they are.

    :param build_timeout: seconds after which a replica in BUILD is not waited for any more
    """
    latest: list[Replica] = []

    def look() -> list[Replica] | None:
        latest[:] = replicas_of(context, service)
        patient = context.wait and not context.check_mode
        now = datetime.now(UTC)
        awaited = [one for one in latest if not one.settled and seconds_since(one.created_at, now) <= build_timeout]
        return None if patient and awaited else latest

    return wait_until(
        look, context.deadline, attempted="settle", kind=KIND, name=service, progress=lambda: progress(latest)
    )


def addressed_replicas(context: Context, service: str, names: Mapping[str, str]) -> list[Replica]:
    """Return replicas once each has an address. One listing where each has one already.

    Nova may call a server ACTIVE a moment before it shows its addresses.

    :param names: of these replicas, by id
    :raises NotReachedError: when one of them is broken or gone
    """
    bare: list[Replica] = []

    def look() -> list[Replica] | None:
        found = [one for one in replicas_of(context, service) if one.id in names]
        refuse_lost("get all addresses", service, names, found)
        bare[:] = [one for one in found if one.address is None]
        return None if bare else found

    return wait_until(
        look,
        context.deadline,
        attempted="get all addresses",
        kind=KIND,
        name=service,
        progress=lambda: ", ".join(f"{one.name!r} has no address" for one in bare),
    )


def refuse_lost(attempted: str, service: str, names: Mapping[str, str], found: Collection[Replica]) -> None:
    """Stop a wait for replicas that cannot end well.

    :param names: of the replicas that are waited for, by id
    :param found: those of them that are there
    :raises NotReachedError: when one of them is broken or gone
    """
    lost = [one for one in found if one.broken or one.leaving]
    faults = "; ".join(sorted({one.fault for one in lost if one.fault}))
    gone = sorted(names[key] for key in names.keys() - {one.id for one in found})
    said = [f"{progress(lost)}: {faults}" if faults else progress(lost)] if lost else []
    said += [f"{name!r} was deleted meanwhile" for name in gone]
    if said:
        raise NotReachedError(attempted, KIND, service, answer="; ".join(said))


def progress(replicas: Iterable[Replica]) -> str:
    """Return the statuses of replicas, for a message."""
    return ", ".join(f"{replica.name!r} is {replica.task_state or replica.status}" for replica in replicas)
