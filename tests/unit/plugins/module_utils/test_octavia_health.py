# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Monitor
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_health import Online, Resting

from .load_balancer_values import member

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LONG_AGO = "2026-01-01T11:00:00"
JUST_NOW = "2026-01-01T11:59:50"
# Needs 2 * 3 + 1 seconds, and 10 for the heartbeat, to find a failure.
MONITOR = Monitor(id="m1", settings={"delay": 2, "timeout": 1, "max_retries": 1, "max_retries_down": 3})
GOOD = replace(member(), operating_status="ONLINE", changed_at=LONG_AGO)
FRESH = replace(GOOD, changed_at=JUST_NOW)
BAD = replace(GOOD, operating_status="ERROR")


def judge(monitor: Monitor | None = MONITOR, count: int | None = None) -> Online:
    return Online(monitor, count=count, now=lambda: NOW)


def test_online_counts_when_the_monitor_had_time_to_find_otherwise() -> None:
    """Octavia calls a new member ONLINE before anybody tried it."""
    assert judge()([GOOD]) == []
    assert judge()([FRESH]) == [FRESH]
    assert judge()([replace(GOOD, changed_at="2026-01-01T11:59:43")]) == []
    assert judge()([replace(GOOD, changed_at="2026-01-01T11:59:44")]) != []


def test_online_after_an_error_was_seen_by_the_monitor() -> None:
    seen = judge()

    assert seen([BAD]) == [BAD]
    assert seen([FRESH]) == []


def test_what_was_found_before_a_change_of_the_servers_counts_for_nothing() -> None:
    seconds = iter([16, 17])
    changed = replace(judge(), since_change=lambda: next(seconds))

    assert changed([GOOD]) == [GOOD]
    assert changed([GOOD]) == []
    assert changed([BAD]) == [BAD]
    assert changed([GOOD]) == []


@pytest.mark.parametrize("status", ["ERROR", "OFFLINE", "NO_MONITOR", "DRAINING"])
def test_others_are_not_online(status: str) -> None:
    assert judge()([replace(GOOD, operating_status=status)]) != []


def test_without_a_monitor_everybody_counts_who_gets_requests() -> None:
    assert judge(None)([FRESH, replace(GOOD, operating_status="NO_MONITOR")]) == []
    assert judge(None)([BAD]) == [BAD]


@pytest.mark.parametrize("settings", [{"weight": 0}, {"admin_state_up": False}])
def test_members_out_of_rotation_are_not_waited_for(settings: dict[str, object]) -> None:
    assert judge()([replace(BAD, settings={**BAD.settings, **settings})]) == []


@pytest.mark.parametrize(
    ("settings", "awaited"),
    [
        ({"weight": 0, "tags": ["model_serving.drained=1"]}, True),
        ({"weight": 0, "tags": ["model_serving.drained=0"]}, False),
        ({"weight": 0}, False),
        ({"weight": 0, "admin_state_up": False, "tags": ["model_serving.drained=1"]}, False),
    ],
)
def test_of_resting_members_those_are_waited_for_that_come_back(settings: dict[str, object], awaited: bool) -> None:
    judging = replace(judge(), resting=True)
    assert bool(judging([replace(BAD, settings={**BAD.settings, **settings})])) is awaited


def test_number_that_must_be_online() -> None:
    assert judge(count=1)([GOOD, BAD]) == []
    assert judge(count=2)([GOOD, BAD]) == [BAD]


def test_resting() -> None:
    resting = Resting(frozenset({GOOD.key}))

    assert resting([GOOD]) == [GOOD]
    assert resting([replace(GOOD, operating_status="DRAINING")]) == []
    assert resting([replace(GOOD, address="10.0.0.9")]) == []
