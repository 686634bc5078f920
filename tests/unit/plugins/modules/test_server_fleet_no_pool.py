# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets with a readiness URL and without a load balancer: a roll goes on only while new replicas are ready."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ForbiddenException

from ansible_collections.model_serving.openstack.plugins.module_utils import _readiness

from .fake_octavia import Octavia
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

CHAT: dict[str, Any] = {
    **OPTIONS,
    "user_data": "#cloud-config 1",
    "readiness_url": "http://{address}/ready",
    "timeout": 60,
    # The servers of the test are old from the beginning.
    "health_grace_period": 10**9,
}
NEW = {**CHAT, "user_data": "#cloud-config 2"}
NEWER = {**CHAT, "user_data": "#cloud-config 3"}
MISSING = {"pools": [{"load_balancer": "chat", "pool": "replicas", "protocol_port": 8080}]}


@pytest.fixture
def unready(conn: Mock, run_module: RunModule, nova: Nova, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A fleet, and the ids of servers that do not answer: none so far."""
    Octavia(conn)
    silent: set[str] = set()

    def answer(_url: str, address: str | None) -> str | None:
        return "answers with status 503" if f"s{str(address)[-1]}" in silent else None

    monkeypatch.setattr(_readiness, "answer", answer)
    first = run_module("server_fleet", CHAT)
    assert first["actions"] == ["create replicas 'chat-1-1', 'chat-1-2', 'chat-1-3'"]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    return silent


@pytest.mark.parametrize("pools", [{}, MISSING])
def test_new_replicas_that_do_not_answer_are_taken_back(
    unready: set[str], nova: Nova, run_module: RunModule, pools: dict[str, Any]
) -> None:
    unready.add("s4")

    answer = run_module("server_fleet", {**NEW, **pools})

    assert "'chat-2-1' answers with status 503" in answer["msg"]
    assert "Its new replicas were removed again" in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("unready")
def test_new_replicas_are_waited_for_before_old_ones_go(run_module: RunModule) -> None:
    answer = run_module("server_fleet", {**NEW, "replicas": 2})
    again = run_module("server_fleet", {**NEW, "replicas": 2})

    assert [action.split(":")[0] for action in answer["actions"]] == [
        "delete replica 'chat-1-1' (s1)",
        "create replica 'chat-2-1'",
        "wait for replica 'chat-2-1' to be ready",
        "delete replica 'chat-1-2' (s2)",
        "create replica 'chat-3-1'",
        "wait for replica 'chat-3-1' to be ready",
        "delete replica 'chat-1-3' (s3)",
    ]
    assert not any("pools" in replica for replica in answer["diff"]["after"]["replicas"].values())
    assert again["changed"] is False


@pytest.mark.parametrize("wait", [True, False])
def test_no_run_goes_on_from_new_ones_that_do_not_answer(
    unready: set[str], nova: Nova, run_module: RunModule, wait: bool
) -> None:
    """An old one would be too much beside the new one that was left for a look."""
    unready.add("s4")
    run_module("server_fleet", {**NEW, "on_failure": "halt"})

    answer = run_module("server_fleet", {**NEW, "wait": wait})
    left = sorted(nova.servers)
    fixed = run_module("server_fleet", NEWER)

    assert "'chat-2-1' answers with status 503" in answer["msg"]
    assert left == ["s1", "s2", "s3", "s4"]
    assert not fixed.get("failed"), fixed["msg"]
    assert sorted(nova.servers) == ["s5", "s6", "s7"]


def test_the_last_old_one_stays_while_the_new_one_does_not_answer(
    unready: set[str], nova: Nova, run_module: RunModule
) -> None:
    unready.add("s4")
    run_module("server_fleet", {**CHAT, "replicas": 1})
    run_module("server_fleet", {**NEW, "replicas": 1, "on_failure": "halt"})

    answer = run_module("server_fleet", {**NEW, "replicas": 1})

    assert "'chat-2-1' answers with status 503" in answer["msg"]
    assert sorted(nova.servers) == ["s3", "s4"]


def test_a_fleet_that_lacks_one_is_completed_before_the_roll(
    unready: set[str], nova: Nova, run_module: RunModule
) -> None:
    unready.add("s4")
    del nova.servers["s3"]

    answer = run_module("server_fleet", NEW)

    assert "'chat-2-1' answers with status 503" in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s4"]


def test_a_change_in_place_stops_at_the_first_that_does_not_answer(
    conn: Mock, unready: set[str], run_module: RunModule
) -> None:
    conn.compute.rebuild_server.side_effect = lambda server_id, **_values: unready.add(server_id)

    answer = run_module("server_fleet", {**NEW, "update_policy": "in_place"})
    again = run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert "What was changed in place stays so: 'chat-1-1'." in answer["msg"]
    assert "'chat-1-1' answers with status 503" in again["msg"]
    assert unready == {"s1"}


def test_one_that_does_not_answer_though_others_do_is_replaced(
    unready: set[str], nova: Nova, run_module: RunModule
) -> None:
    unready.add("s2")

    answer = run_module("server_fleet", {**CHAT, "health_grace_period": 60})

    assert "it answers with status 503 at http://{address}/ready" in answer["actions"][0]
    assert sorted(nova.servers) == ["s1", "s3", "s4"]


@pytest.mark.parametrize("young", [False, True])
def test_nothing_is_concluded_from_replicas_of_which_none_answers(
    unready: set[str], nova: Nova, run_module: RunModule, young: bool
) -> None:
    """Those that are young may not be ready yet, so they are not even told of."""
    unready.update(nova.servers)
    for server in nova.servers.values() if young else ():
        server._update(created_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    answer = run_module("server_fleet", {**CHAT, "health_grace_period": 60})

    assert answer["changed"] is False
    assert ["nothing is concluded" in warning for warning in answer["warnings"]] == [True] * (not young)


def test_nobody_is_said_to_get_requests(conn: Mock, unready: set[str], run_module: RunModule) -> None:
    unready.add("s4")
    late = run_module("server_fleet", {**NEW, "replicas": 5})
    conn.compute.create_server.side_effect = ForbiddenException(message="Quota exceeded")
    quota = run_module("server_fleet", {**NEW, "replicas": 6})

    assert "'chat-2-1' answers with status 503" in late["msg"]
    assert "Quota exceeded" in quota["msg"]
    assert all("requests" not in answer["msg"] for answer in (late, quota))
