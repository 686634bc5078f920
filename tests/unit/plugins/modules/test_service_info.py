# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module service_info: everything of a service and its further fleets, nothing of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server_group import ServerGroup
from openstack.network.v2.security_group import SecurityGroup

from .fake_heat import CHAT as GROUP
from .test_server_fleet import CHAT as FLEET
from .world import heat

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

KINDS = ("fleets", "groups", "security_groups", "server_groups")


def names(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {kind: [one.get("fleet") or one["name"] for one in answer[kind]] for kind in KINDS}


@pytest.fixture
def services(conn: Mock, nova: Nova, run_module: RunModule) -> None:
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
    assert found["groups"] == run_module("autoscaling_group_info")["groups"]


@pytest.mark.usefixtures("services")
def test_of_all_services(run_module: RunModule) -> None:
    assert names(run_module("service_info")) == {
        "fleets": ["chat", "chat.tiny", "chats"],
        "groups": ["chat"],
        "security_groups": ["chat", "search"],
        "server_groups": ["chat", "chat.tiny", "chat", "chat-2", "search"],
    }


@pytest.mark.usefixtures("services")
def test_asks_for_each_kind_once(conn: Mock, run_module: RunModule) -> None:
    conn.compute.reset_mock()
    run_module("service_info")
    assert conn.compute.servers.call_count == 1
    assert conn.compute.server_groups.call_count == 1


@pytest.mark.usefixtures("services")
def test_of_none(run_module: RunModule) -> None:
    assert names(run_module("service_info", {"name": "cha"})) == {kind: [] for kind in KINDS}
