# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks with subnets of IPv4 and of IPv6, on which a replica has an address of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.network.v2.network import Network
from openstack.network.v2.subnet import Subnet

from .fake_heat import CHAT
from .fleet_behind_pool import CHAT as FLEET
from .fleet_behind_pool import POOL

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_heat import Heat
    from .fake_octavia import Octavia

NAMED = {**CHAT, "networks": [{"network": "private", "subnet": "v4"}]}


@pytest.mark.parametrize("addresses", [["fd00::1", "10.0.0.9"], ["10.0.0.9", "fd00::1"]])
def test_members_of_a_fleet_have_the_address_of_ipv4(
    pool: Octavia, nova: Nova, run_module: RunModule, addresses: list[str]
) -> None:
    both = {"private": [{"addr": address, "OS-EXT-IPS:type": "fixed"} for address in addresses]}
    nova.outcome = {"status": "ACTIVE", "addresses": both}

    run_module("server_fleet", {**FLEET, "replicas": 1})

    assert [row["address"] for row in pool.members(POOL)] == ["10.0.0.9"]


@pytest.fixture
def subnets(conn: Mock, heat: Heat) -> list[Subnet]:
    """The subnets of the network that the group is on."""
    assert heat.writes == []
    found = [
        Subnet(id="s6", name="v6", ip_version=6, ipv6_address_mode="dhcpv6-stateful"),
        Subnet(id="s4", name="v4", ip_version=4),
    ]
    conn.network.networks.side_effect = lambda **query: (
        [Network(id="n1", name="private", subnet_ids=[one.id for one in found], is_shared=True)]
        * (query.get("name") == "private")
    )
    conn.network.subnets.side_effect = lambda **query: found * (query == {"network_id": "n1"})
    return found


@pytest.mark.usefixtures("subnets")
@pytest.mark.parametrize("check", [True, False])
def test_a_new_group_is_refused_before_anything_is_written(heat: Heat, run_module: RunModule, check: bool) -> None:
    answer = run_module("autoscaling_group", CHAT, check=check)

    assert "addresses of IPv4 and of IPv6" in answer["msg"]
    assert "name the subnet of IPv4: networks: [{network: private, subnet: v4}]" in answer["msg"]
    assert heat.writes == []


@pytest.mark.usefixtures("subnets")
def test_the_subnet_that_is_named_is_used(heat: Heat, run_module: RunModule) -> None:
    answer = run_module("autoscaling_group", NAMED)

    assert answer["changed"] is True
    (replica,) = [text for name, text in heat.files.items() if name.startswith("replica-")]
    assert '"subnet": "s4"' in replica


def test_an_address_that_each_port_gets_is_refused_whatever_is_named(
    heat: Heat, subnets: list[Subnet], run_module: RunModule
) -> None:
    subnets[0] = Subnet(id="s6", name="v6", ip_version=6, ipv6_ra_mode="slaac")

    answer = run_module("autoscaling_group", NAMED)

    assert "each port gets an address of 'v6': put another network first" in answer["msg"]
    assert heat.writes == []


@pytest.mark.parametrize("change", [{"pools": []}, {"networks": ["private"]}])
def test_subnets_are_listed_only_when_in_doubt(
    conn: Mock, subnets: list[Subnet], run_module: RunModule, change: dict[str, Any]
) -> None:
    """Without members nobody needs the address, and one subnet has one family."""
    if "networks" in change:
        del subnets[0]

    assert run_module("autoscaling_group", {**CHAT, **change})["changed"] is True

    conn.network.subnets.assert_not_called()


def test_a_group_that_is_there_goes_on_until_its_replicas_are_replaced(
    conn: Mock, heat: Heat, subnets: list[Subnet], run_module: RunModule
) -> None:
    later = subnets.pop(0)
    run_module("autoscaling_group", CHAT)
    subnets.insert(0, later)

    assert run_module("autoscaling_group", CHAT)["changed"] is False
    assert run_module("autoscaling_group", {**CHAT, "max_size": 9})["changed"] is True
    assert heat.stack is not None
    heat.stack["stack_status"] = "UPDATE_FAILED"
    assert run_module("autoscaling_group", {**CHAT, "max_size": 9})["changed"] is True
    conn.network.subnets.assert_not_called()

    heat.writes.clear()
    assert "name the subnet" in run_module("autoscaling_group", {**CHAT, "user_data": "#cloud-config\nnew: 1\n"})["msg"]
    assert heat.writes == []
    conn.network.subnets.assert_called_once()
