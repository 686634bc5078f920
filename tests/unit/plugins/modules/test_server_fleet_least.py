# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who goes first: what answers nobody at the moment. Who stays: what is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ConflictException

from .answers import ago
from .fake_octavia import Octavia
from .fleet_behind_pool import CHAT, NEW, POOL, history
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

ONE_BY_ONE = {**NEW, "max_surge": 0, "max_unavailable": 1}


def fail(pool: Octavia, nova: Nova, how: str) -> None:
    """Let the second replica answer nobody for a moment: not long enough to be called unhealthy."""
    if how != "member":
        nova.servers["s2"]._update(status=how)
        return
    (row,) = (row for row in pool.members(POOL) if row["name"] == "chat-1-2")
    row.update(operating_status="ERROR", updated_at=ago())


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("how", ["member", "REBOOT"])
@pytest.mark.parametrize("update", [{}, {"update_policy": "in_place"}])
def test_a_roll_begins_with_it(
    pool: Octavia, nova: Nova, run_module: RunModule, how: str, update: dict[str, str]
) -> None:
    fail(pool, nova, how)
    seen = history(pool)

    answer = run_module("server_fleet", {**ONE_BY_ONE, **update}, check=True)

    assert not answer.get("failed"), answer["msg"]
    first = next(action for action in answer["actions"] if "'chat-1-" in action)
    assert "'chat-1-2'" in first
    assert seen == []


@pytest.mark.usefixtures("fleet")
def test_what_is_too_much_is_it(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    fail(pool, nova, "member")

    run_module("server_fleet", {**CHAT, "replicas": 2})

    assert sorted(nova.servers) == ["s1", "s3"]


@pytest.mark.parametrize("pools", [{}, {"pools": [{"load_balancer": "x", "pool": "y", "protocol_port": 80}]}])
def test_new_replicas_stay_when_an_old_one_without_a_rotation_is_not_deleted(
    conn: Mock, nova: Nova, run_module: RunModule, pools: dict[str, Any]
) -> None:
    Octavia(conn)
    options = {**OPTIONS, **pools, "min_healthy_percentage": 100, "max_healthy_percentage": 200}
    run_module("server_fleet", {**options, "user_data": "#cloud-config 1"})
    delete = conn.compute.delete_server.side_effect

    def refuse(server: str, **more: Any) -> None:
        if server == "s3":
            raise ConflictException(message="Instance s3 is locked")
        delete(server, **more)

    conn.compute.delete_server.side_effect = refuse

    answer = run_module("server_fleet", {**options, "user_data": "#cloud-config 2"})

    assert "Its new replicas are ready and stay" in answer["msg"]
    assert {"s4", "s5", "s6"} <= set(nova.servers)
