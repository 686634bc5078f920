# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many replicas find a host where there is none for all, and how many requests that takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.limits import Limits
from openstack.exceptions import ConflictException, ForbiddenException

from .scheduler import CHAT, HOSTS, Scheduler, scheduler

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

__all__ = ["scheduler"]


def test_a_zone_that_lacks_one_host_gets_one_less(
    conn: Mock, scheduler: Scheduler, run_module: RunModule, monkeypatch: Any
) -> None:
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 20})
    monkeypatch.setitem(HOSTS, "az1", 9)
    monkeypatch.setitem(HOSTS, "az2", 64)

    run_module("server_fleet", {**CHAT, "replicas": 20})

    assert scheduler.zones == {"az1": 9, "az2": 11}


def test_a_lost_zone_costs_few(conn: Mock, scheduler: Scheduler, run_module: RunModule, monkeypatch: Any) -> None:
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 40})
    monkeypatch.setitem(HOSTS, "az2", 64)
    scheduler.lost.add("az1")

    answer = run_module("server_fleet", {**CHAT, "replicas": 40, "timeout": 3000})

    assert not answer.get("failed"), answer["msg"]
    assert scheduler.zones == {"az2": 40}
    assert len(scheduler.nova.requests) <= 2 + 2 * math.ceil(math.log2(20))


@pytest.mark.parametrize(("hosts", "requests"), [(3, [4, 3]), (2, [4, 3, 2]), (1, [4, 3, 2, 1])])
def test_without_zones_as_many_are_made_as_there_are_hosts(
    scheduler: Scheduler, run_module: RunModule, monkeypatch: Any, hosts: int, requests: list[int]
) -> None:
    monkeypatch.setitem(HOSTS, "nova", hosts)

    answer = run_module("server_fleet", {**CHAT, "availability_zones": []})

    assert "No valid host" in answer["msg"]
    assert scheduler.zones == {"nova": hosts}
    assert [request["max_count"] for request in scheduler.nova.requests] == requests


def test_without_zones_hosts_that_build_nothing_are_not_tried_again(
    scheduler: Scheduler, run_module: RunModule, monkeypatch: Any
) -> None:
    """Each try may take minutes."""
    monkeypatch.setitem(HOSTS, "nova", 0)
    scheduler.fault = "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures."

    answer = run_module("server_fleet", {**CHAT, "availability_zones": []})

    assert "Exhausted all hosts" in answer["msg"]
    assert len(scheduler.nova.requests) == 1


def test_what_nova_said_first_is_told_though_another_try_fails(
    conn: Mock, scheduler: Scheduler, run_module: RunModule
) -> None:
    scheduler.lost.add("az1")
    tries = iter([scheduler.create, scheduler.create])

    def create(**request: Any) -> Any:
        again = next(tries, None)
        if again is None:
            raise ForbiddenException(message="Quota exceeded for cores")
        return again(**request)

    conn.compute.create_server.side_effect = create

    answer = run_module("server_fleet", CHAT)

    assert "No valid host" in answer["msg"]
    assert "Another try failed, too" in answer["msg"]
    assert "Quota exceeded for cores" in answer["msg"]


@pytest.mark.parametrize("deletions", [0, 4])
def test_what_cannot_be_deleted_again_is_told(
    conn: Mock, scheduler: Scheduler, run_module: RunModule, deletions: int
) -> None:
    """What was asked for first, or another try."""
    scheduler.lost |= {"az1", "az2"}
    allowed = iter([scheduler.delete] * deletions)

    def delete(server_id: str, **options: bool) -> None:
        allow = next(allowed, None)
        if allow is None:
            raise ConflictException(message="Instance is locked")
        allow(server_id, **options)

    conn.compute.delete_server.side_effect = delete

    answer = run_module("server_fleet", CHAT)

    assert "No valid host" in answer["msg"]
    assert "Deleting them failed, too" in answer["msg"]
    assert ("Another try failed, too (" in answer["msg"]) is bool(deletions)
