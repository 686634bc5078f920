# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where databases are MySQL, services list C(Chat) for C(chat), too. The project has everything under such names."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from openstack.image.v2.image import Image
from openstack.network.v2.network import Network
from openstack.network.v2.qos_policy import QoSPolicy
from openstack.network.v2.subnet import Subnet

from ..conftest import in_catalogue
from .fake_neutron import fitting
from .test_other_projects import MADE
from .world import ARGUMENTS, World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from unittest.mock import Mock

    from ..conftest import RunModule


class Alike(str):
    """A text as such a database compares it: without case, accents and blanks at the end."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return _folded(str(self)) == _folded(str(other))

    def __hash__(self) -> int:
        return hash(_folded(str(self)))


def _folded(text: str) -> str:
    return re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFD", text)).casefold().rstrip()


def _alike(query: dict[str, Any]) -> dict[str, Any]:
    return {key: Alike(value) if isinstance(value, str) else value for key, value in query.items()}


def compare_alike(conn: Mock) -> None:
    """Let the services of a cloud compare like this."""
    network = conn.network
    of_neutron = (network.ports, network.ips, network.networks, network.subnets, network.qos_policies)
    for listed in (*of_neutron, network.security_groups, conn.image.images):
        exact = listed.side_effect
        listed.side_effect = lambda exact=exact, **query: exact(**_alike(query))
    get = conn.load_balancer.get.side_effect
    conn.load_balancer.get.side_effect = lambda path, params=None: get(path, _alike(params or {}))


NAMES = ("Chat", "chat ", "ch\u00e1t")
IMAGES = ("Model-Server", "model-server", "model-server ")


def everything(world: World) -> dict[str, Any]:
    """What there is, by id."""
    rows = {key: dict(row) for kind in world.octavia.rows.values() for key, row in kind.items()}
    kept = (world.nova.servers, world.neutron.ports, world.neutron.ips, world.groups.security, world.groups.server)
    return {**rows, **{key: one.to_dict() for things in kept for key, one in things.items()}}


@pytest.fixture
def world(conn: Mock, run_module: RunModule) -> Iterator[World]:
    made = make_world(conn, "")
    conn.service_catalog = in_catalogue("load-balancer")
    # The ids of servers go on from here: the subnet has s1.
    made.nova.made = 10
    made.nova.outcome["security_groups"] = [{"name": "web"}]
    own: dict[str, Any] = {"project_id": conn.current_project_id}
    policies = [QoSPolicy(id=f"q-{name}", name=name, **own) for name in ("slow", "Slow")]
    conn.network.qos_policies.side_effect = lambda **query: fitting(policies, query)
    images = [Image(id=f"i{number}", name=name, status="active") for number, name in enumerate(IMAGES)]
    conn.image.images.side_effect = lambda **query: fitting(images, query)
    made.neutron.networks.append(Network(id="n9", name="Private", **own))
    made.neutron.subnets.append(Subnet(id="s9", name="Private", network_id="n9", ip_version=4, **own))
    made.groups.create_security(name="Web")
    pool = {"name": "Servers", "protocol": "HTTP", "members": []}
    made.octavia.create_tree({"name": "Front", "pools": [pool]})["provisioning_status"] = "ACTIVE"
    for name, arguments in MADE.items():
        for other in NAMES:
            assert run_module(name, {**arguments, "name": other})["changed"] is True
    compare_alike(conn)
    theirs = everything(made)
    yield made
    assert {key: one for key, one in everything(made).items() if key in theirs} == theirs


@pytest.mark.parametrize("name", MADE)
def test_is_made_and_removed_beside_them(name: str, world: World, run_module: RunModule) -> None:
    absent = {"name": "chat", "state": "absent"}
    assert world.neutron.ports

    for wanted in (MADE[name], absent):
        answers = [run_module(name, wanted) for _time in range(2)]
        assert [answer.get("msg") for answer in answers] == [None, None]
        assert [answer["changed"] for answer in answers] == [True, False]


@pytest.mark.parametrize("other", [*NAMES, "CHAT"])
def test_what_is_absent_removes_nothing_of_them(other: str, world: World, run_module: RunModule) -> None:
    """Neither the ports of fleets nor the address of a load balancer."""
    assert len(world.neutron.ports) > len(NAMES)
    for name in MADE:
        changed = run_module(name, {"name": other.swapcase(), "state": "absent"})["changed"]
        assert changed is False


def test_a_fleet_refers_to_what_has_its_names(world: World, run_module: RunModule) -> None:
    without = {key: value for key, value in ARGUMENTS["server_fleet"].items() if key != "boot_volume"}

    answer = run_module("server_fleet", without)

    request = world.nova.requests[-1]
    assert answer.get("msg") is None
    assert (request["image_id"], request["networks"]) == ("i1", [{"uuid": "n1"}])


def test_members_come_into_the_pool_that_has_the_name(world: World, run_module: RunModule) -> None:
    answer = run_module("pool_members", ARGUMENTS["pool_members"])

    (row,) = [row for row in world.octavia.rows["members"].values() if row["address"] == "::1"]
    assert answer.get("msg") is None
    assert world.octavia.rows["pools"][row["owner"]]["name"] == "servers"


def test_information_is_about_what_has_the_name(world: World, run_module: RunModule) -> None:
    balancers = run_module("load_balancer_info", {"name": "CHAT"})["load_balancers"]
    pools = run_module("pool_members_info", {"pool": "servers"})["pools"]
    left = run_module("service_info", {"name": "CHAT"})["load_balancers"]

    assert balancers == []
    assert [pool["name"] for pool in pools] == ["servers"]
    assert "CHAT" not in [one["service"] for one in left]
    assert len(world.octavia.rows["loadbalancers"]) > len(NAMES)
