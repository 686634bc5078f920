# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from openstack.compute.v2.server_group import ServerGroup

from .conftest import give_twin
from .fleet_options import OPTIONS as CHAT

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova


def test_creates_waits_and_is_idempotent(nova: Nova, run_module: RunModule) -> None:
    first = run_module("server_fleet", CHAT)
    second = run_module("server_fleet", CHAT)

    assert first["changed"] is True
    assert [replica["name"] for replica in first["fleet"]["replicas"]] == ["chat-1-1", "chat-1-2", "chat-1-3"]
    assert {replica["status"] for replica in first["fleet"]["replicas"]} == {"ACTIVE"}
    assert first["fleet"]["spread"]["distinct_hosts"] == 3
    assert second["changed"] is False
    assert len(nova.requests) == 1


def test_a_name_that_becomes_unclear_does_not_spoil_what_is_done(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    give_twin(conn, lambda: nova.requests)

    done = run_module("server_fleet", CHAT)
    refused = run_module("server_fleet", CHAT)

    assert len(done["fleet"]["replicas"]) == 3
    assert refused["failed"] is True
    assert "i2" in refused["msg"]


def test_request_has_the_whole_template(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = [ServerGroup(id="g1", name="chat", policy="anti-affinity")]
    conn.compute.find_keypair.return_value = object()
    options = {
        "availability_zones": ["az1", "az2"],
        "server_group": "chat",
        "security_groups": ["web"],
        "key_name": "ops",
        "user_data": "#cloud-config",
        "config_drive": True,
        "metadata": {"stage": "production", "spot": False, "owner": None},
    }

    run_module("server_fleet", {**CHAT, **options})

    first, second = nova.requests
    metadata = first.pop("metadata")
    assert metadata["model_serving.service"] == "chat"
    assert metadata["stage"] == "production"
    assert metadata["spot"] == "false"
    assert "owner" not in metadata
    assert first == {
        "name": "chat-1",
        "min_count": 2,
        "max_count": 2,
        "image_id": "i1",
        "flavor_id": "f1",
        "networks": [{"uuid": "n1"}],
        "availability_zone": "az1",
        "key_name": "ops",
        "config_drive": True,
        "user_data": base64.b64encode(b"#cloud-config").decode(),
        "security_groups": [{"name": "sg1"}],
        "scheduler_hints": {"group": "g1"},
    }
    assert (second["name"], second["max_count"], second["availability_zone"]) == ("chat-2-1", 1, "az2")


@pytest.mark.usefixtures("nova")
def test_check_mode_predicts_what_the_run_does(run_module: RunModule) -> None:
    predicted = run_module("server_fleet", CHAT, check=True)
    done = run_module("server_fleet", CHAT)

    assert predicted["actions"] == done["actions"]
    assert predicted["diff"] == done["diff"]
    assert predicted["fleet"]["replicas"] == []


def test_user_data_shows_as_a_digest_only(nova: Nova, run_module: RunModule) -> None:
    answer = run_module("server_fleet", {**CHAT, "user_data": "password: hunter2"})

    assert nova.requests
    assert "hunter2" not in str(answer)


def test_adopts_what_a_killed_run_left(nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", {**CHAT, "wait": False})
    for server in nova.servers.values():
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        server._update(status="BUILD", progress=nova.looks + 3, created_at=now)

    answer = run_module("server_fleet", CHAT)

    assert answer["changed"] is False
    assert {replica["status"] for replica in answer["fleet"]["replicas"]} == {"ACTIVE"}
    assert len(nova.requests) == 1


def test_servers_of_others_are_not_touched(nova: Nova, run_module: RunModule) -> None:
    nova.add(id="theirs", name="chat-1-1", status="ERROR", metadata={})
    nova.add(id="other", name="x", status="ERROR", metadata={"model_serving.service": "search"})

    run_module("server_fleet", CHAT)
    answer = run_module("server_fleet", {"name": "chat", "state": "absent"})

    assert sorted(nova.servers) == ["other", "theirs"]
    assert len(answer["actions"]) == 3


def test_replaces_a_broken_replica(nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    nova.servers["s2"]._update(status="ERROR", fault={"message": "disk full"})

    answer = run_module("server_fleet", CHAT)

    assert "s2" not in nova.servers
    assert "disk full" in answer["actions"][0]
    assert len(answer["fleet"]["replicas"]) == 3
    assert nova.requests[-1]["name"] == "chat-2-1"


def test_check_mode_bears_groups_that_are_not_there_yet(nova: Nova, run_module: RunModule) -> None:
    options = {"server_group": "chat", "security_groups": ["chat"]}

    answer = run_module("server_fleet", {**CHAT, **options}, check=True)

    assert answer["changed"] is True
    assert len(answer["warnings"]) == 2
    assert nova.requests == []


def test_warns_when_hard_anti_affinity_is_not_kept(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.compute.server_groups.side_effect = lambda: [
        ServerGroup(id="g1", name="chat", policy="anti-affinity", member_ids=list(nova.servers))
    ]
    nova.outcome = {"status": "ACTIVE", "host_id": "h1"}

    answer = run_module("server_fleet", {**CHAT, "server_group": "chat"})

    assert answer["fleet"]["spread"]["violated"] is True
    names = "'chat-1-1', 'chat-1-2', 'chat-1-3'"
    assert f"3 replicas on 1 hosts, 3 on one of them ({names})." in answer["warnings"][0]


@pytest.mark.usefixtures("nova")
def test_calls_of_an_unchanged_run_do_not_grow_with_the_fleet(conn: Mock, run_module: RunModule) -> None:
    counts = []
    for replicas in (3, 30):
        run_module("server_fleet", {**CHAT, "replicas": replicas})
        conn.compute.reset_mock()
        assert run_module("server_fleet", {**CHAT, "replicas": replicas})["changed"] is False
        counts.append(len(conn.compute.mock_calls))

    assert counts[0] == counts[1]


def test_waiting_does_not_list_with_details_again_and_again(nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    quick, nova.detailed = nova.detailed, 0
    run_module("server_fleet", {**CHAT, "state": "absent"})
    nova.detailed, nova.looks_until_built = 0, 20

    answer = run_module("server_fleet", CHAT)

    assert [replica["status"] for replica in answer["fleet"]["replicas"]] == ["ACTIVE"] * 3
    assert nova.detailed == quick


def test_waiting_for_deletions_does_not_list_with_details_again_and_again(nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    nova.detailed, nova.looks_until_gone = 0, 10

    answer = run_module("server_fleet", {**CHAT, "state": "absent"})

    assert answer["changed"] is True
    assert nova.servers == {}
    assert nova.detailed <= 3


def test_does_not_wait_for_servers_of_others_whose_names_begin_alike(nova: Nova, run_module: RunModule) -> None:
    nova.add(id="s90", name="chat-1-1-1", status="BUILD", progress=1000, metadata={})
    nova.add(id="s91", name="webchat-1-1", status="BUILD", progress=1000, metadata={})
    for number in range(7, 20):
        nova.add(id=f"s9{number}", name=f"chat-1-{number}", status="BUILD", progress=1000, metadata={})

    answer = run_module("server_fleet", {**CHAT, "timeout": 30})

    assert len(answer["fleet"]["replicas"]) == 3
    assert nova.looks < 10


def test_changes_in_place(nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", {**CHAT, "replicas": 1})

    answer = run_module("server_fleet", {**CHAT, "replicas": 1, "metadata": {"stage": "test", "server": "vllm"}})

    assert answer["changed"] is True
    assert nova.metadata == [("s1", {"stage": "test", "server": "vllm"})]
    assert len(nova.requests) == 1


def test_info_groups_replicas_by_service(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    nova.add(id="other", name="x", status="ACTIVE", metadata={"model_serving.service": "search"})
    nova.add(id="theirs", name="y", status="ACTIVE", metadata={})
    group = ServerGroup(id="g1", name="chat", policy="anti-affinity", member_ids=list(nova.servers))
    conn.compute.server_groups.return_value = [group]

    every = run_module("server_fleet_info")["fleets"]
    only = run_module("server_fleet_info", {"name": "search"})["fleets"]

    assert [(fleet["name"], len(fleet["replicas"])) for fleet in every] == [("chat", 3), ("search", 1)]
    assert every[0]["server_group"] == "chat"
    assert [fleet["name"] for fleet in only] == ["search"]


def test_info_of_nothing_is_an_empty_list(conn: Mock, run_module: RunModule) -> None:
    conn.compute.servers.return_value = []

    assert run_module("server_fleet_info", {"name": "chat"})["fleets"] == []
