# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New replicas that are ACTIVE before Nova shows their addresses: without one, nothing can be a member of a pool."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils import _readiness

from .fleet_behind_pool import CHAT, NEW, weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

OLD = {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}
TAKEN_BACK = "Its new replicas were removed again, and the old ones that are left get requests as before."
SHORT = {**NEW, "timeout": 60}


@pytest.fixture
def happens(conn: Mock, nova: Nova) -> Callable[[Callable[[Server], None]], None]:
    """Let something happen to each new server once it has been listed twice as ACTIVE, without an address."""

    def later(change: Callable[[Server], None]) -> None:
        nova.outcome = {"status": "ACTIVE", "addresses": {}}
        listed: Counter[str] = Counter()

        def servers(details: bool, **query: Any) -> Iterator[Server]:
            for server in list(nova.servers.values()):
                if details and server.status == "ACTIVE" and not server.addresses:
                    listed[server.id] += 1
                    if listed[server.id] > 2:
                        change(server)
            return nova.list(details, **query)

        conn.compute.servers.side_effect = servers

    return later


def show_address(server: Server) -> None:
    server._update(addresses={"private": [{"addr": f"10.0.0.{server.id[1:]}", "OS-EXT-IPS:type": "fixed"}]})


@pytest.mark.usefixtures("fleet")
def test_the_old_one_goes_when_the_new_one_is_a_member(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule, happens: Callable[..., None]
) -> None:
    happens(show_address)
    delete = conn.compute.delete_server.side_effect
    in_rotation: list[int] = []

    def delete_server(server_id: str, **options: bool) -> None:
        in_rotation.append(sum(weights(pool).values()))
        delete(server_id, **options)

    conn.compute.delete_server.side_effect = delete_server

    answer = run_module("server_fleet", NEW)

    assert not answer.get("failed"), answer["msg"]
    assert in_rotation == [3, 3, 3]
    assert weights(pool) == {"chat-2-1": 1, "chat-3-1": 1, "chat-4-1": 1}
    assert sorted(nova.servers) == ["s4", "s5", "s6"]


@pytest.mark.usefixtures("fleet")
def test_one_that_never_gets_an_address_is_taken_back(
    pool: Octavia, nova: Nova, run_module: RunModule, happens: Callable[..., None]
) -> None:
    happens(lambda _server: None)

    answer = run_module("server_fleet", SHORT)

    assert "'chat-2-1' has no address after 60 s" in answer["msg"]
    assert TAKEN_BACK in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert weights(pool) == OLD


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("name", "told"),
    [("delete", "'chat-2-1' was deleted meanwhile"), ("break", "'chat-2-1' is ERROR: the host has died")],
)
def test_one_that_is_lost_meanwhile_is_told(
    pool: Octavia, nova: Nova, run_module: RunModule, happens: Callable[..., None], name: str, told: str
) -> None:
    ends: dict[str, Callable[[Server], None]] = {
        "delete": lambda server: nova.delete(server.id, ignore_missing=True),
        "break": lambda server: server._update(status="ERROR", fault={"message": "the host has died"}),
    }
    happens(ends[name])

    answer = run_module("server_fleet", SHORT)

    assert f"Server fleet 'chat' did not get all addresses: {told}" in answer["msg"]
    assert TAKEN_BACK in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert weights(pool) == OLD


@pytest.mark.usefixtures("fleet")
def test_one_whose_address_is_unknown_for_a_moment_stays_a_member(
    pool: Octavia, nova: Nova, run_module: RunModule, happens: Callable[..., None]
) -> None:
    nova.servers["s1"]._update(addresses={})
    happens(show_address)
    pool.requests.clear()

    answer = run_module("server_fleet", CHAT)

    assert answer["actions"] == ["bring replica 'chat-1-1' into rotation when ready"]
    assert pool.writes == []
    assert weights(pool) == OLD


def test_without_pools_the_address_is_waited_for_to_ask_a_replica_whether_it_is_ready(
    nova: Nova, run_module: RunModule, happens: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def answer(_url: str, address: str | None) -> str | None:
        asked.append(address)
        return None if address else "has no address"

    monkeypatch.setattr(_readiness, "answer", answer)
    alone = {"pools": [], "readiness_url": "http://{address}/ready", "replicas": 1, "health_grace_period": 10**9}
    run_module("server_fleet", {**CHAT, **alone})
    happens(show_address)

    told = run_module("server_fleet", {**SHORT, **alone})

    assert not told.get("failed"), told["msg"]
    assert asked == ["10.0.0.2"]
    assert sorted(nova.servers) == ["s2"]


def test_where_nobody_needs_an_address_none_is_waited_for(
    nova: Nova, run_module: RunModule, happens: Callable[..., None]
) -> None:
    """As on a network without subnets."""
    happens(lambda _server: None)

    answer = run_module("server_fleet", {**CHAT, "pools": []})

    assert not answer.get("failed"), answer["msg"]
    assert [one["addresses"] for one in answer["fleet"]["replicas"]] == [{}, {}, {}]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
