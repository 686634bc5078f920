# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet behind a load balancer: options, and a pool that says what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import Octavia
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

CHAT: dict[str, Any] = {
    **OPTIONS,
    "user_data": "#cloud-config 1",
    "pools": [{"load_balancer": "chat", "pool": "replicas", "protocol_port": 8080}],
}
NEW = {**CHAT, "user_data": "#cloud-config 2"}
POOL = "pool2"
LONG_AGO = "2020-01-01T00:00:00"


@pytest.fixture
def pool(conn: Mock) -> Octavia:
    made = Octavia(conn)
    monitor = {"type": "HTTP", "delay": 2, "timeout": 1, "max_retries": 1, "max_retries_down": 2}
    pool = {"name": "replicas", "protocol": "HTTP", "healthmonitor": monitor, "members": []}
    made.create_tree({"name": "chat", "provider": "amphora", "pools": [pool]})
    made.rows["loadbalancers"]["loadbalancer1"]["provisioning_status"] = "ACTIVE"
    return made


def weights(octavia: Octavia) -> dict[str, int]:
    return {row["name"]: row["weight"] for row in octavia.members(POOL)}


def rest(row: dict[str, Any], **more: Any) -> None:
    """Let a member rest, as a run leaves it that was killed while it drained it."""
    row.update(weight=0, tags=[*row["tags"], "model_serving.drained=1"], **more)


def history(octavia: Octavia) -> list[dict[str, int]]:
    """The members with their weights after each request that changed them."""
    seen: list[dict[str, int]] = []
    octavia.after = lambda _balancer: seen.append(weights(octavia))
    return seen


def fail_new_members(octavia: Octavia) -> None:
    """From now on, new members fail their tests."""
    known = {row["id"] for row in octavia.members(POOL)}

    def fail(_balancer: dict[str, Any]) -> None:
        for row in octavia.members(POOL):
            if row["id"] not in known:
                row["operating_status"] = "ERROR"

    octavia.after = fail


@pytest.fixture
def fleet(pool: Octavia, nova: Nova, run_module: RunModule) -> dict[str, Any]:
    assert nova.requests == []
    answer = run_module("server_fleet", CHAT)
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}
    return answer
