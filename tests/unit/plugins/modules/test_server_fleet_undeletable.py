# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that Nova does not delete: those that are broken hold nothing up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ConflictException

from .fleet_behind_pool import CHAT, LONG_AGO, POOL, weights
from .fleet_with_ports import FIXED, ports

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

__all__ = ["ports"]


@pytest.mark.parametrize("status", ["ACTIVE", "ERROR"])
@pytest.mark.usefixtures("fleet")
def test_a_server_that_nova_cannot_delete_holds_nothing_up(
    pool: Octavia, nova: Nova, run_module: RunModule, status: str
) -> None:
    nova.servers["s1"]._update(status=status, task_state="deleting" if status == "ACTIVE" else None)
    nova.looks_until_gone = 10**6

    answer = run_module("server_fleet", {**CHAT, "replicas": 4})

    assert answer.get("failed") is not True
    assert "Nova has not deleted all of 'chat-1-1' after 180 s" in answer["warnings"][0]
    assert "s1" in nova.servers
    assert len(nova.servers) == 5
    assert list(weights(pool).values()) == [1] * 4
    assert "chat-1-1" not in weights(pool)


@pytest.mark.usefixtures("fleet")
def test_a_deletion_that_nova_refuses_holds_nothing_up(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    nova.servers["s1"]._update(status="ERROR")
    conn.compute.delete_server.side_effect = ConflictException(message="Instance s1 is locked")

    answer = run_module("server_fleet", CHAT)

    assert answer.get("failed") is not True
    assert "not all of 'chat-1-1' can be deleted" in answer["warnings"][0]
    assert len(nova.servers) == 4


@pytest.mark.parametrize("host_status", ["UP", "DOWN"])
def test_a_server_on_a_live_host_is_waited_for(
    fleet: dict[str, Any], pool: Octavia, nova: Nova, run_module: RunModule, host_status: str
) -> None:
    """The next one may need that host."""
    assert fleet
    (row, *_others) = pool.members(POOL)
    row.update(operating_status="ERROR", updated_at=LONG_AGO)
    nova.servers["s1"]._update(host_status=host_status)
    nova.looks_until_gone = 10**6

    assert run_module("server_fleet", CHAT).get("failed", False) is (host_status == "UP")


@pytest.mark.usefixtures("fleet")
def test_what_is_too_much_has_to_go(nova: Nova, run_module: RunModule) -> None:
    nova.looks_until_gone = 10**6

    answer = run_module("server_fleet", {**CHAT, "replicas": 2, "timeout": 60})

    assert answer["failed"] is True
    assert "to finish deleting replicas" in answer["msg"]


@pytest.mark.usefixtures("ports")
def test_ports_are_needed_by_others(nova: Nova, run_module: RunModule) -> None:
    """The next replica gets those of one that is broken."""
    run_module("server_fleet", FIXED)
    nova.servers["s1"]._update(status="ERROR")
    nova.looks_until_gone = 10**6

    answer = run_module("server_fleet", {**FIXED, "timeout": 60})

    assert "to finish deleting replicas" in answer["msg"]
