# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks whose port security is disabled: Nova builds no server with security groups on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.network.v2.extension import Extension
from openstack.network.v2.network import Network

from .fake_heat import CHAT as GROUP
from .fleet_with_ports import FIXED
from .world import ARGUMENTS, FLEET, make_world

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .world import World

SAID = "network 'private' has port security disabled"
MODULES: dict[str, dict[str, Any]] = {
    "server_fleet": FLEET,
    "autoscaling_group": {**GROUP, "security_groups": ["web"]},
}


def without_port_security(conn: Mock, module: str) -> World:
    world = make_world(conn, module)
    conn.network.find_extension.return_value = Extension(alias="port-security")
    for network in world.neutron.networks:
        network._update(is_port_security_enabled=network.name != "private")
    return world


@pytest.mark.parametrize("module", MODULES)
def test_servers_with_security_groups_are_refused_before_anything_is_made(
    conn: Mock, run_module: RunModule, module: str
) -> None:
    world = without_port_security(conn, module)
    refused = run_module(module, MODULES[module])
    without = run_module(module, {**MODULES[module], "security_groups": None})

    assert SAID in refused["msg"]
    assert not without.get("failed"), without["msg"]
    assert module == "autoscaling_group" or len(world.nova.requests) == 2


def test_ports_of_the_fleet_have_the_security_groups(conn: Mock, run_module: RunModule) -> None:
    world = without_port_security(conn, "server_fleet")
    own = {"project_id": conn.current_project_id}
    world.neutron.networks.append(Network(id="n3", name="lan", is_port_security_enabled=True, **own))
    lan = {"network": "lan", "fixed_ports": True}

    answer = run_module("server_fleet", {**FIXED, "networks": [*FIXED["networks"], lan], "security_groups": ["web"]})

    assert not answer.get("failed"), answer["msg"]
    groups = {port.network_id: list(port.security_group_ids) for port in world.neutron.ports.values()}
    assert groups == {"n1": [], "n3": [*world.groups.security]}
    assert not any("security_groups" in request for request in world.nova.requests)


def test_capacity_tells_of_it(conn: Mock, run_module: RunModule) -> None:
    without_port_security(conn, "capacity_info")
    asked = {**ARGUMENTS["capacity_info"], "networks": ["private", "public"]}
    with_it = run_module("capacity_info", asked)["capacity"]["networks"]
    conn.network.find_extension.return_value = None
    nowhere = run_module("capacity_info", asked)["capacity"]["networks"]

    assert [network["port_security_enabled"] for network in with_it] == [False, True]
    assert [network["port_security_enabled"] for network in nowhere] == [True, True]
