# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group whose name differs in case is another one, also where the cloud's database takes both for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openstack.compute.v2.server import Server

from .fake_heat import CHAT, KEY

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .fake_heat import Heat


@pytest.fixture(autouse=True)
def theirs(heat: Heat, conn: Mock, run_module: RunModule) -> None:
    """The group C(Chat), which is all that there is."""
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack |= {"stack_name": "Chat", "tags": ["model_serving.service=Chat"]}
    servers = [Server(id=f"s{number}", name="Chat-1", status="ACTIVE", metadata={KEY: "Chat"}) for number in range(2)]
    conn.compute.servers.side_effect = lambda **_query: servers
    heat.writes.clear()


def test_it_is_not_removed(heat: Heat, conn: Mock, run_module: RunModule) -> None:
    assert run_module("autoscaling_group", {"name": "chat", "state": "absent"})["changed"] is False
    assert heat.writes == []
    conn.compute.delete_server.assert_not_called()


@pytest.mark.usefixtures("heat")
def test_it_is_not_changed(run_module: RunModule) -> None:
    predicted = run_module("autoscaling_group", {**CHAT, "describe_replicas": True}, check=True)
    refused = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3})

    assert predicted["actions"] == ["create autoscaling group 'chat' of 2"]
    assert predicted["group"]["replicas"] == []
    assert "there is no autoscaling group 'chat'" in refused["msg"]


@pytest.mark.usefixtures("heat")
def test_it_is_not_told_of(run_module: RunModule) -> None:
    assert run_module("autoscaling_group_info", {"name": "chat"})["groups"] == []
    (found,) = run_module("autoscaling_group_info", {"name": "Chat"})["groups"]
    assert (found["name"], found["size"]) == ("Chat", 2)
