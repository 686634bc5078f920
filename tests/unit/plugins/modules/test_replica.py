# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One replica is stopped or deleted, and nobody else's server, through C(main)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import furnish

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

DELETE = {"service": "chat", "server": "chat-1-1", "state": "absent"}
STOP = {**DELETE, "state": "stopped"}


@pytest.fixture
def nova(conn: Mock) -> Nova:
    made = furnish(conn)
    for number, owner in enumerate(
        [
            {"model_serving.service": "chat"},
            {"model_serving.autoscaling_group": "chat"},
            {"model_serving.service": "other"},
            {},
        ],
        1,
    ):
        made.add(id=f"s{number}", name=f"chat-1-{number}", status="ACTIVE", metadata=owner)
    return made


@pytest.mark.parametrize("server", ["chat-1-1", "s1", "chat-1-2", "s2"])
def test_deletes_a_server_of_a_fleet_or_a_group_once(
    conn: Mock, nova: Nova, run_module: RunModule, server: str
) -> None:
    wanted = {**DELETE, "server": server}
    predicted = run_module("replica", wanted, check=True)
    conn.compute.delete_server.assert_not_called()
    done = run_module("replica", wanted)
    again = run_module("replica", wanted)

    assert predicted["diff"] == done["diff"]
    assert (
        predicted["actions"] == done["actions"] == [f"delete replica 'chat-1-{server[-1]}' of 'chat' (s{server[-1]})"]
    )
    assert (done["replica"], again["changed"], len(nova.servers)) == (None, False, 3)


def test_stops_a_server_once(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.compute.stop_server.side_effect = lambda server: nova.servers[server]._update(status="SHUTOFF")

    done, again = run_module("replica", STOP), run_module("replica", STOP)

    conn.compute.stop_server.assert_called_once_with("s1")
    assert (done["changed"], done["replica"]["status"], again["changed"]) == (True, "SHUTOFF", False)
    assert done["diff"]["after"]["status"] == "SHUTOFF"


def test_does_not_stop_twice_what_is_still_stopping(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.compute.stop_server.side_effect = lambda server: nova.servers[server]._update(task_state="powering-off")
    wanted = {**STOP, "wait": False}

    assert [run_module("replica", wanted)["changed"] for _run in range(2)] == [True, False]


@pytest.mark.parametrize("server", ["chat-1-3", "chat-1-4", "s4"])
def test_leaves_servers_of_others_alone(nova: Nova, run_module: RunModule, server: str) -> None:
    deleted = run_module("replica", {**DELETE, "server": server})
    stopped = run_module("replica", {**STOP, "server": server})

    assert (deleted["changed"], len(nova.servers)) == (False, 4)
    assert f"has no replica '{server}' to stop" in stopped["msg"]


@pytest.mark.parametrize("wanted", [DELETE, STOP])
def test_refuses_a_locked_server(nova: Nova, run_module: RunModule, wanted: dict[str, Any]) -> None:
    nova.servers["s1"]._update(is_locked=True, locked_reason="precious")

    answer = run_module("replica", wanted)

    assert "locked (precious)" in answer["msg"]
    assert len(nova.servers) == 4


def test_refuses_a_name_that_two_have(nova: Nova, run_module: RunModule) -> None:
    nova.servers["s2"]._update(name="chat-1-1")

    assert "2 replicas are named 'chat-1-1' (s1, s2)" in run_module("replica", DELETE)["msg"]
