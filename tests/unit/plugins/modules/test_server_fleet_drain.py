# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers that are never idle: who is waited for before it goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import Octavia, response
from .fleet_behind_pool import CHAT, LONG_AGO, NEW, POOL, fail_new_members, rest, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .conftest import Nova

PATIENCE = 120
SLOW = {"drain_timeout": PATIENCE}


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.fixture
def deletions(conn: Mock, nova: Nova, clock: FakeClock) -> dict[str, float]:
    """When servers were deleted."""
    deleted: dict[str, float] = {}

    def delete(server_id: str, **options: bool) -> None:
        deleted[server_id] = clock.now
        nova.delete(server_id, **options)

    conn.compute.delete_server.side_effect = delete
    return deleted


@pytest.mark.usefixtures("fleet")
def test_a_drain_that_was_killed_begins_anew(
    pool: Octavia, clock: FakeClock, deletions: dict[str, float], run_module: RunModule
) -> None:
    clock.when(PATIENCE, interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_module("server_fleet", {**NEW, **SLOW})
    assert weights(pool) == {"chat-1-1": 0, "chat-1-2": 1, "chat-1-3": 1, "chat-2-1": 1}
    begun = clock.now

    answer = run_module("server_fleet", {**NEW, **SLOW})

    assert answer["actions"][0] == "drain replica 'chat-1-1'"
    assert deletions["s1"] - begun >= PATIENCE


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("long_ago", [True, False])
def test_who_has_rested_for_the_whole_drain_goes_at_once(
    pool: Octavia, clock: FakeClock, deletions: dict[str, float], run_module: RunModule, long_ago: bool
) -> None:
    row, begun = pool.members(POOL)[0], clock.now
    since = LONG_AGO if long_ago else datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest(row, updated_at=since)

    run_module("server_fleet", {**CHAT, **SLOW, "replicas": 2})

    assert deletions.keys() == {"s1"}
    assert (deletions["s1"] - begun < PATIENCE) is long_ago


@pytest.mark.usefixtures("fleet")
def test_new_ones_that_never_got_requests_are_taken_back_at_once(
    pool: Octavia, clock: FakeClock, deletions: dict[str, float], run_module: RunModule
) -> None:
    fail_new_members(pool)
    begun = clock.now

    answer = run_module("server_fleet", {**NEW, **SLOW, "timeout": 30})

    assert "Its new replicas were removed again" in answer["msg"]
    assert deletions.keys() == {"s4"}
    assert deletions["s4"] - begun < PATIENCE


@pytest.mark.usefixtures("nova")
def test_new_ones_that_got_requests_are_drained_before_they_are_taken_back(
    pool: Octavia, clock: FakeClock, deletions: dict[str, float], run_module: RunModule
) -> None:
    """A replica is in rotation with one port, and Octavia fails when it shall be with the other."""
    two = [{**CHAT["pools"][0], "protocol_port": port} for port in (8080, 8081)]
    run_module("server_fleet", {**CHAT, "pools": two})
    served: list[float] = []

    def refuse(_method: str, _path: str) -> Any:
        rows = {row["protocol_port"]: row["weight"] for row in pool.members(POOL) if row["name"] == "chat-2-1"}
        if rows == {8080: 1, 8081: 0} and not served:
            served.append(clock.now)
            return response(500, {"faultstring": "no"})
        return None

    pool.refuse = refuse

    answer = run_module("server_fleet", {**NEW, **SLOW, "pools": two})

    assert "Its new replicas were removed again" in answer["msg"]
    assert deletions["s4"] - served[0] >= PATIENCE
    assert {row["weight"] for row in pool.members(POOL)} == {1}


@pytest.mark.usefixtures("pool", "fleet")
def test_a_drain_lasts_though_the_balancer_counts_no_connection(
    conn: Mock, clock: FakeClock, deletions: dict[str, float], run_module: RunModule
) -> None:
    """HAProxy counts none of those that were open when a member changed."""
    begun = clock.now

    run_module("server_fleet", {**CHAT, **SLOW, "replicas": 2})

    (deleted,) = deletions.values()
    assert deleted - begun >= PATIENCE
    conn.load_balancer.get_load_balancer_statistics.assert_not_called()


@pytest.mark.usefixtures("fleet")
def test_replicas_of_a_fleet_that_goes_are_drained_and_no_members_when_they_are_deleted(
    pool: Octavia, clock: FakeClock, deletions: dict[str, float], run_module: RunModule
) -> None:
    seen: dict[float, list[int]] = {}
    pool.after = lambda _balancer: seen.update({clock.now: list(weights(pool).values())})

    run_module("server_fleet", {**CHAT, **SLOW, "state": "absent"})

    drained, emptied = list(seen)
    assert list(seen.values()) == [[0, 0, 0], []]
    assert deletions.keys() == {"s1", "s2", "s3"}
    assert drained + PATIENCE <= emptied <= min(deletions.values())
