# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers that are lost while the fleet is being changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils import _readiness

from .fake_octavia import Octavia
from .fleet_behind_pool import CHAT, NEW, POOL, history, weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .conftest import Nova

BALANCER = "loadbalancer1"
DRAIN = 77
ALL_IN = {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}


def fail(pool: Octavia) -> None:
    pool.rows["loadbalancers"][BALANCER]["provisioning_status"] = "ERROR"


def vanish(pool: Octavia) -> None:
    pool.remove(BALANCER)


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("lose", "told", "left"), [(fail, "'chat' has gone into ERROR", ALL_IN), (vanish, "is gone", {})]
)
def test_a_roll_stops_when_its_pool_is_lost(
    conn: Mock,
    pool: Octavia,
    nova: Nova,
    run_module: RunModule,
    lose: Callable[[Octavia], None],
    told: str,
    left: dict[str, int],
) -> None:
    """As after a failover that fails, or while another run makes the load balancer again."""

    def create(**request: Any) -> Any:
        lose(pool)
        return nova.create(**request)

    conn.compute.create_server.side_effect = create

    answer = run_module("server_fleet", NEW)

    assert "Could not go on without pool 'replicas'" in answer["msg"]
    assert told in answer["msg"]
    assert "Its new replicas were removed again" in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert weights(pool) == left


@pytest.mark.usefixtures("fleet")
def test_a_roll_stops_when_its_pool_is_not_clear_any_more(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    """As while another run makes a load balancer of the same name. Nobody knows then which pool is meant."""
    balancers = pool.rows["loadbalancers"]

    def create(**request: Any) -> Any:
        balancers["twin"] = {**balancers[BALANCER], "id": "twin"}
        return nova.create(**request)

    conn.compute.create_server.side_effect = create

    answer = run_module("server_fleet", NEW)
    del balancers["twin"]
    conn.compute.create_server.side_effect = nova.create
    again = run_module("server_fleet", NEW)

    assert "Could not go on with pool 'replicas'" in answer["msg"]
    assert "Batch 1 of 3 failed" in answer["msg"]
    assert "twin" in answer["msg"]
    assert "Taking it back failed, too" in answer["msg"]
    assert again["changed"] is True
    assert len(nova.servers) == len(weights(pool)) == 3
    assert not {"s1", "s2", "s3"} & nova.servers.keys()


@pytest.mark.usefixtures("fleet")
def test_a_replica_that_rests_in_a_lost_pool_stays(
    clock: FakeClock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    clock.when(DRAIN, lambda: fail(pool))

    answer = run_module("server_fleet", {**NEW, "max_unavailable": 1, "drain_timeout": DRAIN})

    assert "Taking it back failed, too (Could not go on without pool 'replicas'" in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert weights(pool) == {**ALL_IN, "chat-1-1": 0}

    pool.rows["loadbalancers"][BALANCER]["provisioning_status"] = "ACTIVE"
    assert "failed" not in run_module("server_fleet", CHAT)
    assert weights(pool) == ALL_IN


@pytest.mark.usefixtures("fleet")
def test_a_pool_that_was_not_there_before_does_not_stop_a_roll(pool: Octavia, run_module: RunModule) -> None:
    later = {"load_balancer": "chat", "pool": "later", "protocol_port": 8081}

    answer = run_module("server_fleet", {**NEW, "pools": [later, *NEW["pools"]]})

    assert "failed" not in answer
    assert sorted(weights(pool)) == ["chat-2-1", "chat-3-1", "chat-4-1"]
    (warning,) = answer["warnings"]
    assert "There is no pool 'later', so replicas of fleet 'chat' are no members of it" in warning


@pytest.mark.usefixtures("fleet")
def test_a_member_that_is_lost_before_its_replica_is_ready_is_made_again(
    pool: Octavia, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another run makes the load balancer again, which takes no notice of new members."""
    seen = history(pool)
    lost: set[str] = set()

    def answer(_url: str, _address: str | None) -> None:
        for row in pool.members(POOL):
            if row["name"].startswith("chat-2-") and not lost:
                lost.add(row["name"])
                del pool.rows["members"][row["id"]]

    monkeypatch.setattr(_readiness, "answer", answer)

    told = run_module("server_fleet", {**NEW, "readiness_url": "http://{address}/ready", "health_grace_period": 10**9})

    assert "failed" not in told
    assert lost == {"chat-2-1"}
    assert sorted(weights(pool)) == ["chat-2-1", "chat-3-1", "chat-4-1"]
    assert min(sum(weights.values()) for weights in seen) == 3
