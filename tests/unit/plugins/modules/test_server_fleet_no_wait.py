# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers: runs that do not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fleet_behind_pool import CHAT, NEW, fail_new_members, history, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

HASTY = {"wait": False}


@pytest.mark.usefixtures("nova")
def test_new_replicas_are_left_to_a_run_that_waits(pool: Octavia, run_module: RunModule) -> None:
    first = run_module("server_fleet", {**CHAT, **HASTY})
    second = run_module("server_fleet", {**CHAT, **HASTY})
    told = run_module("server_fleet", {**CHAT, **HASTY})
    members = weights(pool)
    last = run_module("server_fleet", CHAT)

    assert first["actions"] == ["create replicas 'chat-1-1', 'chat-1-2', 'chat-1-3'"]
    assert (second["changed"], told["changed"]) == (False, False)
    assert "'chat-1-1', 'chat-1-2', 'chat-1-3'" in told["warnings"][0]
    assert members == {}
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}
    assert last["warnings"] == []


def killed_roll(conn: Mock, run_module: RunModule, options: dict[str, Any]) -> None:
    """Killed when the new replica was made and not a member yet."""
    put = conn.load_balancer.put.side_effect
    conn.load_balancer.put.side_effect = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        run_module("server_fleet", options)
    conn.load_balancer.put.side_effect = put


def test_who_gets_requests_goes_when_the_successor_gets_them(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    run_module("server_fleet", {**CHAT, "replicas": 1})
    killed_roll(conn, run_module, {**NEW, "replicas": 1})
    seen = history(pool)
    nova.looks_until_gone = 10

    run_module("server_fleet", {**NEW, "replicas": 1, **HASTY})
    again = run_module("server_fleet", {**NEW, "replicas": 1, **HASTY})

    assert min(sum(one.values()) for one in seen) == 1
    assert weights(pool) == {"chat-2-1": 1}
    assert nova.servers["s1"].task_state == "deleting"
    assert again["changed"] is False
    assert again["diff"]["before"] == again["diff"]["after"]


@pytest.mark.usefixtures("fleet", "pool")
def test_a_deletion_that_has_begun_is_asked_for_again_where_that_helps(nova: Nova, run_module: RunModule) -> None:
    nova.looks_until_gone = 100
    gone = {"name": "chat", "state": "absent", **HASTY}
    first = run_module("server_fleet", gone)
    second = run_module("server_fleet", gone)
    # As soon as Nova knows that a host is dead, it deletes what was there when it is asked once more.
    nova.servers["s1"]._update(host_status="DOWN")
    third = run_module("server_fleet", gone)
    last = run_module("server_fleet", {**gone, "wait": True})

    assert [one["changed"] for one in (first, second, third, last)] == [True, False, True, True]
    assert nova.servers == {}


@pytest.mark.usefixtures("nova")
def test_a_roll_brings_in_first_what_is_outside(conn: Mock, pool: Octavia, run_module: RunModule) -> None:
    """The room of a roll is counted from all replicas."""
    run_module("server_fleet", {**CHAT, "replicas": 1})
    killed_roll(conn, run_module, {**CHAT, "replicas": 2})
    seen = history(pool)

    run_module("server_fleet", {**NEW, "replicas": 2, "max_unavailable": 1, **HASTY})

    assert min(sum(one.values()) for one in seen) == 1
    assert sum(weights(pool).values()) == 2


@pytest.mark.usefixtures("nova")
def test_who_gets_requests_stays_when_the_successor_is_not_ready(
    pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    one = {"replicas": 1, "on_failure": "halt", "timeout": 60}
    run_module("server_fleet", {**CHAT, **one})
    fail_new_members(pool)
    run_module("server_fleet", {**NEW, **one})

    answer = run_module("server_fleet", {**NEW, **one, **HASTY})

    assert "10.0.0.2:8080 ERROR" in answer["msg"]
    assert weights(pool) == {"chat-1-1": 1, "chat-2-1": 0}
    assert len(nova.servers) == 2


@pytest.mark.usefixtures("pool", "fleet")
def test_who_takes_a_place_comes_when_the_old_one_is_gone(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    """Under anti-affinity it may need the host."""
    nova.servers["s2"]._update(status="ERROR")
    nova.looks_until_gone = 5
    create = nova.create
    there: list[str] = []

    def create_server(**request: Any) -> Any:
        there.extend(nova.servers)
        return create(**request)

    conn.compute.create_server.side_effect = create_server

    run_module("server_fleet", {**CHAT, **HASTY})

    assert there == ["s1", "s3"]
    assert sorted(nova.servers) == ["s1", "s3", "s4"]
