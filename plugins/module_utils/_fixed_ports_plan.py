# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides which replica gets which slot, and what has to be done to its ports before. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import (
    ChangePort,
    CreatePort,
    DeletePort,
    FixedNetwork,
    FixedPort,
    PortAction,
    fixed_networks,
    port_name,
    port_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    CreateReplicas,
    DeleteReplica,
    FleetAction,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica


def with_slots(
    actions: Sequence[FleetAction], replicas: Iterable[Replica], ports: Sequence[FixedPort]
) -> list[FleetAction]:
    """Return the actions with slots for the replicas that are made, and with what brings their ports into shape.

    Slots are counted in the order of the actions: one that is freed by a deletion is used by the next creation. The
    lowest free ones come first.

    :raises InvalidInputError: when the ports that the user gave do not suffice
    """
    known = list(ports)
    held = _held(replicas, ports)
    slotted = set(held)
    result: list[FleetAction] = []
    first = 0
    for action in actions:
        if isinstance(action, DeleteReplica):
            held.pop(action.id, None)
            # Others can have its ports only when it is gone.
            action = replace(action, needed=action.needed or action.id in slotted)  # noqa: PLW2901
        if not isinstance(action, CreateReplicas):
            # Ports come before all creations that follow each other, so that those stay together.
            first = len(result) + 1
        if not isinstance(action, CreateReplicas) or not (fixed := fixed_networks(action.template)):
            result.append(action)
            continue
        blocked = {port.slot for port in known if port.foreign}
        slots = _free_slots({*held.values(), *blocked}, len(action.names))
        _refuse_if_too_few(fixed, max(slots), known)
        held.update(zip(action.names, slots, strict=True))
        preparations = list(_preparations(action, fixed, slots, known))
        result[first:first] = preparations
        first += len(preparations)
        result.append(replace(action, slots=slots))
    return result


def _held(replicas: Iterable[Replica], ports: Iterable[FixedPort]) -> dict[str, int]:
    """Return slots by id of the replica. A slot shows in metadata and, should that be lost, in the ports."""
    by_device = {port.device_id: port.slot for port in ports if port.device_id}
    slots = {replica.id: replica.slot or by_device.get(replica.id) for replica in replicas}
    return {replica_id: slot for replica_id, slot in slots.items() if slot}


def _free_slots(taken: set[int | None], count: int) -> tuple[int, ...]:
    slots: list[int] = []
    slot = 1
    while len(slots) < count:
        if slot not in taken:
            slots.append(slot)
        slot += 1
    return tuple(slots)


def _refuse_if_too_few(fixed: Iterable[FixedNetwork], highest: int, known: Iterable[FixedPort]) -> None:
    used = [port.name or port.id for port in known if port.foreign and not port.own]
    reason = f"; {', '.join(used)} cannot be used, as others use them" if used else ""
    problems = [
        f"'networks' has {len(network.ports)} ports on {network.name!r}, but {highest} are needed"
        f" (replicas that are made before old ones go need ports of their own){reason}"
        for network in fixed
        if network.ports is not None and highest > len(network.ports)
    ]
    if problems:
        raise InvalidInputError(problems)


def _preparations(
    action: CreateReplicas, fixed: Iterable[FixedNetwork], slots: Iterable[int], known: list[FixedPort]
) -> Iterator[PortAction]:
    """Yield what has to be done to ports first. C(known) gets the ports that will be there then."""
    for slot in slots:
        for network in fixed:
            port = port_of(network, slot, known)
            wanted = _attributes(network, action.template, port)
            if port is None:
                yield CreatePort(
                    batch=action.batch, service=action.service, slot=slot, network=network, attributes=wanted
                )
                name = port_name(action.service, slot)
                known.append(FixedPort(id="", name=name, network_id=network.id, slot=slot, service=action.service))
            elif port.id and (different := _different(wanted, port)):
                yield ChangePort(batch=action.batch, id=port.id, name=port.name, attributes=different)


def _attributes(network: FixedNetwork, template: Template, port: FixedPort | None) -> dict[str, Any]:
    """Return what is declared of a port, as Neutron's attributes.

    :param port: the port as it is; None when there is none yet
    """
    wanted: dict[str, Any] = {}
    if network.ports is None:
        wanted = {
            "port_security_enabled": network.port_security_enabled,
            "binding_vnic_type": network.vnic_type,
            "fixed_ips": [{"subnet_id": network.subnet.id}] if network.subnet else None,
        }
    if not network.takes_security_groups(port):
        wanted["security_group_ids"] = []
    elif template.security_groups is not None:
        wanted["security_group_ids"] = sorted(group.id for group in template.security_groups)
    return {key: value for key, value in wanted.items() if value is not None}


def _different(wanted: Mapping[str, Any], port: FixedPort) -> dict[str, Any]:
    current = {
        "port_security_enabled": port.port_security_enabled,
        "binding_vnic_type": port.vnic_type,
        "fixed_ips": [{"subnet_id": subnet} for subnet in sorted(port.subnet_ids)],
        "security_group_ids": sorted(port.security_group_ids),
    }
    return {key: value for key, value in wanted.items() if current[key] != value}


def removals(ports: Iterable[FixedPort]) -> list[FleetAction]:
    """Return what removes the ports that a fleet made and nothing else uses. It comes after the replicas are gone."""
    return [DeletePort(id=port.id, name=port.name) for port in ports if port.own and not port.foreign]


def left_to_others(ports: Iterable[FixedPort]) -> list[str]:
    """Return what to tell of ports that a fleet made and that stay when it goes."""
    return [
        f"Port {port.name!r} ({port.id}) stays: it was made for a replica, and {port.device_id}, which is none, uses"
        " it. The next run deletes it when nothing does."
        for port in ports
        if port.own and port.foreign
    ]


def shown_ports(ports: Iterable[FixedPort], actions: Iterable[FleetAction] = ()) -> list[str]:
    """Return the ports that a fleet made, by name and network, as they are or as they will be after the actions."""
    names = {(port.name, port.network_id): port.id for port in ports if port.own}
    for action in actions:
        match action:
            case CreatePort():
                names[action.name, action.network.id] = ""
            case DeletePort():
                names = {key: port_id for key, port_id in names.items() if port_id != action.id}
    return sorted(f"{name} on {network_id}" for name, network_id in names)
