# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports that outlive the replicas that use them, so that addresses do. Pure.

A replica with such ports has a slot, a number from 1 on. It is in the replica's metadata from the request that makes
the server, so that no interrupted run leaves a server whose slot is not known. Slot 3 has the same ports, and with them
the same addresses, whichever server is in it. See docs/decisions/0009-fixed-ports.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Reference, Template
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import FleetAction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARK = "model_serving.fixed_port="
"""Beginning of the description of a port that a fleet made. The name of the service follows."""


@dataclass(frozen=True, kw_only=True)
class FixedNetwork(Reference):
    """A network on which ports outlive the replicas.

    :param ports: the ports to use, that of slot 1 first; None when the fleet makes them
    :param subnet: where a port gets its address from; None leaves it to Neutron, as do the other two
    :param secured: whether ports have port security when nothing is said about it
    """

    ports: tuple[Reference, ...] | None = None
    subnet: Reference | None = None
    port_security_enabled: bool | None = None
    vnic_type: str | None = None
    secured: bool = True

    def identity(self, slot: int | None) -> str:
        if self.ports is not None:
            given = self.ports[slot - 1 : slot] if slot else ()
            return f"{self.id}:{given[0].id if given else ''}"
        subnet = self.subnet.id if self.subnet else ""
        return f"{self.id}:fixed:{subnet}:{self.port_security_enabled}:{self.vnic_type}"

    @property
    def label(self) -> str:
        if self.ports is not None:
            return f"{self.name} (ports {', '.join(port.name or port.id for port in self.ports)})"
        parts = {"subnet": self.subnet and self.subnet.name, "vnic_type": self.vnic_type}
        if self.port_security_enabled is not None:
            parts["port_security_enabled"] = str(self.port_security_enabled).lower()
        more = "".join(f", {key} {value}" for key, value in parts.items() if value)
        return f"{self.name} (fixed ports{more})"

    def takes_security_groups(self, port: FixedPort | None) -> bool:
        """Return whether a port can have security groups.

        :param port: the port as it is; it may have port security where its network has none for new ones
        """
        if self.ports is None and self.port_security_enabled is not None:
            return self.port_security_enabled
        return self.secured or (port is not None and bool(port.port_security_enabled))


@dataclass(frozen=True, kw_only=True)
class FixedPort:
    """A port as it is.

    :param service: whose fleet made it; None when no fleet did
    :param slot: None when neither the fleet made it nor it is among those to use
    :param project_id: whose it is
    :param device_id: id of what uses it, maybe of a server that is gone
    :param device_owner: which service says so
    :param foreign: whether something uses it that is no replica of the fleet
    """

    id: str
    name: str
    network_id: str
    slot: int | None
    service: str | None = None
    project_id: str | None = None
    device_id: str | None = None
    device_owner: str = ""
    foreign: bool = False
    addresses: tuple[str, ...] = ()
    subnet_ids: frozenset[str] = frozenset()
    security_group_ids: frozenset[str] = frozenset()
    port_security_enabled: bool | None = None
    vnic_type: str | None = None

    @property
    def own(self) -> bool:
        """Whether a fleet made it."""
        return self.service is not None


@dataclass(frozen=True, kw_only=True)
class PortAction(FleetAction):
    """A write to a port."""


@dataclass(frozen=True, kw_only=True)
class CreatePort(PortAction):
    """C(attributes) are those of the request besides name, network and description."""

    service: str
    slot: int
    network: Reference
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return port_name(self.service, self.slot)

    def __str__(self) -> str:
        return f"create port {self.name!r} on network {self.network.name!r}"


@dataclass(frozen=True, kw_only=True)
class ChangePort(PortAction):
    """Brings a port that no server uses, or that is used by one that goes, into shape."""

    id: str
    name: str
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return f"change {', '.join(sorted(self.attributes))} of port {self.name!r} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class DeletePort(PortAction):
    id: str
    name: str

    def __str__(self) -> str:
        return f"delete port {self.name!r} ({self.id})"


def port_name(service: str, slot: int) -> str:
    """Return the name of the ports of a slot. It is the same on every network."""
    return f"{service}-port-{slot}"


def slot_of(service: str, name: str) -> int | None:
    """Return the slot of a port that the fleet made, None for another name."""
    found = re.fullmatch(rf"{re.escape(service)}-port-([1-9]\d*)", name)
    return int(found[1]) if found else None


def port_of(network: FixedNetwork, slot: int, ports: Iterable[FixedPort]) -> FixedPort | None:
    """Return the port of a slot on a network, None when it is not there yet."""
    own = network.ports is None
    return next((port for port in ports if (port.network_id, port.slot, port.own) == (network.id, slot, own)), None)


def fixed_networks(template: Template) -> list[FixedNetwork]:
    """Return the networks of a template on which ports are fixed."""
    return [network for network in template.networks if isinstance(network, FixedNetwork)]


def port_result(port: FixedPort) -> dict[str, Any]:
    """Return a port as the modules return it."""
    return {
        "id": port.id,
        "name": port.name,
        "network_id": port.network_id,
        "slot": port.slot,
        "addresses": list(port.addresses),
        "server_id": port.device_id,
    }
