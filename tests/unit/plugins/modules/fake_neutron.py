# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports and floating IPs that are remembered, behind the SDK's interface."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeVar

from openstack.network.v2.floating_ip import FloatingIP
from openstack.network.v2.network import Network
from openstack.network.v2.port import Port
from openstack.network.v2.subnet import Subnet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from unittest.mock import Mock

N = TypeVar("N")


def fitting(known: Iterable[N], query: dict[str, Any]) -> list[N]:
    """What the SDK lists of this. Administrators are told about all projects, unless they ask for one."""
    return [each for each in known if all(getattr(each, key) == query[key] for key in query)]


class Neutron:
    """One private network with one subnet, one public network."""

    def __init__(self, conn: Mock) -> None:
        self.ports: dict[str, Port] = {}
        self.ips: dict[str, FloatingIP] = {}
        self._ids = itertools.count(1)
        self._conn = conn
        network = conn.network
        own: dict[str, Any] = {"project_id": conn.current_project_id}
        self.networks = [
            Network(id="n1", name="private", **own),
            Network(id="n2", name="public", is_router_external=True),
        ]
        for each in self.networks:
            each._update(is_port_security_enabled=True)
        network.networks.side_effect = lambda **query: fitting(self.networks, query)
        self.subnets = [Subnet(id="s1", name="private", network_id="n1", ip_version=4, **own)]
        network.subnets.side_effect = lambda **query: fitting(self.subnets, query)
        network.ports.side_effect = lambda **query: fitting(self.ports.values(), query)
        network.create_port.side_effect = self.create_port
        network.update_port.side_effect = lambda port, **values: self.ports[port]._update(**values)
        network.delete_port.side_effect = lambda port, **_: self.ports.pop(port, None)
        network.ips.side_effect = lambda **query: fitting(self.ips.values(), query)
        network.get_ip.side_effect = self.ips.__getitem__
        network.create_ip.side_effect = self.create_ip
        network.update_ip.side_effect = lambda ip, **values: self.ips[ip]._update(**values)
        network.delete_ip.side_effect = lambda ip, **_: self.ips.pop(ip, None)
        network.set_tags.side_effect = lambda ip, tags: ip._update(tags=tags)

    def create_port(self, **values: Any) -> Port:
        """Without a subnet, a port gets an address of IPv4 and one of IPv6, here on the last subnet of each."""
        chosen = {each.ip_version: {"subnet_id": each.id} for each in self.subnets}
        places = values.pop("fixed_ips", chosen.values())
        fixed = [{"subnet_id": "s1", "ip_address": "10.0.0.5", **place} for place in places]
        port = Port(id=f"port{next(self._ids)}", project_id=self._conn.current_project_id, fixed_ips=fixed, **values)
        self.ports[port.id] = port
        return port

    def create_ip(self, **values: Any) -> FloatingIP:
        number = next(self._ids)
        address = {"floating_ip_address": f"192.0.2.{number}", **values}
        self.ips[f"ip{number}"] = FloatingIP(id=f"ip{number}", project_id=self._conn.current_project_id, **address)
        return self.ips[f"ip{number}"]
