# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batches in which one server is rebuilt and another one, of a zone that goes, is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ConflictException

from .fleet_behind_pool import CHAT, NEW, POOL, fail_new_members, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

MIXED: dict[str, Any] = {
    **NEW,
    "replicas": 2,
    "availability_zones": ["az1"],
    "update_policy": "in_place",
    "max_surge": 0,
    "max_unavailable": 2,
    "timeout": 60,
}
REMOVED = "Its new replicas were removed again, and the old ones that are left get requests as before."


@pytest.fixture(autouse=True)
def in_two_zones(pool: Octavia, run_module: RunModule, nova: Nova) -> None:
    run_module("server_fleet", {**CHAT, "replicas": 2, "availability_zones": ["az1", "az2"]})
    assert {one.name: one.availability_zone for one in nova.servers.values()} == {"chat-1-1": "az1", "chat-2-1": "az2"}
    assert weights(pool) == {"chat-1-1": 1, "chat-2-1": 1}


def test_one_is_rebuilt_and_the_other_one_replaced(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    answer = run_module("server_fleet", MIXED)

    assert not answer.get("failed"), answer["msg"]
    assert [call.args for call in conn.compute.rebuild_server.call_args_list] == [("s1",)]
    assert sorted(nova.servers) == ["s1", "s3"]
    assert weights(pool) == {"chat-1-1": 1, "chat-3-1": 1}


def test_a_new_one_that_is_not_ready_is_removed(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    fail_new_members(pool)

    answer = run_module("server_fleet", MIXED)

    assert "10.0.0.3:8080 ERROR" in answer["msg"]
    assert REMOVED in answer["msg"]
    assert sorted(nova.servers) == ["s1"]
    assert weights(pool) == {"chat-1-1": 1}


def test_halt_leaves_a_new_one_that_is_not_ready(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    fail_new_members(pool)

    answer = run_module("server_fleet", {**MIXED, "on_failure": "halt"})

    assert "Everything stays as it is now (on_failure: halt)." in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s3"]
    assert weights(pool) == {"chat-1-1": 1, "chat-3-1": 0}


def test_a_new_one_that_finds_no_host_is_told_to_be_gone(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    nova.outcome = {"status": "ERROR", "host_id": "", "fault": {"message": "No valid host was found."}}

    answer = run_module("server_fleet", MIXED)

    assert "No valid host was found" in answer["msg"]
    assert REMOVED in answer["msg"]
    assert sorted(nova.servers) == ["s1"]
    assert weights(pool) == {"chat-1-1": 1}


def test_one_that_nova_does_not_delete_gets_requests_again(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    conn.compute.delete_server.side_effect = ConflictException(message="Instance is locked")

    answer = run_module("server_fleet", MIXED)

    assert "Instance is locked" in answer["msg"]
    assert "the old ones that are left get requests as before" in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2"]
    assert {row["name"]: row["weight"] for row in pool.members(POOL)} == {"chat-1-1": 1, "chat-2-1": 1}
