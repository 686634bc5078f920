# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers of a group of which Heat does not know: it forgets one that Nova did not let it delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server import Server

from .fake_heat import CHAT, KEY

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .fake_heat import Heat

ABSENT = {"name": "chat", "state": "absent"}
STRAY = Server(id="stray", name="chat-old", status="ACTIVE", metadata={KEY: "chat"})
OTHER = Server(id="other", name="other-old", status="ACTIVE", metadata={KEY: "other"})


@pytest.fixture(autouse=True)
def beside(heat: Heat, conn: Mock, run_module: RunModule) -> dict[str, Server]:
    """The servers beside those of the group's stack."""
    run_module("autoscaling_group", CHAT)
    heat.writes.clear()
    servers = {STRAY.id: STRAY, OTHER.id: OTHER}

    def delete(server_id: str, force: bool) -> None:
        assert heat.stack is None
        assert force
        servers.pop(server_id, None)

    conn.compute.servers.side_effect = lambda **_query: [*heat.servers(), *servers.values()]
    conn.compute.delete_server.side_effect = delete
    return servers


@pytest.mark.parametrize("there", [True, False])
def test_they_go_with_the_group(heat: Heat, beside: dict[str, Server], run_module: RunModule, there: bool) -> None:
    if not there:
        heat.stack, heat.size = None, 0

    predicted = run_module("autoscaling_group", ABSENT, check=True)
    assert len(beside) == 2
    done = run_module("autoscaling_group", ABSENT)

    stack = ["delete autoscaling group 'chat'"] if there else []
    assert done["actions"] == [*stack, "delete server 'chat-old' (stray), of which Heat does not know"]
    assert (predicted["actions"], predicted["diff"]) == (done["actions"], done["diff"])
    assert done["diff"]["before"]["strays"] == ["chat-old"]
    assert list(beside) == ["other"]
    assert heat.stack is None
    assert run_module("autoscaling_group", ABSENT)["changed"] is False


def test_they_are_told_of_as_long_as_there_is_the_group(
    heat: Heat, beside: dict[str, Server], run_module: RunModule
) -> None:
    told = run_module("autoscaling_group", {**CHAT, "describe_replicas": True})
    beside.clear()
    silent = run_module("autoscaling_group", {**CHAT, "describe_replicas": True})

    said = "Heat does not know of servers that say they are of autoscaling group 'chat': 'chat-old' (stray)."
    assert any(said in warning for warning in told["warnings"])
    assert told["changed"] is silent["changed"] is False
    assert not silent.get("warnings")
    assert heat.writes == []


def replacing(heat: Heat, stack: str, status: str) -> None:
    """Heat replaces a replica, and lists one of the two that have its name. So it does not list the other's server."""
    heat.replacing, heat.statuses = ["r0"], {stack: [status]}


BUSY = [("new-r0", "CREATE_IN_PROGRESS"), ("group", "UPDATE_IN_PROGRESS"), ("new-r0", "CREATE_FAILED")]


@pytest.mark.parametrize(("stack", "status"), BUSY)
def test_a_server_that_heat_is_replacing_is_not_called_forgotten(
    heat: Heat, run_module: RunModule, stack: str, status: str
) -> None:
    replacing(heat, stack, status)

    answer = run_module("autoscaling_group", {**CHAT, "describe_replicas": True}, check=True)

    assert [server["name"] for server in answer["group"]["replicas"]] == ["chat-0", "chat-1", "chat-old"]
    assert not answer.get("warnings")


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(("stack", "status"), BUSY)
def test_a_server_that_heat_is_replacing_is_left_to_heat(
    heat: Heat,
    beside: dict[str, Server],
    conn: Mock,
    run_module: RunModule,
    stack: str,
    status: str,
    wait: bool,
    taken: bool,
) -> None:
    """What it has forgotten all the same goes when the stack is gone."""
    replacing(heat, stack, status)
    heat.looks_until_gone = 2

    def delete(path: str, **more: Any) -> Any:
        if taken:
            del beside["stray"]
        return heat.delete(path, **more)

    conn.orchestration.delete.side_effect = delete
    asked = {**ABSENT, "wait": wait}

    predicted = run_module("autoscaling_group", asked, check=True)
    done = run_module("autoscaling_group", asked)

    assert done["actions"] == ["delete autoscaling group 'chat'", "delete server 'chat-old' (stray) if Heat leaves it"]
    assert (predicted["actions"], predicted["diff"]) == (done["actions"], done["diff"])
    assert "strays" not in done["diff"]["before"]
    assert heat.stack is None
    assert list(beside) == ["other"]
    assert run_module("autoscaling_group", ABSENT)["changed"] is False
