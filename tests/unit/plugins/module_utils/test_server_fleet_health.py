# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    NO_MONITOR,
    Member,
    Monitor,
    Pool,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._pool_members_read import PoolOfBalancer
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_health import (
    found_ready,
    is_stuck,
    seems_ready,
    unhealthy,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import PoolState, PoolUse
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import HealthPolicy, Replica

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
POLICY = HealthPolicy(grace_period=60, build_timeout=600)
YOUNG, OLD, VERY_OLD = "2026-01-01T11:59:30Z", "2026-01-01T11:58:00Z", "2026-01-01T11:00:00Z"


def replica(**values: Any) -> Replica:
    given = {"status": "ACTIVE", "created_at": VERY_OLD, "addresses": {"private": ("10.0.0.1",)}, **values}
    return Replica(id="s1", name="chat-1-1", **given)


def pool(status: str, since: str = OLD, provider: str = "amphora", **settings: Any) -> PoolState:
    member = Member(
        id="m1", address="10.0.0.1", protocol_port=80, changed_at=since, operating_status=status, settings=settings
    )
    found = PoolOfBalancer(
        pool=Pool(id="p1", name="replicas", members=(member,)), balancer_id="b1", balancer="chat", provider=provider
    )
    return PoolState(use=PoolUse(pool="replicas", protocol_port=80), found=found)


def reason(one: Replica, *pools: PoolState, asked: dict[str, str | None] | None = None) -> str | None:
    return unhealthy([one], pools, POLICY, NOW, asked).get("s1")


@pytest.mark.parametrize(
    ("status", "created_at", "is_healthy"),
    [
        ("ACTIVE", VERY_OLD, True),
        ("BUILD", OLD, True),
        ("BUILD", VERY_OLD, False),
        ("REBOOT", VERY_OLD, True),
        ("ERROR", YOUNG, False),
        ("SHUTOFF", YOUNG, False),
    ],
)
def test_status(status: str, created_at: str, is_healthy: bool) -> None:
    assert (reason(replica(status=status, created_at=created_at)) is None) is is_healthy


@pytest.mark.parametrize(
    ("member", "created_at", "is_healthy"),
    [
        pytest.param(pool("ONLINE"), VERY_OLD, True, id="online"),
        pytest.param(pool("ERROR", OLD), VERY_OLD, False, id="in error for long"),
        pytest.param(pool("ERROR", YOUNG), VERY_OLD, True, id="in error just now"),
        pytest.param(pool("ERROR", OLD), YOUNG, True, id="new replica"),
        pytest.param(pool("ERROR", OLD, weight=0), VERY_OLD, True, id="drained by somebody else"),
        pytest.param(pool("ERROR", OLD, admin_state_up=False), VERY_OLD, True, id="disabled by somebody else"),
        pytest.param(pool("ERROR", OLD, weight=0, tags=["model_serving.drained=1"]), VERY_OLD, False, id="never ready"),
        pytest.param(pool("ERROR", OLD, weight=0, tags=["model_serving.drained=0"]), VERY_OLD, True, id="put aside"),
    ],
)
def test_member(member: PoolState, created_at: str, is_healthy: bool) -> None:
    assert (reason(replica(created_at=created_at), member) is None) is is_healthy


@pytest.mark.parametrize(
    ("pools", "asked", "is_healthy"),
    [
        pytest.param([], None, False, id="nothing shows that it answers"),
        pytest.param([pool("ONLINE")], None, True, id="amphora tests it"),
        pytest.param([pool("DRAINING")], None, True, id="amphora tests it while it is drained"),
        pytest.param([pool("NO_MONITOR")], None, False, id="nobody tests it"),
        pytest.param([pool("OFFLINE")], None, False, id="it is not tested yet"),
        pytest.param([pool("ONLINE", provider="ovn")], None, False, id="ovn does not notice"),
        pytest.param([pool("ERROR", YOUNG)], None, False, id="amphora says that it fails"),
        pytest.param([pool("ONLINE", provider="ovn")], {"s1": None}, True, id="it answers itself"),
        pytest.param([pool("ONLINE", provider="ovn")], {"s2": None}, False, id="it was not asked"),
        pytest.param([pool("ONLINE", provider="ovn")], {"s1": "silent"}, False, id="it is silent"),
    ],
)
@pytest.mark.parametrize("host_status", ["UNKNOWN", "DOWN"])
def test_lost_host(
    host_status: str, pools: list[PoolState], asked: dict[str, str | None] | None, is_healthy: bool
) -> None:
    """Nova's agent may be down while the host is fine."""
    assert (reason(replica(host_status=host_status), *pools, asked=asked) is None) is is_healthy


def test_what_was_changed_in_place_has_its_time() -> None:
    """It loads its models again."""
    asked: dict[str, str | None] = {"s1": "it is silent"}
    assert reason(replica(launched_at=YOUNG), asked=asked) is None
    assert reason(replica(launched_at=OLD), asked=asked) == "it is silent"
    # What Nova does not get built has its time from its creation.
    assert reason(replica(status="BUILD", launched_at=YOUNG)) is not None


def test_silent_though_others_answer() -> None:
    assert reason(replica(), pool("ONLINE", provider="ovn"), asked={"s1": "it is silent"}) == "it is silent"
    assert reason(replica(created_at=YOUNG), asked={"s1": "it is silent"}) is None


@pytest.mark.parametrize("member", [pool("ONLINE", weight=0), pool("OFFLINE", admin_state_up=False)])
def test_who_was_taken_out_by_somebody_else_may_be_silent(member: PoolState) -> None:
    assert reason(replica(), member, asked={"s1": "it is silent"}) is None


@pytest.mark.parametrize(
    ("status", "since", "pools", "values", "is_healthy"),
    [
        pytest.param("HARD_REBOOT", OLD, [], {"host_status": "DOWN"}, True, id="just now"),
        pytest.param("HARD_REBOOT", VERY_OLD, [], {"host_status": "DOWN"}, False, id="the host died"),
        pytest.param("MIGRATING", VERY_OLD, [], {"host_status": "UP"}, True, id="it takes long"),
        pytest.param("MIGRATING", VERY_OLD, [pool("ONLINE")], {"host_status": "DOWN"}, True, id="it answers"),
        pytest.param("HARD_REBOOT", VERY_OLD, [pool("ERROR")], {}, False, id="it fails its tests"),
        pytest.param("HARD_REBOOT", VERY_OLD, [pool("ERROR", YOUNG)], {}, True, id="only since a moment"),
        pytest.param("REBOOT", VERY_OLD, [], {"task_state": "deleting", "host_status": "DOWN"}, True, id="leaving"),
        pytest.param("BUILD", VERY_OLD, [], {"created_at": OLD, "host_status": "DOWN"}, True, id="new"),
    ],
)
def test_held_up_in_a_change(
    status: str, since: str, pools: list[PoolState], values: dict[str, Any], is_healthy: bool
) -> None:
    one = replica(status=status, changed_at=since, **values)
    assert (reason(one, *pools) is None) is is_healthy


def test_what_nova_does_not_end_is_told() -> None:
    statuses = ("HARD_REBOOT", "MIGRATING", "BUILD", "ACTIVE", "ERROR")
    stuck = [one for one in statuses if is_stuck(replica(status=one, changed_at=VERY_OLD), POLICY, NOW)]
    assert stuck == ["HARD_REBOOT", "MIGRATING"]
    assert not is_stuck(replica(status="REBOOT", changed_at=OLD), POLICY, NOW)


@pytest.mark.parametrize(
    ("member", "values", "seems"),
    [
        (pool("ONLINE"), {}, True),
        (pool("ONLINE", provider="ovn"), {}, True),
        (pool("ONLINE", provider="ovn"), {"host_status": "DOWN"}, False),
        (pool("ONLINE"), {"status": "SHUTOFF"}, False),
        (pool("ERROR"), {}, False),
        (pool("DRAINING", weight=0, tags=["model_serving.drained=1"]), {}, False),
    ],
)
def test_who_can_have_requests(member: PoolState, values: dict[str, Any], seems: bool) -> None:
    assert seems_ready(replica(**values), [member]) is seems


@pytest.mark.parametrize(
    ("kind", "status", "provider", "ready"),
    [
        ("HTTP", "ONLINE", "amphora", True),
        ("HTTPS", "DRAINING", "amphora", True),
        ("HTTP", "ERROR", "amphora", False),
        ("TCP", "ONLINE", "amphora", False),
        (None, "ONLINE", "amphora", False),
        ("HTTP", "ONLINE", "ovn", False),
    ],
)
def test_whom_a_monitor_asks(kind: str | None, status: str, provider: str, ready: bool) -> None:
    state = pool(status, provider=provider)
    assert state.found
    monitor = Monitor(settings={"type": kind}) if kind else NO_MONITOR
    state = replace(state, found=replace(state.found, pool=replace(state.found.pool, monitor=monitor)))
    assert found_ready(replica(), [state]) is ready
