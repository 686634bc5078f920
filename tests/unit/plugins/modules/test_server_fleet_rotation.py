# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers: what a pool sees while replicas come, go and are replaced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_health

from .fake_octavia import Octavia
from .fleet_behind_pool import CHAT, LONG_AGO, NEW, POOL, history, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .conftest import Nova


def test_new_members_get_requests_when_they_are_ready(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    seen = history(pool)

    answer = run_module("server_fleet", CHAT)

    assert nova.requests
    assert answer["actions"][-1] == "bring replicas 'chat-1-1', 'chat-1-2', 'chat-1-3' into rotation when ready"
    assert [set(weights.values()) for weights in seen] == [{0}, {1}]
    assert {row["address"] for row in pool.members(POOL)} == {"10.0.0.1", "10.0.0.2", "10.0.0.3"}


@pytest.mark.usefixtures("nova")
def test_who_is_online_is_believed_when_the_monitor_has_had_time_to_fail_it(
    pool: Octavia, clock: FakeClock, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test each two seconds that may take one, two failures, and ten seconds until Octavia knows of them."""

    def now(_zone: object = UTC) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=clock.now)

    times = SimpleNamespace(now=now, fromisoformat=datetime.fromisoformat)
    monkeypatch.setattr(_octavia_health, "datetime", times)
    pool.now = lambda: now().isoformat()
    seen: dict[float, set[int]] = {}
    pool.after = lambda _balancer: seen.update({clock.now: set(weights(pool).values())})

    run_module("server_fleet", CHAT)

    made, entered = list(seen)
    assert list(seen.values()) == [{0}, {1}]
    assert 15 <= entered - made < 20


@pytest.mark.usefixtures("fleet")
def test_second_run_changes_nothing(pool: Octavia, run_module: RunModule) -> None:
    pool.requests.clear()

    answer = run_module("server_fleet", CHAT)

    assert answer["changed"] is False
    assert pool.writes == []


@pytest.mark.usefixtures("nova")
def test_a_pool_that_is_not_there_yet_is_no_error(conn: Mock, run_module: RunModule) -> None:
    Octavia(conn)

    answer = run_module("server_fleet", CHAT)

    assert answer["actions"] == ["create replicas 'chat-1-1', 'chat-1-2', 'chat-1-3'"]


def test_a_drain_that_was_killed_is_taken_back(
    pool: Octavia, fleet: dict[str, Any], nova: Nova, run_module: RunModule
) -> None:
    for row in pool.members(POOL)[:1]:
        row.update(weight=0, tags=[*row["tags"], "model_serving.drained=5"])

    answer = run_module("server_fleet", CHAT)

    assert answer["actions"] == ["bring replica 'chat-1-1' into rotation when ready"]
    assert weights(pool)["chat-1-1"] == 5
    assert pool.members(POOL)[0]["tags"] == ["model_serving.service=chat"]
    assert len(nova.servers) == len(fleet["fleet"]["replicas"])


@pytest.mark.usefixtures("fleet")
def test_what_a_user_drained_stays_drained(pool: Octavia, run_module: RunModule) -> None:
    pool.members(POOL)[0]["weight"] = 0

    answer = run_module("server_fleet", {**CHAT, "pools": [{**CHAT["pools"][0], "weight": 2}]})

    assert answer["actions"] == ["set weight 2 of replicas 'chat-1-2', 'chat-1-3' in pool 'replicas'"]
    assert weights(pool) == {"chat-1-1": 0, "chat-1-2": 2, "chat-1-3": 2}


@pytest.mark.usefixtures("fleet")
def test_what_a_user_disabled_is_not_waited_for(conn: Mock, pool: Octavia, run_module: RunModule) -> None:
    """Octavia does not test it: it is OFFLINE whatever a change in place makes of its server."""
    get = conn.load_balancer.get.side_effect
    pool.members(POOL)[0]["admin_state_up"] = False

    def look(path: str, params: dict[str, Any] | None = None) -> Any:
        for row in pool.members(POOL):
            row["operating_status"] = "ONLINE" if row["admin_state_up"] else "OFFLINE"
        return get(path, params)

    conn.load_balancer.get.side_effect = look

    answer = run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert not answer.get("failed"), answer["msg"]
    assert [row["admin_state_up"] for row in pool.members(POOL)] == [False, True, True]
    assert set(weights(pool).values()) == {1}


@pytest.mark.usefixtures("fleet")
def test_members_of_others_are_not_touched(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    pool.add("members", owner=POOL, name="theirs", address="10.9.9.9", protocol_port=8080, weight=1)
    pool.add("members", owner=POOL, name="chat-9-1", address="10.9.9.8", protocol_port=8080, weight=1)
    del nova.servers["s2"]

    answer = run_module("server_fleet", CHAT)

    assert answer["actions"] == [
        "create replica 'chat-2-1'",
        "bring replica 'chat-2-1' into rotation when ready",
        "remove members 10.0.0.2:8080 of pool 'replicas': their replicas are gone",
    ]
    assert sorted(weights(pool)) == ["chat-1-1", "chat-1-3", "chat-2-1", "chat-9-1", "theirs"]


@pytest.mark.usefixtures("fleet")
def test_members_of_another_fleet_in_the_same_pool_are_not_touched(pool: Octavia, run_module: RunModule) -> None:
    """A canary beside the service: its replicas are none that this fleet knows."""
    canary = {"name": "chat.canary-1-1", "tags": ["model_serving.service=chat.canary"]}
    pool.add("members", owner=POOL, address="10.9.9.9", protocol_port=8080, weight=1, **canary)

    answer = run_module("server_fleet", CHAT)

    assert answer["changed"] is False
    assert weights(pool)["chat.canary-1-1"] == 1


@pytest.mark.parametrize(("member_age", "grace", "replaced"), [(90, 60, True), (30, 60, False)])
def test_a_member_in_error_for_too_long_is_replaced(
    pool: Octavia,
    nova: Nova,
    run_module: RunModule,
    fleet: dict[str, Any],
    member_age: int,
    grace: int,
    replaced: bool,
) -> None:
    since = (datetime.now(UTC) - timedelta(seconds=member_age)).strftime("%Y-%m-%dT%H:%M:%S")
    pool.members(POOL)[1].update(operating_status="ERROR", updated_at=since)

    answer = run_module("server_fleet", {**CHAT, "health_grace_period": grace})

    assert ("s2" not in nova.servers) is replaced
    assert answer["changed"] is replaced
    assert len(answer["fleet"]["replicas"]) == len(fleet["fleet"]["replicas"])


@pytest.mark.usefixtures("fleet")
def test_too_many_unhealthy_replicas_are_not_replaced(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    """As after a mistake in the path of the health monitor."""
    for row in pool.members(POOL):
        row.update(operating_status="ERROR", updated_at=LONG_AGO)

    answer = run_module("server_fleet", CHAT)

    assert answer["failed"] is True
    assert "3 replicas of fleet 'chat' are unhealthy" in answer["msg"]
    assert "no more than 1" in answer["msg"]
    assert len(nova.servers) == 3


def test_replicas_may_be_members_of_a_pool_with_several_ports(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    two = {**CHAT, "pools": [*CHAT["pools"], {"load_balancer": "chat", "pool": "replicas", "protocol_port": 8081}]}

    run_module("server_fleet", two)
    assert len(pool.members(POOL)) == 6
    again = run_module("server_fleet", two)
    run_module("server_fleet", {**two, "replicas": 2})

    assert again["changed"] is False
    assert "members_of_lost_replicas" not in again["diff"]["before"]
    assert len(nova.servers) == 2
    assert len(pool.members(POOL)) == 4
    assert {row["weight"] for row in pool.members(POOL)} == {1}


@pytest.mark.usefixtures("pool", "fleet")
@pytest.mark.parametrize(("replicas", "percentage"), [(0, 50), (1, 50), (2, 100), (3, 100)])
def test_what_is_too_much_anyway_is_not_counted(
    replicas: int, percentage: int, nova: Nova, run_module: RunModule
) -> None:
    for server in nova.servers.values():
        server._update(status="ERROR")

    answer = run_module("server_fleet", {**CHAT, "replicas": replicas, "max_unhealthy_percentage": percentage})

    assert "failed" not in answer
    assert len(nova.servers) == replicas


@pytest.mark.usefixtures("pool")
def test_what_was_never_built_is_not_counted(nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", {**CHAT, "wait": False})
    for server in nova.servers.values():
        server._update(status="ERROR", host_id="", fault={"message": "No valid host was found."})

    answer = run_module("server_fleet", CHAT)

    assert "failed" not in answer
    assert sorted(nova.servers) == ["s4", "s5", "s6"]


@pytest.mark.usefixtures("pool")
def test_what_was_shelved_is_counted(nova: Nova, run_module: RunModule) -> None:
    """Nova takes it off its host."""
    run_module("server_fleet", CHAT)
    for server in nova.servers.values():
        server._update(status="SHELVED_OFFLOADED", host_id="", launched_at=LONG_AGO)

    answer = run_module("server_fleet", CHAT)

    assert "3 replicas of fleet 'chat' are unhealthy" in answer["msg"]
    assert len(nova.servers) == 3


@pytest.mark.usefixtures("fleet")
def test_nothing_is_rolled_while_the_balancer_is_in_error(pool: Octavia, run_module: RunModule) -> None:
    pool.rows["loadbalancers"]["loadbalancer1"]["provisioning_status"] = "ERROR"

    answer = run_module("server_fleet", NEW)

    assert answer["changed"] is False
    assert "Load balancer 'chat' is in ERROR" in answer["warnings"][0]
