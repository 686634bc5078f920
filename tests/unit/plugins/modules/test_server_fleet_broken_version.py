# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers: a version that never gets ready, and the one that comes after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fleet_behind_pool import CHAT, LONG_AGO, NEW, POOL, history, rest, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia


def break_first_version(pool: Octavia) -> None:
    def fail(_balancer: dict[str, Any]) -> None:
        for row in pool.members(POOL):
            if row["name"].startswith("chat-1-"):
                row["operating_status"] = "ERROR"

    pool.after = fail


def renewed(pool: Octavia) -> bool:
    found = weights(pool)
    return list(found.values()) == [1, 1, 1] and not any(name.startswith("chat-1-") for name in found)


def test_the_first_version_that_gets_ready_replaces_one_that_never_did(
    pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    break_first_version(pool)
    broken = run_module("server_fleet", {**CHAT, "timeout": 60})
    again = run_module("server_fleet", {**CHAT, "timeout": 60})

    predicted = run_module("server_fleet", NEW, check=True)
    answer = run_module("server_fleet", NEW)

    # The same version is waited for each time.
    assert broken["failed"] is again["failed"] is True
    assert "failed" not in answer
    assert predicted["actions"] == answer["actions"]
    assert renewed(pool)
    assert len(nova.servers) == 3
    assert run_module("server_fleet", NEW)["changed"] is False


@pytest.mark.usefixtures("fleet")
def test_more_unhealthy_replicas_than_may_be_are_rolled_to_another_version(
    pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    """New before old, and the next one only when the new one is ready: unlike a replacement of all of them at once."""
    for row in pool.members(POOL):
        row.update(operating_status="ERROR", updated_at=LONG_AGO)
    seen = history(pool)

    refused = run_module("server_fleet", CHAT)
    answer = run_module("server_fleet", NEW)

    assert "3 replicas of fleet 'chat' are unhealthy" in refused["msg"]
    assert "failed" not in answer
    assert renewed(pool)
    assert min(len(one) for one in seen) == 3
    assert len(nova.servers) == 3


@pytest.mark.usefixtures("fleet")
def test_of_two_in_three_that_fail_those_are_rolled_first(pool: Octavia, run_module: RunModule) -> None:
    for row in pool.members(POOL)[1:]:
        row.update(operating_status="ERROR", updated_at=LONG_AGO)
    healthy = pool.members(POOL)[0]["name"]

    answer = run_module("server_fleet", NEW)

    removed = [action for action in answer["actions"] if action.startswith("delete replica")]
    assert healthy in removed[-1]


@pytest.mark.usefixtures("fleet")
def test_other_reasons_are_refused_as_before(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    for row in pool.members(POOL):
        row.update(operating_status="ERROR", updated_at=LONG_AGO)

    answer = run_module("server_fleet", {**NEW, "update_policy": "none"})

    assert "3 replicas of fleet 'chat' are unhealthy" in answer["msg"]
    assert len(nova.servers) == 3


@pytest.mark.usefixtures("fleet")
def test_one_that_rests_and_fails_is_rolled_before_those_that_serve(pool: Octavia, run_module: RunModule) -> None:
    row = pool.members(POOL)[-1]
    rest(row, operating_status="ERROR")
    seen = history(pool)

    run_module("server_fleet", {**NEW, "max_unavailable": 1})

    assert min(sum(one.values()) for one in seen) == 2
    assert renewed(pool)


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("state", [{"status": "SHUTOFF"}, {"host_status": "UNKNOWN"}])
def test_what_does_not_run_is_replaced_where_others_are_changed_in_place(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule, state: dict[str, str]
) -> None:
    """Nova rebuilds a server that is stopped, which is stopped afterwards, too."""
    for server_id, row in zip(("s1", "s2"), pool.members(POOL), strict=False):
        nova.servers[server_id]._update(**state)
        row["operating_status"] = "ERROR"

    answer = run_module("server_fleet", {**NEW, "update_policy": "in_place"})
    again = run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert "failed" not in answer
    assert [call.args for call in conn.compute.rebuild_server.call_args_list] == [("s3",)]
    assert sorted(weights(pool).values()) == [1, 1, 1]
    assert {server.status for server in nova.servers.values()} == {"ACTIVE"}
    assert again["changed"] is False
