# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replicas with fixed ports that are kept apart: each is asked for when the one before has its host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server_group import ServerGroup
from openstack.exceptions import raise_from_response

from .answers import answer
from .fleet_with_ports import FIXED

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server

    from ..conftest import RunModule
    from .conftest import Nova

APART: dict[str, Any] = {**FIXED, "server_group": "chat"}

pytestmark = pytest.mark.usefixtures("ports", "group")


@pytest.fixture
def group(conn: Mock, nova: Nova) -> None:
    assert not nova.servers
    conn.compute.server_groups.return_value = [ServerGroup(id="g1", name="chat", policy="anti-affinity")]


def test_the_next_replica_waits_for_the_host_of_the_one_before(nova: Nova, run_module: RunModule) -> None:
    nova.outcome = {"status": "ERROR", "host_id": "", "fault": {"message": "No valid host was found."}}

    answer = run_module("server_fleet", APART)

    assert "No valid host" in answer["msg"]
    # Where there is no host for both, there may be one for one.
    assert [request["name"] for request in nova.requests] == ["chat-1-1", "chat-1-1"]
    assert nova.servers == {}


def test_waiting_for_hosts_does_not_list_servers(nova: Nova, run_module: RunModule) -> None:
    nova.looks_until_built = 5
    listings = []
    for name, replicas in (("chat", 2), ("search", 6)):
        nova.detailed = 0
        run_module("server_fleet", {**APART, "name": name, "replicas": replicas})
        listings.append(nova.detailed)

    assert len(nova.servers) == 8
    assert listings[0] == listings[1]


def test_after_a_replica_that_is_deleted_before_it_has_a_host_no_other_is_asked_for(
    conn: Mock, nova: Nova, run_module: RunModule
) -> None:
    def get(server_id: str) -> Server:
        nova.servers.pop(server_id, None)
        return nova.get(server_id)

    conn.compute.get_server.side_effect = get

    result = run_module("server_fleet", {**APART, "wait": False})

    assert "failed" not in result, result["msg"]
    assert [request["name"] for request in nova.requests] == ["chat-1-1"]


def test_a_host_that_nova_does_not_tell(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.compute.get_server.side_effect = lambda _server: raise_from_response(answer({}, 503))

    result = run_module("server_fleet", APART)

    assert "Could not look at replica 'chat-1-1'" in result["msg"]
    assert result["failure"]["status"] == 503
    assert len(nova.requests) == 1
