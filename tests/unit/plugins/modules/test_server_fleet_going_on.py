# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in order is not held up by what is not: by replicas that cannot be made, do not get ready or do not go."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.limits import Limits
from openstack.compute.v2.server_group import ServerGroup
from openstack.exceptions import ForbiddenException

from ansible_collections.model_serving.openstack.plugins.module_utils import _readiness

from .fleet_behind_pool import CHAT, LONG_AGO, NEW, POOL, rest, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

ZONES = {**CHAT, "availability_zones": ["az1", "az2"]}
WEIGHT = 1


def refuse_zone(conn: Mock, nova: Nova, zone: str) -> None:
    def create(**request: Any) -> Any:
        if request["availability_zone"] == zone:
            raise ForbiddenException(message="Quota exceeded for instances: Requested 2, but already used 4 of 4")
        return nova.create(**request)

    conn.compute.create_server.side_effect = create


def test_what_was_made_before_the_quota_was_used_up_gets_requests(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    run_module("server_fleet", {**ZONES, "replicas": 2})
    refuse_zone(conn, nova, "az2")

    answer = run_module("server_fleet", {**ZONES, "replicas": 6})

    assert answer["failed"] is True
    assert "Quota exceeded" in answer["msg"]
    assert answer["msg"].endswith("What there is of the fleet gets requests all the same.")
    assert len(nova.servers) == 4
    assert list(weights(pool).values()) == [WEIGHT] * 4


@pytest.mark.usefixtures("fleet")
def test_who_rests_gets_requests_although_another_cannot_be_made(
    conn: Mock, pool: Octavia, run_module: RunModule
) -> None:
    (row, *_others) = pool.members(POOL)
    rest(row)
    conn.compute.create_server.side_effect = ForbiddenException(message="Quota exceeded")

    answer = run_module("server_fleet", {**CHAT, "replicas": 4})

    assert answer["failed"] is True
    assert list(weights(pool).values()) == [WEIGHT] * 3


@pytest.mark.usefixtures("nova")
def test_what_runs_gets_requests_although_another_stays_in_build(
    pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    run_module("server_fleet", {**CHAT, "replicas": 1})
    create = nova.create

    def hang(**request: Any) -> Any:
        made = create(**request)
        made._update(progress=10**6)
        return made

    nova._conn.compute.create_server.side_effect = hang
    answer = run_module("server_fleet", {**CHAT, "replicas": 4, "timeout": 60})

    assert "'chat-2-3' is BUILD" in answer["msg"]
    assert answer["msg"].endswith("What there is of the fleet gets requests all the same.")
    assert list(weights(pool).values()) == [WEIGHT] * 3


@pytest.mark.usefixtures("fleet")
def test_who_rests_gets_requests_although_there_is_no_room_for_a_group(
    conn: Mock, pool: Octavia, run_module: RunModule
) -> None:
    (row, *_others) = pool.members(POOL)
    rest(row)
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 1})
    group = ServerGroup(id="g1", name="chat", policy="anti-affinity", member_ids=["s1"])
    conn.compute.server_groups.side_effect = lambda: [group]
    conn.compute.create_server_group.side_effect = ForbiddenException(message="Quota exceeded, too many server groups.")

    answer = run_module("server_fleet", {**CHAT, "replicas": 4, "server_group": "chat", "skip_matching": True})

    assert "too many server groups" in answer["msg"]
    assert list(weights(pool).values()) == [WEIGHT] * 3


def fail_member(pool: Octavia, name: str) -> list[dict[str, int]]:
    """Let a member fail its tests; return the weights of all after each request that changed them."""
    seen: list[dict[str, int]] = []

    def fail(_balancer: dict[str, Any]) -> None:
        seen.append(weights(pool))
        for row in pool.members(POOL):
            if row["name"] == name:
                row["operating_status"] = "ERROR"

    pool.after = fail
    return seen


@pytest.mark.usefixtures("nova")
def test_one_that_does_not_get_ready_holds_no_others_up(pool: Octavia, run_module: RunModule) -> None:
    fail_member(pool, "chat-1-2")

    answer = run_module("server_fleet", {**CHAT, "timeout": 60})

    assert answer["failed"] is True
    assert "10.0.0.2:8080 ERROR" in answer["msg"]
    assert "The others that are ready get requests: 'chat-1-1', 'chat-1-3'." in answer["msg"]
    assert weights(pool) == {"chat-1-1": WEIGHT, "chat-1-2": 0, "chat-1-3": WEIGHT}


@pytest.mark.usefixtures("fleet")
def test_a_roll_goes_on_only_with_all_of_a_batch(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    seen = fail_member(pool, "chat-2-2")

    answer = run_module("server_fleet", {**NEW, "max_surge": 2, "timeout": 60})

    assert "Batch 1 of 2 failed" in answer["msg"]
    assert any("chat-2-1" in each for each in seen)
    assert not any(each.get("chat-2-1") for each in seen)
    assert weights(pool) == {"chat-1-1": WEIGHT, "chat-1-2": WEIGHT, "chat-1-3": WEIGHT}
    assert len(nova.servers) == 3


@pytest.mark.usefixtures("fleet")
def test_a_new_member_that_somebody_removes_is_not_ready(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    """The old replica stays then."""

    def lose(_balancer: dict[str, Any]) -> None:
        for row in pool.members(POOL):
            if row["name"] == "chat-2-1":
                del pool.rows["members"][row["id"]]

    pool.after = lose

    answer = run_module("server_fleet", {**NEW, "timeout": 60})

    assert answer["failed"] is True
    assert "10.0.0.4:8080 no member" in answer["msg"]
    assert {"s1", "s2", "s3"} <= set(nova.servers)


@pytest.mark.usefixtures("fleet")
def test_a_member_that_its_load_balancer_was_not_told_is_sent_again(pool: Octavia, run_module: RunModule) -> None:
    (row, *_others) = pool.members(POOL)
    row.update(provisioning_status="ERROR", updated_at=LONG_AGO)

    answer = run_module("server_fleet", CHAT)

    assert answer["actions"] == [
        "send replica 'chat-1-1' to pool 'replicas' again: the last change of the member failed"
    ]
    before, after = (answer["diff"][when]["replicas"]["chat-1-1"]["pools"] for when in ("before", "after"))
    assert (before, after) == ({"replicas": "in rotation, but its last change failed"}, {"replicas": "in rotation"})
    assert {row["provisioning_status"] for row in pool.members(POOL)} == {"ACTIVE"}
    assert run_module("server_fleet", CHAT)["changed"] is False


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("answers with status 503", ["drain replica 'chat-1-1'", "delete replica 'chat-1-1' (s1)"]),
        # The monitor asks the same and is nearer.
        ("does not answer (timed out)", []),
    ],
)
@pytest.mark.usefixtures("fleet", "nova")
def test_who_gets_requests_is_drained_or_believed(
    run_module: RunModule, monkeypatch: pytest.MonkeyPatch, said: str, first: list[str]
) -> None:
    monkeypatch.setattr(_readiness, "answer", lambda _url, address: said if address == "10.0.0.1" else None)

    answer = run_module("server_fleet", {**CHAT, "readiness_url": "http://{address}/ready"})

    assert [action.split(":")[0] for action in answer["actions"]][:2] == first


@pytest.mark.usefixtures("fleet")
def test_what_nova_holds_up_is_told(nova: Nova, run_module: RunModule) -> None:
    nova.servers["s1"]._update(status="MIGRATING", updated_at="2026-01-01T00:00:00Z")

    answer = run_module("server_fleet", CHAT)

    assert answer["changed"] is False
    (warning,) = answer["warnings"]
    assert "'chat-1-1' of fleet 'chat' has been in status MIGRATING for" in warning


@pytest.mark.parametrize(
    ("options", "resting", "stays"),
    [
        ({}, False, None),
        ({"metadata": {"stage": "test"}}, False, "metadata"),
        ({"metadata": {"stage": "test"}, "tags": ["a"], "description": "b"}, False, "metadata, tags, description"),
        ({"security_groups": ["web"]}, False, "security groups"),
        ({}, True, "its place outside the rotation"),
        # It is not left to a later run.
        ({"user_data": "#cloud-config 2", "metadata": {"stage": "test"}}, False, None),
    ],
)
@pytest.mark.parametrize("status", ["REBOOT", "MIGRATING"])
@pytest.mark.usefixtures("fleet")
def test_what_waits_for_a_busy_replica_is_told(
    pool: Octavia,
    nova: Nova,
    neutron: Neutron,
    run_module: RunModule,
    status: str,
    options: dict[str, Any],
    resting: bool,
    stays: str | None,
) -> None:
    nova.servers["s1"]._update(status=status, updated_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    neutron.create_port(device_id="s1", security_groups=["sg0"])
    if resting:
        rest(pool.members(POOL)[0])

    answer = run_module("server_fleet", {**CHAT, **options})

    said = f"Replica 'chat-1-1' (s1) of fleet 'chat' is in status {status}. Until a run finds it ACTIVE, it keeps"
    assert answer["warnings"] == ([f"{said} what it has: {stays}"] if stays else [])
    assert "s1" not in {server for server, _metadata in nova.metadata}
