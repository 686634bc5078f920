# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What server_fleet says and leaves behind when things go wrong."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from keystoneauth1.exceptions import ConnectFailure
from openstack.compute.v2.server import Server
from openstack.compute.v2.server_group import ServerGroup
from openstack.exceptions import BadRequestException, ConflictException, ForbiddenException
from openstack.image.v2.image import Image

from .fleet_behind_pool import NEW, weights
from .fleet_options import OPTIONS as CHAT

if TYPE_CHECKING:
    from collections.abc import Callable
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia


def test_what_nova_cannot_build_is_deleted_and_told(nova: Nova, run_module: RunModule) -> None:
    nova.outcome = {"status": "ERROR", "host_id": "", "fault": {"message": "No valid host was found."}}

    answer = run_module("server_fleet", CHAT)

    assert answer["failed"] is True
    assert "No valid host was found" in answer["msg"]
    assert "chat-1-3" in answer["msg"]
    assert nova.servers == {}


def test_a_failed_batch_leaves_older_replicas_alone(nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    nova.outcome = {"status": "ERROR", "fault": {"message": "No valid host was found."}}

    answer = run_module("server_fleet", {**CHAT, "replicas": 5})

    assert answer["failed"] is True
    assert sorted(nova.servers) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("fleet")
def test_replicas_that_nova_does_not_delete_get_requests_again(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    """Somebody locks them while they are drained."""
    conn.compute.delete_server.side_effect = ConflictException(message="Instance is locked")

    answer = run_module("server_fleet", {**NEW, "max_unavailable": 2})

    assert "Batch 1 of 2 failed, so the roll stopped" in answer["msg"]
    assert "the old ones that are left get requests as before" in answer["msg"]
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}
    assert sorted(nova.servers) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("fleet")
def test_new_replicas_that_serve_stay_when_old_ones_cannot_be_deleted(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    def refuse_old(server_id: str, **options: bool) -> None:
        if server_id == "s1":
            raise ConflictException(message="Instance is locked")
        nova.delete(server_id, **options)

    conn.compute.delete_server.side_effect = refuse_old

    answer = run_module("server_fleet", NEW)

    assert "Batch 1 of 3 failed, so the roll stopped" in answer["msg"]
    assert "Its new replicas are ready and stay; the next run goes on" in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s3", "s4"]
    assert weights(pool)["chat-2-1"] == 1


@pytest.mark.usefixtures("fleet")
def test_a_roll_that_stops_says_so_though_nova_stays_away(conn: Mock, run_module: RunModule) -> None:
    away = {"side_effect": ConnectFailure("nobody answers")}
    conn.compute.create_server.side_effect = lambda **_: conn.compute.servers.configure_mock(**away)

    answer = run_module("server_fleet", NEW)

    assert "Batch 1 of 3 failed, so the roll stopped" in answer["msg"]
    assert "Which replicas the fleet has now is not known" in answer["msg"]


def test_a_deletion_that_was_lost_is_requested_again(
    conn: Mock, nova: Nova, clock: FakeClock, run_module: RunModule
) -> None:
    """As when the server's host has just died."""
    run_module("server_fleet", {**CHAT, "replicas": 1})
    requested: list[float] = []

    def delete(server_id: str, **options: bool) -> None:
        requested.append(clock.now)
        if len(requested) > 1:
            nova.delete(server_id, **options)

    conn.compute.delete_server.side_effect = delete

    answer = run_module("server_fleet", {"name": "chat", "state": "absent"})

    first, second = requested
    assert not answer.get("failed"), answer["msg"]
    assert 20 <= second - first < 30
    assert nova.servers == {}


@pytest.mark.usefixtures("nova")
@pytest.mark.parametrize("written", [lambda text: base64.b64encode(text.encode()).decode(), str])
def test_user_data_in_a_refused_request_is_not_told(
    conn: Mock, run_module: RunModule, written: Callable[[str], str]
) -> None:
    user_data = '#cloud-config\n{"write_files": [{"content": "HF_TOKEN=hf_secret"}]}\n'
    # As nova/api/validation/validators.py puts it for an attribute that its microversion does not have.
    quoted = {"name": "chat", "user_data": written(user_data)}
    refused = f"Invalid input for field/attribute server. Value: {quoted}. 'tags' was unexpected"
    conn.compute.create_server.side_effect = BadRequestException(message=refused)

    answer = run_module("server_fleet", {**CHAT, "user_data": user_data})

    assert "'tags' was unexpected" in answer["msg"]
    assert "hf_secret" not in str(answer)
    assert base64.b64encode(user_data.encode()).decode() not in str(answer)


def test_time_is_up(nova: Nova, run_module: RunModule) -> None:
    nova.looks_until_built = 1000

    answer = run_module("server_fleet", {**CHAT, "timeout": 30})

    assert "'chat-1-1' is BUILD" in answer["msg"]
    assert "after 30 s" in answer["msg"]
    assert nova.looks < 40


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("module", ["server_fleet", "server_group"])
def test_servers_in_a_cell_that_does_not_answer_are_not_taken_for_gone(
    module: str, state: str, conn: Mock, nova: Nova, run_module: RunModule
) -> None:
    """Nova lists them like this (Compute API guide: Handling Down Cells)."""
    run_module("server_fleet", CHAT)
    known = {"status": "UNKNOWN", "created_at": "2026-01-01T00:00:00Z", "project_id": conn.current_project_id}
    nova.servers = {key: Server(id=key, **known) for key in nova.servers}
    conn.compute.server_groups.return_value = [
        ServerGroup(id="g1", name="chat", policy="anti-affinity", member_ids=list(nova.servers))
    ]
    options = CHAT if module == "server_fleet" else {"name": "chat", "policy": "anti-affinity"}

    answer = run_module(module, {**options, "state": state})

    assert answer["failed"] is True
    assert "Nova knows nothing but the ids of 3 of them: s1, s2, s3" in answer["msg"]
    assert len(nova.requests) == 1
    conn.compute.delete_server.assert_not_called()
    conn.compute.delete_server_group.assert_not_called()


def test_quota_is_told_with_request_id(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    error = ForbiddenException(
        message="x", details="Quota exceeded for instances: Requested 3, but already used 9 of 10"
    )
    error.status_code, error.request_id = 403, "req-7"
    conn.compute.create_server.side_effect = error

    answer = run_module("server_fleet", CHAT)

    assert "Quota exceeded for instances" in answer["msg"]
    assert answer["failure"]["request_id"] == "req-7"
    assert nova.servers == {}


def test_all_problems_are_told_before_the_first_write(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    bad = {
        "replicas": 1,
        "image": "no-image",
        "flavor": "no-flavor",
        "networks": ["private", "no-network"],
        "security_groups": ["no-group"],
        "server_group": "no-server-group",
        "key_name": "no-key",
        "availability_zones": ["az1", "no-zone"],
    }

    answer = run_module("server_fleet", {"name": "chat", **bad})

    assert len(answer["failure"]["problems"]) == 7
    assert all(any(f"no-{what}" in problem for problem in answer["failure"]["problems"]) for what in ("image", "zone"))
    assert "there are: m1" in answer["msg"]
    conn.compute.create_server.assert_not_called()
    # Whether replicas are in the zone that nobody knows.
    assert nova.looks == 1


def test_a_name_that_two_server_groups_have_needs_the_id(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = [
        ServerGroup(id=one, name="chat", policy="anti-affinity") for one in ("g1", "g2")
    ]

    answer = run_module("server_fleet", {**CHAT, "server_group": "chat"})

    assert answer["msg"] == "2 server groups are named 'chat' (g1, g2); give the id of the one that is meant"
    assert nova.requests == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image": None}, "image"),
        ({"replicas": -1}, "negative"),
        ({"user_data": "x" * 60000}, "65535"),
        ({"networks": []}, "at least one network"),
        ({"name": "x" * 201}, "201 characters"),
        (
            {"pools": [{"pool": "replicas", "protocol_port": 80, "weight": 0}]},
            "'weight: 0' of pool 'replicas' would leave all replicas without requests; it goes from 1 to 256",
        ),
    ],
)
def test_refuses_bad_options_before_any_call(
    conn: Mock, run_module: RunModule, options: dict[str, Any], message: str
) -> None:
    given = {key: value for key, value in {**CHAT, **options}.items() if value is not None}

    answer = run_module("server_fleet", given)

    assert answer["failed"] is True
    assert message in answer["msg"]
    conn.compute.servers.assert_not_called()


def test_refuses_an_image_that_does_not_fit(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    image = Image(id="i1", name="model-server", status="queued", min_ram=1024, min_disk=20)
    conn.image.images.side_effect = lambda **_: [image]

    answer = run_module("server_fleet", CHAT)

    assert len(answer["failure"]["problems"]) == 3
    assert nova.requests == []
