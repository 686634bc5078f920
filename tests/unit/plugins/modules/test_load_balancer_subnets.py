# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On which subnet of its network a VIP is, where nobody has said it."""

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

WANTED = {"name": "chat", "provider": CHAT["provider"], "vip_network": "private"}


def subnet(name: str, version: int = 4, **more: Any) -> Subnet:
    return Subnet(id=name, name=name, network_id="n1", ip_version=version, **more)


def without_addresses(conn: Mock, neutron: Neutron, *full: str, said: str = "No more IP addresses available") -> None:
    def create_port(**values: Any) -> Port:
        if any(place["subnet_id"] in full for place in values["fixed_ips"]):
            raise_from_response(answer({"NeutronError": {"message": f"{said} on network n1."}}, 409))
        return neutron.create_port(**values)

    conn.network.create_port.side_effect = create_port


def place_of(octavia: Octavia, neutron: Neutron) -> tuple[str, str]:
    """Where Neutron has the port, and where Octavia has the VIP."""
    return only(neutron.ports).fixed_ips[0]["subnet_id"], only(octavia.rows["loadbalancers"])["vip_subnet_id"]


def told(octavia: Octavia) -> list[str | None]:
    """The subnets that Octavia was told for each balancer it made."""
    posts = [body for method, path, body in octavia.requests if method == "POST" and path.endswith("balancers")]
    return [body["loadbalancer"].get("vip_subnet_id") for body in posts]


def test_one_for_ports_of_a_service_is_passed_over(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    neutron.subnets.insert(0, subnet("s0", service_types=["network:floatingip_agent_gateway"]))

    assert not run_module("load_balancer", WANTED).get("failed")
    assert place_of(octavia, neutron) == ("s1", "s1")


def test_the_only_one_is_asked_for(conn: Mock, octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """Where subnets belong to segments, a port gets no address of itself."""
    conn.network.create_port.side_effect = lambda **values: neutron.create_port(**{"fixed_ips": [], **values})

    assert not run_module("load_balancer", WANTED).get("failed")
    assert place_of(octavia, neutron) == ("s1", "s1")


def test_a_full_one_is_passed_over(conn: Mock, octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    neutron.subnets += [subnet("six", version=6), subnet("s2"), subnet("s3")]
    without_addresses(conn, neutron, "s1", "s2")

    made = run_module("load_balancer", WANTED)

    assert made["changed"] is True
    assert place_of(octavia, neutron) == ("s3", "s3")
    assert run_module("load_balancer", WANTED)["changed"] is False


@pytest.mark.parametrize("said", ["No more IP addresses available", "No valid service subnet for the given owner"])
@pytest.mark.parametrize("place", [{}, {"vip_subnet": "private"}])
def test_when_all_are_full_another_is_asked_for(
    conn: Mock, octavia: Octavia, neutron: Neutron, run_module: RunModule, place: dict[str, str], said: str
) -> None:
    neutron.subnets += [subnet("six", version=6), *([subnet("s2")] if place else [])]
    without_addresses(conn, neutron, "s1", said=said)

    refused = run_module("load_balancer", {**WANTED, **place})

    assert "name another subnet (of a VIP: 'vip_subnet')" in refused["msg"]
    assert "run again" not in refused["msg"]
    assert octavia.writes == []
    assert not neutron.ports


def test_a_kept_port_stays_where_it_is_although_its_subnet_is_not_shown(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    before = run_module("load_balancer", WANTED)["load_balancer"]
    neutron.subnets[:] = [subnet("s9")]
    octavia.remove(before["id"])

    after = run_module("load_balancer", WANTED)

    assert not after.get("failed"), after["msg"]
    assert after["load_balancer"]["vip_address"] == before["vip_address"]


@pytest.mark.parametrize(
    ("place", "address", "ranges"),
    [
        ({}, "10.9.0.9", "10.0.0.0/24, 10.0.1.0/24, 2001:db8::/64"),
        ({}, "2001:db9::9", "10.0.0.0/24, 10.0.1.0/24, 2001:db8::/64"),
        ({"vip_subnet": "private"}, "10.0.1.9", "10.0.0.0/24"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_an_address_of_no_subnet_is_refused_before_anything_is_written(
    octavia: Octavia,
    neutron: Neutron,
    run_module: RunModule,
    place: dict[str, str],
    address: str,
    ranges: str,
    check: bool,
) -> None:
    neutron.subnets[0].cidr = "10.0.0.0/24"
    neutron.subnets += [subnet("s2", cidr="10.0.1.0/24"), subnet("six", version=6, cidr="2001:db8::/64")]

    refused = run_module("load_balancer", {**WANTED, **place, "vip_address": address}, check=check)

    assert f"'vip_address' {address} is in no subnet that the VIP can be on ({ranges})" in refused["msg"]
    assert octavia.writes == []
    assert not neutron.ports


@pytest.mark.parametrize("address", ["10.0.1.9", "2001:db8::9"])
def test_an_address_of_any_subnet_of_the_network_will_do(
    octavia: Octavia, neutron: Neutron, run_module: RunModule, address: str
) -> None:
    neutron.subnets[0].cidr = "10.0.0.0/24"
    neutron.subnets += [subnet("s2", cidr="10.0.1.0/24"), subnet("six", version=6, cidr="2001:db8::/64")]

    made = run_module("load_balancer", {**WANTED, "vip_address": address})

    assert made["load_balancer"]["vip_address"] == address
    assert octavia.writes


@pytest.mark.parametrize("place", [{}, {"vip_subnet": "private"}])
def test_it_is_not_told_where_the_port_has_one_address(
    octavia: Octavia, run_module: RunModule, place: dict[str, str], neutron: Neutron
) -> None:
    """Clouds with Octavia's C(allow_vip_subnet_id = false) refuse it."""
    made = run_module("load_balancer", {**WANTED, **place})
    octavia.remove(made["load_balancer"]["id"])
    kept = run_module("load_balancer", {**WANTED, **place})
    octavia.remove(kept["load_balancer"]["id"])
    neutron.ports.clear()
    anew = run_module("load_balancer", {**WANTED, **place})

    assert [answer["load_balancer"]["vip_subnet_id"] for answer in (made, kept, anew)] == ["s1"] * 3
    assert told(octavia) == [None] * 3


def test_it_is_told_where_the_port_has_further_addresses(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    neutron.subnets.insert(0, subnet("six", version=6))
    wanted = {**WANTED, "vip_subnet": "private", "additional_vips": [{"subnet": "six"}]}

    made = run_module("load_balancer", wanted)["load_balancer"]
    octavia.remove(made["id"])
    kept = run_module("load_balancer", wanted)["load_balancer"]
    octavia.remove(kept["id"])
    only(neutron.ports).fixed_ips.reverse()
    again = run_module("load_balancer", wanted)["load_balancer"]

    assert {balancer["vip_port_id"] for balancer in (made, kept, again)} == {only(neutron.ports).id}
    assert [balancer["vip_subnet_id"] for balancer in (made, kept, again)] == ["s1"] * 3
    assert told(octavia) == ["s1"] * 3


@pytest.mark.parametrize("place", [{}, {"vip_address": "10.0.0.9"}])
def test_it_is_told_where_neutron_gave_the_port_more_than_was_asked_for(
    conn: Mock, octavia: Octavia, neutron: Neutron, run_module: RunModule, place: dict[str, str]
) -> None:
    """As it does on networks with a subnet whose addresses servers form themselves (SLAAC)."""
    neutron.subnets.append(subnet("six", version=6))

    def create_port(fixed_ips: list[dict[str, str]], **values: Any) -> Port:
        formed = {"subnet_id": "six", "ip_address": "2001:db8::9"}
        return neutron.create_port(fixed_ips=[formed, *fixed_ips], **values)

    conn.network.create_port.side_effect = create_port

    made = run_module("load_balancer", {**WANTED, **place})

    assert made["load_balancer"]["vip_subnet_id"] == "s1"
    assert made["load_balancer"]["vip_address"] == place.get("vip_address", "10.0.0.5")
    assert told(octavia) == ["s1"]
    assert run_module("load_balancer", {**WANTED, **place})["changed"] is False
