# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change in place of a server on which a run that was killed has begun it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ConflictException

from .fleet_behind_pool import NEW, POOL, rest, weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

IN_PLACE: dict[str, Any] = {**NEW, "update_policy": "in_place", "timeout": 60}


class Rebuilding:
    """A Nova that is rebuilding the first server of a fleet for some more listings, and refuses another rebuild."""

    def __init__(self, conn: Mock, nova: Nova) -> None:
        self.nova, self.left = nova, 5
        self.end: dict[str, Any] = {"status": "ACTIVE"}
        self.rebuilt: list[str] = []
        nova.servers["s1"]._update(status="REBUILD", task_state="rebuilding")
        conn.compute.servers.side_effect = self.list
        conn.compute.rebuild_server.side_effect = self.rebuild

    def list(self, details: bool, **query: Any) -> Iterator[Server]:
        self.left -= details
        if self.left == 0:
            self.nova.servers["s1"]._update(task_state=None, **self.end)
        return self.nova.list(details, **query)

    def rebuild(self, server_id: str, **_values: Any) -> None:
        if self.nova.servers[server_id].status == "REBUILD":
            raise ConflictException(message="Cannot 'rebuild' instance s1 while it is in task_state rebuilding")
        self.rebuilt.append(server_id)


@pytest.fixture
def rebuilding(conn: Mock, pool: Octavia, nova: Nova, fleet: dict[str, Any]) -> Rebuilding:
    assert len(fleet["fleet"]["replicas"]) == 3
    resting = pool.members(POOL)[0]
    rest(resting)
    return Rebuilding(conn, nova)


def test_it_is_changed_when_it_has_come_to_rest(pool: Octavia, rebuilding: Rebuilding, run_module: RunModule) -> None:
    answer = run_module("server_fleet", IN_PLACE)

    assert not answer.get("failed"), answer["msg"]
    assert rebuilding.rebuilt == ["s1", "s2", "s3"]
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}


def test_one_that_does_not_come_to_rest_gets_no_requests(
    pool: Octavia, rebuilding: Rebuilding, run_module: RunModule
) -> None:
    """It may be what the new template makes of it, and nobody has seen that ready."""
    rebuilding.left = 1000

    answer = run_module("server_fleet", {**IN_PLACE, "max_unavailable": 2})

    assert "Timed out waiting for server fleet 'chat' to settle: 'chat-1-1' is rebuilding after 60 s" in answer["msg"]
    assert "What was changed in place stays so, and out of rotation: 'chat-1-1'." in answer["msg"]
    assert rebuilding.rebuilt == []
    assert weights(pool) == {"chat-1-1": 0, "chat-1-2": 1, "chat-1-3": 1}


def test_one_whose_rebuild_fails_is_told_and_replaced_by_the_next_run(
    pool: Octavia, nova: Nova, rebuilding: Rebuilding, run_module: RunModule
) -> None:
    rebuilding.end = {"status": "ERROR", "fault": {"message": "disk full"}}

    answer = run_module("server_fleet", IN_PLACE)
    after = run_module("server_fleet", IN_PLACE)

    assert "'chat-1-1' is ERROR: disk full" in answer["msg"]
    assert rebuilding.rebuilt == ["s2", "s3"]
    assert not after.get("failed"), after["msg"]
    assert sorted(nova.servers) == ["s2", "s3", "s4"]
    assert sorted(weights(pool).values()) == [1, 1, 1]
