# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers that know no weights: members out of rotation are disabled, and not tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import Octavia
from .fleet_behind_pool import CHAT, NEW, POOL

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .conftest import Nova


@pytest.fixture
def ovn(conn: Mock, nova: Nova, run_module: RunModule) -> Octavia:
    """A fleet behind a pool whose members have the statuses that ovn-octavia-provider gives them."""
    made = Octavia(conn)
    monitor = {"type": "TCP", "delay": 2, "timeout": 1, "max_retries": 1, "max_retries_down": 2}
    pool = {"name": "replicas", "protocol": "TCP", "healthmonitor": monitor, "members": []}
    made.create_tree({"name": "chat", "provider": "ovn", "pools": [pool]})["provisioning_status"] = "ACTIVE"

    def look(path: str, params: dict[str, Any] | None = None) -> Any:
        for row in made.members(POOL):
            row["operating_status"] = "ONLINE" if row["admin_state_up"] else "OFFLINE"
        return made.get(path, params)

    conn.load_balancer.get.side_effect = look
    run_module("server_fleet", CHAT)
    assert len(nova.servers) == 3
    return made


def enabled(ovn: Octavia) -> dict[str, bool]:
    assert all(row["tags"] == ["model_serving.service=chat"] for row in ovn.members(POOL) if row["admin_state_up"])
    return {row["name"]: row["admin_state_up"] for row in ovn.members(POOL)}


def test_rebuilt_replicas_come_back(ovn: Octavia, run_module: RunModule) -> None:
    answer = run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert not answer.get("failed"), answer["msg"]
    assert enabled(ovn) == {"chat-1-1": True, "chat-1-2": True, "chat-1-3": True}


def test_what_a_user_disabled_stays_disabled(ovn: Octavia, run_module: RunModule) -> None:
    ovn.members(POOL)[0]["admin_state_up"] = False

    answer = run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert not answer.get("failed"), answer["msg"]
    assert enabled(ovn) == {"chat-1-1": False, "chat-1-2": True, "chat-1-3": True}
    assert ovn.members(POOL)[0]["tags"] == ["model_serving.service=chat"]


def test_a_drain_that_was_killed_is_taken_back(ovn: Octavia, run_module: RunModule) -> None:
    def kill(_balancer: dict[str, Any]) -> None:
        ovn.after = lambda _balancer: None
        raise KeyboardInterrupt

    ovn.after = kill
    with pytest.raises(KeyboardInterrupt):
        run_module("server_fleet", {**NEW, "max_unavailable": 1})
    left = enabled(ovn)

    answer = run_module("server_fleet", {**NEW, "max_unavailable": 1})

    assert left == {"chat-1-1": False, "chat-1-2": True, "chat-1-3": True}
    assert not answer.get("failed"), answer["msg"]
    assert list(enabled(ovn).values()) == [True, True, True]


def test_new_ones_get_requests_before_they_are_ready_so_they_are_drained_when_they_are_taken_back(
    conn: Mock, ovn: Octavia, nova: Nova, clock: FakeClock, run_module: RunModule
) -> None:
    look = conn.load_balancer.get.side_effect
    disabled: list[float] = []

    def fail(path: str, params: dict[str, Any] | None = None) -> Any:
        answer = look(path, params)
        for row in ovn.members(POOL)[3:]:
            row["operating_status"] = "ERROR"
            if not row["admin_state_up"]:
                disabled.append(clock.now)
        return ovn.get(path, params) if path.endswith("members") else answer

    def delete(server_id: str, **options: bool) -> None:
        assert server_id == "s4"
        assert clock.now - disabled[0] >= 45
        nova.delete(server_id, **options)

    conn.load_balancer.get.side_effect, conn.compute.delete_server.side_effect = fail, delete

    answer = run_module("server_fleet", {**NEW, "timeout": 60, "drain_timeout": 45})

    assert "Its new replicas were removed again" in answer["msg"]
    assert enabled(ovn) == {"chat-1-1": True, "chat-1-2": True, "chat-1-3": True}
