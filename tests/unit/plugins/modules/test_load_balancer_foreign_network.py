# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A VIP on a network of others that is not shared, as external ones: Neutron lets nobody choose a subnet there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import raise_from_response
from openstack.network.v2.subnet import Subnet

from .answers import answer
from .fake_octavia import CHAT, only

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.network.v2.port import Port

    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

BARE = {key: CHAT[key] for key in ("name", "provider")}


@pytest.fixture(autouse=True)
def policy(conn: Mock, neutron: Neutron) -> None:
    def create_port(**values: Any) -> Port:
        if "fixed_ips" in values:
            raise_from_response(answer({"error": {"message": "disallowed by policy"}}, 403))
        return neutron.create_port(**values)

    conn.network.create_port.side_effect = create_port


def test_its_only_subnet_need_not_be_chosen(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    made = run_module("load_balancer", {**BARE, "vip_subnet": "private"})
    again = run_module("load_balancer", {**BARE, "vip_subnet": "private"})

    assert not made.get("failed"), made["msg"]
    assert only(octavia.rows["loadbalancers"])["vip_port_id"] == only(neutron.ports).id
    assert again["changed"] is False


def test_any_that_does_as_well_is_taken(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    neutron.subnets.append(Subnet(id="s2", name="more", network_id="n1", ip_version=4))

    made = run_module("load_balancer", {**BARE, "vip_network": "private"})
    again = run_module("load_balancer", {**BARE, "vip_network": "private"})
    octavia.rows["loadbalancers"].clear()
    anew = run_module("load_balancer", {**BARE, "vip_network": "private"})

    assert not made.get("failed"), made["msg"]
    assert made["load_balancer"]["vip_subnet_id"] == anew["load_balancer"]["vip_subnet_id"] == "s2"
    assert only(neutron.ports).fixed_ips[0]["subnet_id"] == "s2"
    assert again["changed"] is False


@pytest.mark.parametrize(
    ("place", "version"),
    [({"vip_subnet": "private"}, 4), ({"vip_subnet": "private"}, 6), ({"vip_network": "private"}, 6)],
)
def test_one_of_several_cannot_be_chosen(
    octavia: Octavia, neutron: Neutron, run_module: RunModule, place: dict[str, str], version: int
) -> None:
    neutron.subnets.append(Subnet(id="s2", name="more", network_id="n1", ip_version=version))

    refused = run_module("load_balancer", {**BARE, **place})

    assert "only its owner may choose one" in refused["msg"]
    assert octavia.writes == []
    assert not neutron.ports


@pytest.mark.usefixtures("octavia")
def test_an_address_cannot_be_chosen(neutron: Neutron, run_module: RunModule) -> None:
    refused = run_module("load_balancer", {**BARE, "vip_subnet": "private", "vip_address": "10.0.0.9"})

    assert "403" in refused["msg"]
    assert not neutron.ports
