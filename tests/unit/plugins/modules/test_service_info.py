# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module service_info: everything of a service and its further fleets, nothing of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server_group import ServerGroup
from openstack.network.v2.security_group import SecurityGroup

from ..conftest import in_catalogue
from .fake_heat import CHAT as GROUP
from .fake_octavia import CHAT as BALANCER
from .fleet_options import OPTIONS as FLEET
from .world import heat

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

GUEST: dict[str, Any] = {
    "name": "chat",
    "service": "letters",
    "pools": [{"name": "letters", "protocol": "HTTP", "members": []}],
    "listeners": [{"name": "http", "protocol": "HTTP", "protocol_port": 80, "l7policies": []}],
}
KINDS = ("fleets", "groups", "security_groups", "server_groups")


def names(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {kind: [one.get("fleet") or one["name"] for one in answer[kind]] for kind in KINDS}


@pytest.fixture
def services(conn: Mock, nova: Nova, octavia: Octavia, run_module: RunModule) -> None:
    assert not octavia.requests
    run_module("server_fleet", FLEET)
    heat(conn)
    run_module("autoscaling_group", GROUP)
    of_heat = conn.compute.servers.side_effect
    conn.compute.servers.side_effect = lambda **query: [*nova.list(**query), *of_heat(**query)]
    nova.add(id="x1", name="x", status="ACTIVE", metadata={"model_serving.service": "chat.tiny"})
    nova.add(id="x2", name="y", status="ACTIVE", metadata={"model_serving.service": "chats"})
    conn.network.security_groups.return_value = [
        SecurityGroup(id="sg1", name="web", tags=["mine"], security_group_rules=[]),
        SecurityGroup(id="sg2", name="a", tags=["mine", "model_serving.service=chat"], security_group_rules=[]),
        SecurityGroup(id="sg3", name="b", tags=["model_serving.service=search"], security_group_rules=[]),
    ]
    conn.compute.server_groups.return_value = [
        ServerGroup(id="g1", name="model_serving.chat", policy="anti-affinity", member_ids=["s1"]),
        ServerGroup(id="g2", name="model_serving.chat.tiny", policy="anti-affinity", member_ids=[]),
        ServerGroup(id="g5", name="model_serving.chat_2", policy="anti-affinity", member_ids=[]),
        ServerGroup(id="g6", name="model_serving.chat-2", policy="anti-affinity", member_ids=[]),
        ServerGroup(id="g3", name="model_serving.search", policy="anti-affinity", member_ids=[]),
        ServerGroup(id="g4", name="chat", policy="anti-affinity", member_ids=[]),
    ]


@pytest.mark.usefixtures("services")
def test_of_one_service(run_module: RunModule) -> None:
    found = run_module("service_info", {"name": "chat"})
    assert names(found) == {
        "fleets": ["chat", "chat.tiny"],
        "groups": ["chat"],
        "security_groups": ["chat"],
        "server_groups": ["chat", "chat.tiny", "chat"],
    }
    assert found["security_groups"] == [{"id": "sg2", "name": "a", "fleet": "chat"}]
    assert found["fleets"] == run_module("server_fleet_info")["fleets"][:2]
    listed = run_module("autoscaling_group_info")["groups"]
    assert found["groups"] == [{**group, "other_user": None} for group in listed]


@pytest.mark.usefixtures("services")
def test_of_all_services(run_module: RunModule) -> None:
    assert names(run_module("service_info")) == {
        "fleets": ["chat", "chat.tiny", "chats"],
        "groups": ["chat"],
        "security_groups": ["chat", "search"],
        "server_groups": ["chat", "chat.tiny", "chat", "chat-2", "search"],
    }


@pytest.mark.usefixtures("services")
def test_of_groups_whose_stack_is_gone(nova: Nova, run_module: RunModule) -> None:
    assert run_module("service_info", {"name": "chat"})["groups_without_stack"] == []
    for number, group in enumerate(("chat", "chat.gone", "chat.gone", "chats"), start=1):
        metadata = {"model_serving.autoscaling_group": group}
        nova.add(id=f"f{number}", name=f"forgotten-{number}", status="ERROR", metadata=metadata)

    found = run_module("service_info", {"name": "chat"})

    (gone,) = found["groups_without_stack"]
    assert (gone["name"], [replica["id"] for replica in gone["replicas"]]) == ("chat.gone", ["f2", "f3"])
    assert [group["name"] for group in found["groups"]] == ["chat"]
    assert len(run_module("service_info")["groups_without_stack"]) == 2


@pytest.mark.usefixtures("services")
def test_asks_for_each_kind_once(conn: Mock, run_module: RunModule) -> None:
    conn.compute.reset_mock()
    run_module("service_info")
    assert conn.compute.servers.call_count == 1
    assert conn.compute.server_groups.call_count == 1


@pytest.mark.usefixtures("services")
def test_of_none(run_module: RunModule) -> None:
    assert names(run_module("service_info", {"name": "cha"})) == {kind: [] for kind in KINDS}


@pytest.fixture
def balancers(conn: Mock, octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """Two balancers of services, a guest on the first, and one of somebody else."""
    conn.service_catalog = in_catalogue("load-balancer")
    conn.compute.servers.return_value = []
    conn.compute.server_groups.return_value = []
    conn.network.security_groups.return_value = []
    assert not neutron.ports
    for tree in (BALANCER, GUEST, {**BALANCER, "name": "letters", "vip_address": "10.0.0.6"}):
        assert run_module("load_balancer", tree)["changed"] is True
    octavia.add("loadbalancers", name="mine", tags=[])


def whose(answer: dict[str, Any]) -> list[tuple[str, str, bool, list[str]]]:
    return [(one["name"], one["service"], one["owner"], one["pools"]) for one in answer["load_balancers"]]


@pytest.mark.usefixtures("balancers")
def test_says_whose_the_load_balancers_are(octavia: Octavia, run_module: RunModule) -> None:
    octavia.requests.clear()
    found = run_module("service_info")
    assert whose(found) == [
        ("chat", "chat", True, ["replicas"]),
        ("chat", "letters", False, ["letters"]),
        ("letters", "letters", True, ["replicas"]),
    ]
    assert found["load_balancers"][0]["provisioning_status"] == "ACTIVE"
    assert [path for _method, path, _query in octavia.requests] == ["/lbaas/loadbalancers", "/lbaas/pools"]
    assert whose(run_module("service_info", {"name": "letters"})) == whose(found)[1:]
    assert whose(run_module("service_info", {"name": "mine"})) == []


@pytest.mark.usefixtures("balancers")
def test_an_owner_that_has_left_has_nothing(run_module: RunModule) -> None:
    run_module("load_balancer", {"name": "chat", "state": "absent"})
    assert whose(run_module("service_info", {"name": "chat"})) == []
    assert whose(run_module("service_info"))[0] == ("chat", "letters", False, ["letters"])


@pytest.mark.usefixtures("balancers")
def test_lists_a_load_balancer_of_which_the_port_is_left(octavia: Octavia, run_module: RunModule) -> None:
    own = next(row["id"] for row in octavia.rows["loadbalancers"].values() if row["name"] == "letters")
    octavia.remove(own)
    left = {"id": None, "name": "letters", "service": "letters", "owner": True, "provisioning_status": None}
    assert run_module("service_info", {"name": "letters"})["load_balancers"][1] == {**left, "pools": []}
    # Whoever has the name now is not deleted for it.
    octavia.add("loadbalancers", name="letters", tags=[])
    assert len(run_module("service_info", {"name": "letters"})["load_balancers"]) == 1


@pytest.mark.usefixtures("balancers")
def test_a_cloud_without_load_balancers_has_none(conn: Mock, run_module: RunModule) -> None:
    conn.service_catalog = in_catalogue("compute")
    assert run_module("service_info")["load_balancers"] == []
