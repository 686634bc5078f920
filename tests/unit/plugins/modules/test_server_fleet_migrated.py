# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas that the operator has migrated cold: until somebody confirms that, Nova refuses most changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fleet_behind_pool import CHAT, NEW, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia


@pytest.mark.usefixtures("fleet", "pool")
def test_metadata_wait_for_the_confirmation(nova: Nova, run_module: RunModule) -> None:
    other = {**CHAT, "metadata": {"stage": "test"}}
    nova.servers["s1"]._update(status="VERIFY_RESIZE")

    told = run_module("server_fleet", other)
    before = {server for server, _metadata in nova.metadata}
    nova.servers["s1"]._update(status="ACTIVE")
    run_module("server_fleet", other)

    assert before == {"s2", "s3"}
    assert "security groups of these stay as they are: 'chat-1-1' (s1)" in told["warnings"][0]
    assert {server for server, _metadata in nova.metadata} == {"s1", "s2", "s3"}
    assert sorted(nova.servers) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("fleet")
def test_it_is_confirmed_before_a_change_in_place(conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    def rebuild(server_id: str, **_values: Any) -> None:
        assert nova.servers[server_id].status == "ACTIVE"

    nova.servers["s1"]._update(status="VERIFY_RESIZE")
    conn.compute.rebuild_server.side_effect = rebuild
    conn.compute.confirm_server_resize.side_effect = lambda server_id: nova.servers[server_id]._update(status="ACTIVE")

    answer = run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert not answer.get("failed"), answer["msg"]
    conn.compute.confirm_server_resize.assert_called_once_with("s1")
    assert conn.compute.rebuild_server.call_count == 3
    assert set(weights(pool).values()) == {1}
