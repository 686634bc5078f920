# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Administrators are told about all projects, and another one has all that modules make, under the same names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from openstack.exceptions import DuplicateResource, raise_from_response
from openstack.image.v2.image import Image
from openstack.image.v2.member import Member
from openstack.network.v2.network import Network
from openstack.network.v2.qos_policy import QoSPolicy
from openstack.network.v2.subnet import Subnet

from ..conftest import FakeConnection, in_catalogue
from ..documentation import MODULES
from .answers import answer
from .fake_neutron import fitting
from .world import ARGUMENTS, World, heat, make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from unittest.mock import Mock

    from ..conftest import RunModule

THEM = "theirs"
MADE: dict[str, dict[str, Any]] = {
    "security_group": {"name": "chat"},
    "server_group": ARGUMENTS["server_group"],
    "server_fleet": {**ARGUMENTS["server_fleet"], "networks": [{"network": "private", "fixed_ports": True}]},
    "load_balancer": {
        **ARGUMENTS["load_balancer"],
        "vip_network": "private",
        "vip_security_groups": ["web"],
        "vip_qos_policy": "slow",
    },
}
INFO = [name for name in MODULES if name.endswith("_info") and name != "traffic_info"]
SCOPES = {"project_id", "network_id", "port_id", "load_balancer_id", "loadbalancer_id"}
"""What lists are selected by of which other projects have nothing to show."""


def of(world: World, project: str) -> dict[str, Any]:
    """What a project has, by id."""
    rows = {key: dict(row) for kind in world.octavia.rows.values() for key, row in kind.items()}
    kept = (world.nova.servers, world.neutron.ports, world.neutron.ips, world.groups.security, world.groups.server)
    every = {**rows, **{key: one.to_dict() for things in kept for key, one in things.items()}}
    return {key: one for key, one in every.items() if one["project_id"] == project}


def unscoped(conn: Mock, world: World) -> Iterator[Any]:
    """Lists that another project's things may be in."""
    for method, path, query in world.octavia.requests:
        if method == "GET" and path.count("/") == 2 and not SCOPES & query.keys():
            yield path, query
    listed = (conn.network.ports, conn.network.ips, conn.network.security_groups, conn.load_balancer.load_balancers)
    for call in [call for each in listed for call in each.call_args_list]:
        # By id, something is looked at again that is known to be the project's.
        if not {"id", *SCOPES} & call.kwargs.keys():
            yield call


@pytest.fixture
def world(conn: Mock, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = make_world(conn, "")
    conn.service_catalog = in_catalogue("load-balancer")
    # The ids of servers go on from here: the subnet has s1.
    made.nova.made = 10
    made.nova.outcome["security_groups"] = [{"name": "web"}]
    policies = [QoSPolicy(id=f"q-{whose}", name="slow", project_id=whose) for whose in (conn.current_project_id, THEM)]
    conn.network.qos_policies.side_effect = lambda **query: fitting(policies, query)
    made.neutron.networks.append(Network(id="n9", name="private", project_id=THEM, is_port_security_enabled=True))
    made.neutron.subnets.append(Subnet(id="s9", name="private", network_id="n9", ip_version=4, project_id=THEM))
    with monkeypatch.context() as them:
        them.setattr(FakeConnection, "current_project_id", THEM)
        made.found()
        made.neutron.create_ip(floating_network_id="n2", floating_ip_address="192.0.2.99")
        for name, arguments in MADE.items():
            assert run_module(name, arguments)["changed"] is True
    theirs = of(made, THEM)
    assert len(theirs) > len(MADE)
    yield made
    assert of(made, THEM) == theirs
    assert not [*unscoped(conn, made)]


@pytest.fixture
def run(world: World, run_module: RunModule) -> Callable[..., dict[str, Any]]:
    """Run a module, which must show nothing that the other project has."""
    theirs = of(world, THEM)

    def run_one(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = run_module(name, arguments)
        assert answer.get("msg") is None
        assert theirs.keys().isdisjoint(re.findall(r"[\w-]+", str(answer)))
        return answer

    return run_one


@pytest.mark.parametrize("name", [*MADE, "autoscaling_group"])
def test_is_made_and_removed_beside_the_namesake(name: str, conn: Mock, run: Callable[..., dict[str, Any]]) -> None:
    if name == "autoscaling_group":
        heat(conn)
    arguments = MADE.get(name, ARGUMENTS[name])

    absent = {"name": arguments["name"], "state": "absent"}
    for wanted in (arguments, absent):
        assert [run(name, wanted)["changed"] for _time in range(2)] == [True, False]


@pytest.mark.parametrize("name", INFO)
def test_is_not_shown(name: str, run: Callable[..., dict[str, Any]]) -> None:
    for arguments in (ARGUMENTS[name], {}):
        run(name, arguments)
    for maker, arguments in MADE.items():
        run(maker, arguments)
    for arguments in (ARGUMENTS[name], {}):
        run(name, arguments)


@pytest.mark.parametrize(
    ("name", "wanted", "missing"),
    [
        ("load_balancer", {"vip_security_groups": ["chat"]}, "security group 'chat'"),
        ("load_balancer", {"floating_ip_network": None, "floating_ip_address": "192.0.2.99"}, "floating IP 192.0.2.99"),
        ("security_group", {"name": "mine", "rules": [{"remote_group": "chat"}]}, "security group 'chat'"),
        ("server_fleet", {"security_groups": ["chat"]}, "security group 'chat'"),
        ("server_fleet", {"networks": [{"network": "private", "ports": ["chat-port-1"]}]}, "port 'chat-port-1'"),
    ],
)
@pytest.mark.usefixtures("world")
def test_is_not_used(name: str, wanted: dict[str, Any], missing: str, run_module: RunModule) -> None:
    assert f"there is no {missing}" in run_module(name, {**ARGUMENTS[name], **wanted})["msg"]


@pytest.mark.parametrize(
    ("name", "option", "kind"),
    [("load_balancer_info", "name", "loadbalancers"), ("pool_members_info", "pool", "pools")],
)
def test_is_not_shown_by_its_id(name: str, option: str, kind: str, world: World, run_module: RunModule) -> None:
    row_id = str(UUID(int=1))
    row = next(row for row in world.octavia.rows[kind].values() if row["project_id"] == THEM)
    world.octavia.rows[kind][row_id] = {**row, "id": row_id, "project_id": "third"}

    answer = run_module(name, {option: row_id})

    # An older ansible-core always repeats what a module was asked.
    assert row_id not in str({key: value for key, value in answer.items() if key != "invocation"})


@pytest.mark.parametrize(
    ("others", "used"),
    [
        ({"i1": ("p1", "private"), "i2": (THEM, "private"), "i3": (THEM, "public"), "i4": (THEM, "shared")}, "i1"),
        ({"i2": (THEM, "private"), "i3": (THEM, "public")}, "i3"),
        ({"i2": (THEM, "private"), "i4": (THEM, "shared")}, "i4"),
        ({"i2": (THEM, "private")}, "there is no image 'model-server'"),
        # Shared, but with others, or not taken on.
        ({"i5": (THEM, "shared"), "i6": (THEM, "shared")}, "there is no image 'model-server'"),
        ({"i4": (THEM, "shared"), "i5": (THEM, "shared")}, "i4"),
        (
            {"i3": (THEM, "public"), "i4": ("third", "community")},
            "2 images are named 'model-server' (i3, i4); give the id of the one that is meant",
        ),
        (
            {"i1": ("p1", "shared"), "i0": ("p1", "private"), "i3": (THEM, "public")},
            "2 images are named 'model-server' (i1, i0); give the id of the one that is meant",
        ),
    ],
)
def test_images_of_the_project_go_before_those_it_may_use(
    conn: Mock, run_module: RunModule, others: dict[str, tuple[str, str]], used: str
) -> None:
    nova = make_world(conn, "").nova
    images = [
        Image(id=key, name="model-server", status="active", owner=owner, visibility=visibility)
        for key, (owner, visibility) in others.items()
    ]
    conn.image.images.side_effect = lambda **query: fitting(images, query)
    members = {"i4": ("p1", "accepted"), "i5": ("p1", "pending"), "i6": ("third", "accepted")}
    conn.image.members.side_effect = lambda image: [Member(member_id=members[image][0], status=members[image][1])]
    # The SDK looks for names, too, and among the images of all projects.
    conn.image.find_image.side_effect = DuplicateResource
    without = {key: value for key, value in ARGUMENTS["server_fleet"].items() if key != "boot_volume"}

    answer = run_module("server_fleet", without)

    assert {answer.get("msg") or request["image_id"] for request in nova.requests or [{}]} == {used}
    assert conn.image.images.call_count == 1
    foreign = [one for one, (_owner, visibility) in others.items() if visibility == "shared" and one in members]
    assert conn.image.members.call_count == (0 if "i1" in others else len(foreign))


def test_glance_tells_users_only_of_images_that_they_may_use(conn: Mock, run_module: RunModule) -> None:
    """It may forbid them to see with whom an image is shared."""
    nova = make_world(conn, "").nova
    image = Image(id="i4", name="model-server", status="active", owner=THEM, visibility="shared")
    conn.image.images.side_effect = lambda **query: fitting([image], query)
    conn.image.members.side_effect = lambda _image: raise_from_response(answer({}, 403))
    without = {key: value for key, value in ARGUMENTS["server_fleet"].items() if key != "boot_volume"}

    assert run_module("server_fleet", without).get("msg") is None
    assert {request["image_id"] for request in nova.requests} == {"i4"}


@pytest.mark.parametrize(
    ("name", "wanted", "missing"),
    [
        ("server_fleet", {"networks": [{"network": "lab"}]}, "network 'lab'"),
        ("load_balancer", {"vip_subnet": None, "vip_network": "lab"}, "network 'lab'"),
        ("load_balancer", {"floating_ip_network": "lab"}, "network 'lab'"),
        ("load_balancer", {"vip_subnet": "lab"}, "subnet 'lab'"),
        ("load_balancer", {"vip_qos_policy": "lab"}, "QoS policy 'lab'"),
    ],
)
def test_what_others_have_for_themselves_is_not_found_by_its_name(
    conn: Mock, run_module: RunModule, name: str, wanted: dict[str, Any], missing: str
) -> None:
    made = make_world(conn, "")
    network = Network(id="n8", name="lab", project_id=THEM, is_port_security_enabled=True)
    policy = QoSPolicy(id="q8", name="lab", project_id=THEM)
    made.neutron.networks.append(network)
    made.neutron.subnets.append(Subnet(id="s8", name="lab", network_id="n8", ip_version=4, project_id=THEM))
    conn.network.qos_policies.side_effect = lambda **query: fitting([policy], query)
    arguments = {key: one for key, one in {**ARGUMENTS[name], **wanted}.items() if one is not None}

    assert f"there is no {missing}" in run_module(name, arguments, check=name == "server_fleet")["msg"]

    # Neutron says of what is shared by its rules, too, that it is shared, to those with whom it is.
    network._update(is_shared=True)
    policy._update(is_shared=True)
    assert f"there is no {missing}" not in run_module(name, arguments, check=True).get("msg", "")
