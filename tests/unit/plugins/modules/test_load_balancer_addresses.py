# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What outlives a load balancer: VIP port and floating IP, and the balancer itself when it is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.network.v2.subnet import Subnet

from .fake_octavia import ABSENT, CHAT, only, response

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


def test_balancer_in_error_is_made_again_with_its_addresses(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """The nearest peer reports a balancer in ERROR as fine."""
    before = run_module("load_balancer", CHAT)["load_balancer"]
    only(octavia.rows["members"])["weight"] = 7
    octavia.add("pools", name="of-somebody", protocol="TCP", lb_algorithm="ROUND_ROBIN", loadbalancer_id=before["id"])
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"

    after = run_module("load_balancer", {"name": "chat"})["load_balancer"]

    assert after["id"] != before["id"]
    assert after["provisioning_status"] == "ACTIVE"
    for address in ("vip_port_id", "vip_address", "floating_ip_id", "floating_ip_address"):
        assert after[address] == before[address]
    assert len(neutron.ports) == 1
    assert [pool["name"] for pool in after["pools"]] == ["of-somebody", "replicas"]
    assert after["pools"][1]["members"][0]["weight"] == 7


def test_balancer_that_goes_into_error_is_made_again(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    octavia.outcomes = ["ERROR"]

    answer = run_module("load_balancer", CHAT)

    assert answer["load_balancer"]["provisioning_status"] == "ACTIVE"
    assert "its status is ERROR" in answer["warnings"][0]
    assert [method for method, path in octavia.writes if "loadbalancers" in path] == ["POST", "DELETE", "POST"]
    assert len(octavia.rows["loadbalancers"]) == len(neutron.ports) == len(neutron.ips) == 1


def test_balancer_that_always_goes_into_error_fails_the_run(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    octavia.outcomes = ["ERROR"] * 5

    answer = run_module("load_balancer", CHAT)

    assert answer["failed"] is True
    assert "its status is ERROR" in answer["msg"]
    assert "next run" in answer["msg"]
    assert len(neutron.ports) == 1


def test_port_that_a_provider_deletes_is_made_again_with_its_address(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """Older versions of the provider ovn delete every VIP port with the balancer."""
    before = run_module("load_balancer", CHAT)["load_balancer"]
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"
    octavia.after = lambda row: neutron.ports.clear() if row["provisioning_status"] == "PENDING_DELETE" else None

    after = run_module("load_balancer", CHAT)["load_balancer"]

    assert after["vip_port_id"] != before["vip_port_id"]
    assert only(neutron.ports).id == after["vip_port_id"]
    assert only(neutron.ports).fixed_ips == [{"subnet_id": "s1", "ip_address": before["vip_address"]}]


def test_port_that_a_provider_claimed_is_freed(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """Octavia refuses a VIP port that has a device."""
    arguments = {"name": "chat", "provider": "ovn", "vip_subnet": "private", "floating_ip_network": "public"}
    run_module("load_balancer", arguments)
    port = only(neutron.ports)
    assert port.name == "ovn-lb-vip-loadbalancer1"
    port._update(device_id="lb-loadbalancer1", device_owner="ovn-lb:vip")

    run_module("load_balancer", {"name": "chat", "state": "absent", "keep_address": True})

    assert (port.name, port.device_id, port.device_owner) == ("chat-vip", "", "")
    assert not octavia.rows["loadbalancers"]


def test_balancer_deleted_by_hand_is_made_again(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    before = run_module("load_balancer", CHAT)["load_balancer"]
    octavia.remove(before["id"])

    after = run_module("load_balancer", CHAT)["load_balancer"]

    assert (after["vip_port_id"], after["floating_ip_id"]) == (before["vip_port_id"], before["floating_ip_id"])
    assert len(neutron.ports) == len(neutron.ips) == 1


def test_run_after_an_interruption_goes_on_with_what_is_there(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    octavia.refuse = lambda method, _path: response(500, {"faultstring": "no"}) if method == "POST" else None
    assert run_module("load_balancer", CHAT)["failed"] is True
    octavia.refuse = lambda _method, _path: None

    run_module("load_balancer", CHAT)

    assert len(neutron.ports) == len(neutron.ips) == len(octavia.rows["loadbalancers"]) == 1


def test_removes_all_it_made(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    run_module("load_balancer", CHAT)

    answer = run_module("load_balancer", ABSENT)

    assert answer["changed"] is True
    assert answer["load_balancer"] is None
    assert not any((octavia.rows["loadbalancers"], neutron.ports, neutron.ips))
    assert run_module("load_balancer", ABSENT)["changed"] is False


def test_keeps_the_addresses_for_the_next_one(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    before = run_module("load_balancer", CHAT)["load_balancer"]

    run_module("load_balancer", {**ABSENT, "keep_address": True})
    assert not octavia.rows["loadbalancers"]
    tcp = {
        "listeners": [{**CHAT["listeners"][0], "protocol": "TCP"}],
        "pools": [{"name": "replicas", "protocol": "TCP"}],
    }
    after = run_module("load_balancer", {**CHAT, **tcp, "provider": "ovn"})["load_balancer"]

    assert after["provider"] == "ovn"
    assert (after["vip_port_id"], after["floating_ip_id"]) == (before["vip_port_id"], before["floating_ip_id"])
    assert len(neutron.ports) == len(neutron.ips) == 1


def test_floating_ip_of_somebody_else_is_used_and_not_deleted(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    given = neutron.create_ip(floating_network_id="n2", description="of mine", floating_ip_address="192.0.2.99")

    answer = run_module("load_balancer", {**CHAT, "floating_ip_address": "192.0.2.99"})
    assert answer["load_balancer"]["floating_ip_address"] == "192.0.2.99"
    run_module("load_balancer", ABSENT)

    assert list(neutron.ips) == [given.id]
    assert not octavia.rows["loadbalancers"]


def test_empty_network_removes_the_floating_ip(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    run_module("load_balancer", CHAT)

    answer = run_module("load_balancer", {**CHAT, "floating_ip_network": ""})

    assert answer["load_balancer"]["floating_ip_address"] is None
    assert not neutron.ips
    assert octavia.rows["loadbalancers"]


@pytest.mark.parametrize("second", [{"name": "six", "ip_version": 6}, {"name": "four", "ip_version": 4}])
def test_a_network_with_several_subnets(
    second: dict[str, Any], octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """Octavia refuses a port with two addresses when it is not told which one is the VIP's, so it gets one."""
    neutron.subnets.insert(second["ip_version"] == 4, Subnet(id="s2", network_id="n1", **second))
    wanted = {key: value for key, value in CHAT.items() if key != "vip_subnet"} | {"vip_network": "private"}

    made = run_module("load_balancer", wanted)
    again = run_module("load_balancer", wanted)
    octavia.rows["loadbalancers"].clear()
    anew = run_module("load_balancer", wanted)

    posts = [body for method, path, body in octavia.requests if method == "POST" and path.endswith("/loadbalancers")]
    assert [body["loadbalancer"].get("vip_subnet_id") for body in posts] == [None, None]
    assert made["load_balancer"]["vip_subnet_id"] == anew["load_balancer"]["vip_subnet_id"] == "s1"
    assert only(neutron.ports).fixed_ips == [{"subnet_id": "s1", "ip_address": "10.0.0.5"}]
    assert again["changed"] is False
    assert made["load_balancer"]["vip_address"] == anew["load_balancer"]["vip_address"]


def test_a_subnet_that_came_later_does_not_keep_a_lost_balancer_from_coming_back(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    wanted = {key: value for key, value in CHAT.items() if key != "vip_subnet"} | {"vip_network": "private"}
    before = run_module("load_balancer", wanted)["load_balancer"]
    neutron.subnets.insert(0, Subnet(id="s0", name="later", network_id="n1", ip_version=4))
    octavia.remove(before["id"])

    after = run_module("load_balancer", wanted)["load_balancer"]

    for place in ("vip_port_id", "vip_subnet_id", "vip_address", "floating_ip_id"):
        assert after[place] == before[place]
    run_module("load_balancer", {**ABSENT, "keep_address": True})
    elsewhere = run_module("load_balancer", {**wanted, "vip_subnet": "later"})
    assert "the kept VIP port 'chat-vip'" in elsewhere["msg"]
    assert "has 'vip_subnet' s1, not s0" in elsewhere["msg"]


def test_nor_does_it_keep_one_from_coming_back_whose_port_went_with_it(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """As the provider ovn does it when somebody deletes the balancer; the address is noted."""
    wanted = {"name": "chat", "provider": "ovn", "vip_network": "private", "floating_ip_network": "public"}
    before = run_module("load_balancer", wanted)["load_balancer"]
    neutron.subnets.insert(0, Subnet(id="s0", network_id="n1", ip_version=4))
    octavia.remove(before["id"])
    neutron.ports.clear()
    only(neutron.ips)._update(port_id=None)
    after = run_module("load_balancer", wanted)["load_balancer"]

    # Neutron refuses another subnet.
    assert only(neutron.ports).fixed_ips == [{"subnet_id": "s1", "ip_address": before["vip_address"]}]
    assert after["floating_ip_id"] == before["floating_ip_id"]


def test_a_network_without_a_subnet_is_told_and_keeps_no_port(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    neutron.subnets.clear()

    answer = run_module("load_balancer", {"name": "chat", "vip_network": "private"})

    assert "Could not create VIP port 'chat-vip': Neutron gave it no address in network n1" in answer["msg"]
    assert octavia.writes == []
    assert not neutron.ports


def test_a_port_without_an_address_is_replaced(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """A run was killed before it removed the port, and the network has got a subnet since."""
    left = neutron.create_port(
        name="chat-vip", description="model_serving.load_balancer=chat", network_id="n1", fixed_ips=[]
    )

    answer = run_module("load_balancer", CHAT)

    assert answer["actions"][0] == f"delete VIP port 'chat-vip' ({left.id})"
    assert only(octavia.rows["loadbalancers"])["vip_port_id"] == only(neutron.ports).id != left.id
    assert run_module("load_balancer", CHAT)["changed"] is False
