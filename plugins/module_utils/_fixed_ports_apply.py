# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes the ports that outlive the replicas, and waits until replicas that go have let go of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import exactly
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import (
    MARK,
    ChangePort,
    CreatePort,
    DeletePort,
    FixedPort,
    PortAction,
    fixed_networks,
    port_of,
    slot_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._neutron_tags import set_tags
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openstack.network.v2.port import Port

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

KIND = "port"
OF_NOVA = "compute:"
"""How the owner of a port begins that a server uses. The availability zone follows."""


def from_sdk(port: Port, slot: int | None, service: str | None) -> FixedPort:
    """Return a port as a plain value."""
    addresses = port.fixed_ips or ()
    return FixedPort(
        id=port.id,
        name=port.name or "",
        network_id=port.network_id,
        slot=slot,
        service=service,
        project_id=port.project_id,
        device_id=port.device_id or None,
        device_owner=port.device_owner or "",
        addresses=tuple(address["ip_address"] for address in addresses),
        subnet_ids=frozenset(address["subnet_id"] for address in addresses),
        security_group_ids=frozenset(port.security_group_ids or ()),
        port_security_enabled=port.is_port_security_enabled,
        vnic_type=port.binding_vnic_type,
    )


def own_ports(context: Context, service: str) -> list[FixedPort]:
    """Return the ports that the fleet of a service made. One call."""
    mark = f"{MARK}{service}"
    with attempt("list", "ports of fleet", service):
        found = context.conn.network.ports(description=mark, project_id=project_of(context))
        return _own(exactly(found, description=mark))


def all_own_ports(context: Context) -> list[FixedPort]:
    """Return the ports that the fleets of the project made. One call."""
    with attempt("list", "ports"):
        return _own(context.conn.network.ports(project_id=project_of(context)))


def _own(found: Iterable[Port]) -> list[FixedPort]:
    ports = []
    for port in found:
        service = (port.description or "").removeprefix(MARK)
        if service != port.description:
            ports.append(from_sdk(port, slot_of(service, port.name or ""), service))
    return sorted(ports, key=lambda port: (port.slot or 0, port.network_id, port.id))


def ports_of(context: Context, service: str, template: Template | None) -> tuple[FixedPort, ...]:
    """Return the ports that the fleet made and those that its template names; none when no port is fixed.

    Without a template, when the fleet shall be absent, the own ones are returned.
    """
    fixed = fixed_networks(template) if template else []
    if template and not fixed:
        return ()
    ports = own_ports(context, service)
    for network in fixed:
        if network.ports is None:
            continue
        with attempt("list", "ports of network", network.name, network.id):
            by_id = {port.id: port for port in context.conn.network.ports(network_id=network.id)}
        given = enumerate(network.ports, start=1)
        ports.extend(from_sdk(by_id[port.id], slot, None) for slot, port in given if port.id in by_id)
    return tuple(ports)


def with_foreign_users(
    context: Context, ports: Iterable[FixedPort], replicas: Sequence[Replica], *, for_good: bool = False
) -> tuple[FixedPort, ...]:
    """Return the ports, marked where something uses them that is no replica.

    :param for_good: whether the fleet goes, and with it the ports of servers that Nova could still restore
    """
    known = {replica.id for replica in replicas}

    def foreign(port: FixedPort) -> bool:
        return bool(port.device_id) and port.device_id not in known and not _left(context, port, for_good=for_good)

    return tuple(replace(port, foreign=foreign(port)) for port in ports)


def _left(context: Context, port: FixedPort, *, for_good: bool = False) -> bool:
    """Return whether the server that used a port is gone: it may take a moment until Nova lets go of it.

    Nova knows nothing of what other services have on a port, and tells nothing of servers of other projects. One call
    for a port of a server.

    :param for_good: whether one that Nova keeps for a while after its deletion is gone, too
    """
    if not (port.device_id and port.device_owner.startswith(OF_NOVA) and port.project_id == project_of(context)):
        return False
    with attempt("look up", "server", resource_id=port.device_id):
        server = context.conn.compute.find_server(port.device_id, ignore_missing=True)
    return server is None or (for_good and server.status == "SOFT_DELETED")


def ports_for(context: Context, action: CreateReplicas) -> dict[tuple[str, int], str]:
    """Return the ids of the ports of replicas that are to be made, by network and slot, once no server uses them.

    :raises CloudError: when one of them was deleted meanwhile
    :raises WaitTimeoutError: when a server keeps one
    """
    found: dict[tuple[str, int], FixedPort] = {}

    def look() -> bool | None:
        ports = ports_of(context, action.service, action.template)
        for network in fixed_networks(action.template):
            for slot in action.slots:
                port = port_of(network, slot, ports)
                if port is None:
                    answer = f"there is none for slot {slot}; it was deleted meanwhile"
                    raise CloudError("use", f"the port on network {network.name!r}", answer=answer)
                found[network.id, slot] = port
        used = [port for port in found.values() if port.device_id]
        for port in used:
            if _left(context, port):
                _release(context, port)
        return None if used else True

    def progress() -> str:
        used = [port for port in found.values() if port.device_id]
        return ", ".join(f"port {port.name!r} ({port.id}) is used by {port.device_id}" for port in used)

    wait_until(
        look, context.deadline, attempted="have its ports free", kind="fleet", name=action.service, progress=progress
    )
    return {key: port.id for key, port in found.items()}


def _release(context: Context, port: FixedPort) -> None:
    """Take a port from a server that is gone without having let go of it. Nova would refuse to use it again."""
    with attempt("release", KIND, port.name, port.id):
        context.conn.network.update_port(port.id, device_id="", device_owner="")


def change_port(context: Context, action: PortAction) -> None:
    """Do an action on a port."""
    network = context.conn.network
    match action:
        case CreatePort():
            with attempt("create", KIND, action.name):
                port = network.create_port(
                    name=action.name,
                    network_id=action.network.id,
                    description=f"{MARK}{action.service}",
                    **_named_as_sdk(action.attributes),
                )
            # For people; the description is what the port is known by, as it is there from the first moment.
            set_tags(network, KIND, action.name, port, [service_mark(action.service)])
        case ChangePort():
            with attempt("change", KIND, action.name, action.id):
                network.update_port(action.id, **_named_as_sdk(action.attributes))
        case DeletePort():
            with attempt("delete", KIND, action.name, action.id):
                network.delete_port(action.id, ignore_missing=True)


def _named_as_sdk(attributes: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {"port_security_enabled": "is_port_security_enabled"}
    return {renamed.get(key, key): value for key, value in attributes.items()}
