# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet with fixed ports: options, and ports that servers use from their creation to their deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.network.v2.security_group import SecurityGroup

from ..conftest import FakeConnection
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server
    from openstack.network.v2.port import Port

    from .conftest import Nova
    from .fake_neutron import Neutron

CHAT: dict[str, Any] = {
    **OPTIONS,
    "replicas": 2,
    "update_policy": "recreate",
}
FIXED = {**CHAT, "networks": [{"network": "private", "fixed_ports": True}]}
PLACE: dict[str, Any] = {"project_id": FakeConnection.current_project_id, "network_id": "n1", "fixed_ips": []}


@pytest.fixture
def ports(conn: Mock, nova: Nova, neutron: Neutron) -> dict[str, Port]:
    def create(**request: Any) -> Server:
        server = nova.create(**request)
        for network in request["networks"]:
            if "port" in network:
                assert request["max_count"] == 1
                assert not neutron.ports[network["port"]].device_id
                neutron.ports[network["port"]]._update(device_id=server.id, device_owner="compute:nova")
        return server

    def delete(server_id: str, **options: bool) -> None:
        nova.delete(server_id, **options)
        for port in neutron.ports.values():
            if port.device_id == server_id:
                port._update(device_id="", device_owner="")

    conn.compute.create_server.side_effect = create
    conn.compute.delete_server.side_effect = delete
    conn.compute.find_server.side_effect = lambda server_id, **_options: nova.servers.get(server_id)
    conn.network.security_groups.return_value = [SecurityGroup(id="sg1", name="web")]
    return neutron.ports
