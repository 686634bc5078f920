# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody made by hand or with another tool, where the module has or wants something of the same name."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import ABSENT, CHAT, only
from .test_load_balancer_guests import guest

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

SHOP: dict[str, Any] = {
    "name": "chat",
    "tags": ["terraform"],
    "vip_port_id": "theirs",
    "listeners": [{"name": "shop", "protocol": "HTTP", "protocol_port": 443, "default_pool": {"name": "shop"}}],
    "pools": [{"name": "shop", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"}],
}


def shop(octavia: Octavia, status: str = "ACTIVE") -> None:
    """Somebody makes a load balancer that has the name of a service."""
    octavia.create_tree(copy.deepcopy(SHOP))["provisioning_status"] = status


def test_a_second_pool_of_a_name_is_refused(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """Octavia allows it. Neither of them is then known by its name, and both would be taken for undeclared."""
    made = run_module("load_balancer", CHAT)["load_balancer"]
    octavia.add("pools", name="replicas", protocol="HTTP", lb_algorithm="ROUND_ROBIN", loadbalancer_id=made["id"])
    assert neutron.ports
    octavia.requests.clear()

    answer = run_module("load_balancer", CHAT)

    ids = ", ".join(octavia.rows["pools"])
    assert f"several pools are named 'replicas' ({ids}); rename or delete all but one" in answer["msg"]
    assert octavia.writes == []
    unmanaged = {key: value for key, value in CHAT.items() if key != "pools"}
    unmanaged["listeners"] = [{key: value for key, value in CHAT["listeners"][0].items() if key != "default_pool"}]
    assert run_module("load_balancer", unmanaged)["changed"] is False
    assert only(octavia.rows["listeners"])["default_pool_id"] == made["pools"][0]["id"]


@pytest.mark.parametrize("wanted", [CHAT, ABSENT])
def test_a_second_load_balancer_of_a_name_is_refused(
    wanted: dict[str, Any], octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """Two runs at the same time make one each, and nobody but the user knows which one clients ask."""
    run_module("load_balancer", CHAT)
    octavia.create_tree({"name": "chat", "tags": ["model_serving.load_balancer=chat"], "vip_port_id": "other"})
    assert neutron.ports
    octavia.requests.clear()

    answer = run_module("load_balancer", wanted)

    ids = ", ".join(octavia.rows["loadbalancers"])
    assert answer["msg"] == f"2 load balancers are named 'chat' ({ids}); delete or rename all but one"
    assert octavia.writes == []


@pytest.mark.parametrize("wanted", [CHAT, ABSENT, guest("b")])
def test_the_address_of_one_that_was_renamed_stays_with_it(
    wanted: dict[str, Any], octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """Octavia takes a second load balancer on a VIP port, and Neutron lets the port be deleted."""
    made = run_module("load_balancer", CHAT)["load_balancer"]
    only(octavia.rows["loadbalancers"])["name"] = "shop"
    octavia.requests.clear()

    answer = run_module("load_balancer", wanted)

    assert f"in use by load balancer 'shop' ({made['id']}), which may have been renamed" in answer["msg"]
    assert f"'openstack loadbalancer set --name chat {made['id']}'" in answer["msg"]
    assert octavia.writes == []
    assert len(neutron.ports) == len(neutron.ips) == 1
    only(octavia.rows["loadbalancers"])["name"] = "chat"
    assert run_module("load_balancer", CHAT)["changed"] is False


@pytest.mark.parametrize("status", ["ACTIVE", "ERROR"])
def test_a_load_balancer_of_somebody_else_is_not_removed(
    status: str, octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """A service that was never deployed, or whose name is mistyped."""
    shop(octavia, status)

    answer = run_module("load_balancer", ABSENT)

    assert answer["changed"] is False
    assert octavia.writes == []
    assert "stays, because the module did not make it: it has no tag 'model_serving." in answer["warnings"][0]
    assert answer["load_balancer"]["listeners"][0]["name"] == "shop"
    assert not neutron.ports


def test_what_a_service_added_to_a_load_balancer_of_somebody_else_goes(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    shop(octavia)
    shared = {"name": "shop", "protocol": "HTTP", "members": [{"address": "10.0.0.31", "protocol_port": 80}]}
    wanted = {key: value for key, value in CHAT.items() if key != "vip_subnet"}
    before = run_module("load_balancer_info", {"name": "chat"})
    made = run_module("load_balancer", {**wanted, "pools": [*CHAT["pools"], shared]})
    assert made["changed"] is True
    assert "was made by somebody else: it has no tag 'model_serving." in made["warnings"][0]
    assert "leaves the rest as it is" in made["warnings"][0]
    assert (len(octavia.rows["pools"]), len(octavia.rows["members"]), len(neutron.ips)) == (2, 2, 1)

    assert run_module("load_balancer", {**ABSENT, "keep_address": True})["changed"] is True
    assert len(neutron.ips) == 1
    assert run_module("load_balancer", ABSENT)["changed"] is True

    assert run_module("load_balancer_info", {"name": "chat"}) == before
    assert not neutron.ips
    assert run_module("load_balancer", ABSENT)["changed"] is False


def test_what_is_purged_of_a_load_balancer_of_somebody_else_is_not_said_to_stay(
    octavia: Octavia, run_module: RunModule
) -> None:
    shop(octavia)
    wanted = {key: value for key, value in CHAT.items() if key != "vip_subnet"}

    answer = run_module("load_balancer", {**wanted, "purge": True}, check=True)

    assert any("removes what is not, as 'purge' says" in warning for warning in answer["warnings"]), answer
    assert [row["name"] for row in octavia.rows["listeners"].values()] == ["shop"]


def test_the_last_guest_does_not_remove_a_load_balancer_of_somebody_else(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    shop(octavia)
    assert not neutron.ports
    guest = {"name": "chat", "service": "b", "pools": [{"name": "b", "protocol": "HTTP"}]}
    run_module("load_balancer", guest)

    run_module("load_balancer", ABSENT)
    run_module("load_balancer", {**ABSENT, "service": "b"})

    assert only(octavia.rows["loadbalancers"])["tags"] == ["terraform"]
    assert [pool["name"] for pool in octavia.rows["pools"].values()] == ["shop"]
