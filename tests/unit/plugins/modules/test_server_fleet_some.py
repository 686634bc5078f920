# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Some replicas are replaced and others of their server group stay: which group the new ones are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .answers import refuse
from .scheduler import CHAT, HOSTS, NO_HOST, Scheduler, scheduler
from .test_server_fleet_full_groups import members
from .test_server_fleet_places import TAKEN, TRIED

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

__all__ = ["scheduler"]

ZONE: dict[str, Any] = {**CHAT, "replicas": 3, "availability_zones": ["az1"]}


def rebuild_by_hand(scheduler: Scheduler, *names: str) -> None:
    for server in scheduler.nova.servers.values():
        if server.name in names:
            server._update(image={"id": "i0"})


def in_zone(scheduler: Scheduler, zone: str) -> list[str]:
    return [str(server.name) for server in scheduler.nova.servers.values() if server.availability_zone == zone]


def test_with_a_host_to_spare_all_are_kept_apart(scheduler: Scheduler, run_module: RunModule) -> None:
    run_module("server_fleet", {**ZONE, "replicas": 2})
    rebuild_by_hand(scheduler, "chat-1-2")

    answer = run_module("server_fleet", {**ZONE, "replicas": 2})

    assert members(scheduler) == {"chat": 2}
    assert scheduler.hosts == ["az1-1", "az1-3"]
    assert not answer.get("warnings")
    assert not any("server group" in action for action in answer["actions"])
    assert run_module("server_fleet", {**ZONE, "replicas": 2})["changed"] is False


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (NO_HOST, "There are too few hosts to keep new replicas of fleet 'chat' apart"),
        (TAKEN, "The hosts that Nova tried could not build new replicas of fleet 'chat' apart"),
        (TRIED, "The hosts that Nova tried could not build new replicas of fleet 'chat' apart"),
    ],
)
def test_without_one_the_new_replica_is_made_all_the_same(
    scheduler: Scheduler, run_module: RunModule, fault: str, why: str
) -> None:
    run_module("server_fleet", ZONE)
    rebuild_by_hand(scheduler, "chat-1-2")
    scheduler.fault = fault

    answer = run_module("server_fleet", ZONE)

    assert not answer.get("failed"), answer["msg"]
    assert members(scheduler) == {"chat": 2, "chat_2": 1}
    assert any(f"{why} from those that stay." in one for one in answer["warnings"])
    again = run_module("server_fleet", ZONE)
    assert again["changed"] is False
    # When another host has room, to delete one of them helps.
    assert "Replicas of fleet 'chat' do not run as server group 'chat' says" in again["warnings"][0]


@pytest.mark.parametrize("roll", [False, True])
def test_one_that_shares_a_host_is_deleted_by_hand_when_another_has_room(
    monkeypatch: pytest.MonkeyPatch, scheduler: Scheduler, run_module: RunModule, *, roll: bool
) -> None:
    """That is the one in the smaller group, which is the first one when all have been replaced once."""
    asked = {**ZONE, "user_data": "new"} if roll else ZONE
    run_module("server_fleet", ZONE)
    run_module("server_fleet", asked)
    rebuild_by_hand(scheduler, "chat-1-2", "chat-3-1")
    run_module("server_fleet", asked)
    assert len(set(scheduler.hosts)) == 2
    (shared,) = min(scheduler.groups.values(), key=lambda group: len(group.member_ids)).member_ids
    monkeypatch.setitem(HOSTS, "az1", 4)
    scheduler.delete(shared, ignore_missing=True)

    answer = run_module("server_fleet", asked)

    assert not answer.get("warnings")
    assert sorted(members(scheduler).values()) == [0, 3]
    assert len(set(scheduler.hosts)) == 3


def test_under_affinity_the_warning_is_of_other_hosts(scheduler: Scheduler, run_module: RunModule) -> None:
    scheduler.create_group(name="close", policy="affinity")
    scheduler.room = 2
    close = {**ZONE, "server_group": "close", "replicas": 2}
    run_module("server_fleet", {**close, "replicas": 1})
    run_module("server_fleet", close)
    rebuild_by_hand(scheduler, "chat-2-1")

    told = run_module("server_fleet", close)["warnings"][0]

    assert scheduler.hosts == ["az1-1", "az1-2"]
    assert "no host to keep new replicas of fleet 'chat' together with those that stay" in told
    assert "These may be on other hosts until all are replaced" in told


def test_the_host_of_one_that_went_takes_the_next(scheduler: Scheduler, run_module: RunModule) -> None:
    run_module("server_fleet", ZONE)
    rebuild_by_hand(scheduler, "chat-1-1", "chat-1-2")

    run_module("server_fleet", ZONE)

    assert members(scheduler) == {"chat": 2, "chat_2": 1}


def test_zones_stay_balanced(scheduler: Scheduler, run_module: RunModule) -> None:
    """Rather than go where the new replica is apart from all, as for good it would."""
    run_module("server_fleet", {**CHAT, "replicas": 2})
    (moved,) = in_zone(scheduler, "az2")
    rebuild_by_hand(scheduler, moved)

    run_module("server_fleet", {**CHAT, "replicas": 2})

    assert scheduler.zones == {"az1": 1, "az2": 1}
    assert members(scheduler) == {"chat": 1, "chat_2": 1}


def test_a_zone_keeps_what_fits(monkeypatch: pytest.MonkeyPatch, scheduler: Scheduler, run_module: RunModule) -> None:
    """Rather than lose all that is replaced in it to the other one."""
    monkeypatch.setitem(HOSTS, "az2", 4)
    scheduler.room = 1
    run_module("server_fleet", CHAT)
    rebuild_by_hand(scheduler, *in_zone(scheduler, "az1"))

    answer = run_module("server_fleet", {**CHAT, "max_surge": 2})

    assert not answer.get("failed"), answer["msg"]
    assert scheduler.zones == {"az1": 1, "az2": 3}
    assert members(scheduler) == {"chat": 4}


def test_in_another_zone_it_is_kept_apart_if_it_can_be(scheduler: Scheduler, run_module: RunModule) -> None:
    """Where only the zone has no host, nothing is won by another group, and nothing would end that."""
    three = {**CHAT, "replicas": 3}
    run_module("server_fleet", three)
    (lost,) = in_zone(scheduler, "az2")
    rebuild_by_hand(scheduler, lost)
    scheduler.lost.add("az2")

    answer = run_module("server_fleet", three)

    assert not answer.get("failed"), answer["msg"]
    assert members(scheduler) == {"chat": 3}
    assert scheduler.hosts == ["az1-1", "az1-2", "az1-3"]
    assert not any("too few hosts" in one for one in answer["warnings"])
    assert run_module("server_fleet", three)["changed"] is False


def test_where_it_cannot_be_it_is_made_there_all_the_same(scheduler: Scheduler, run_module: RunModule) -> None:
    four = {**CHAT, "replicas": 4}
    run_module("server_fleet", four)
    (lost,) = in_zone(scheduler, "az2")
    rebuild_by_hand(scheduler, lost)
    scheduler.lost.add("az2")

    answer = run_module("server_fleet", four)

    assert not answer.get("failed"), answer["msg"]
    assert members(scheduler) == {"chat": 3, "chat_2": 1}
    assert any("too few hosts to keep new replicas of fleet 'chat' apart" in one for one in answer["warnings"])


def test_where_there_is_no_host_at_all_the_batch_is_taken_back(scheduler: Scheduler, run_module: RunModule) -> None:
    run_module("server_fleet", ZONE)
    rebuild_by_hand(scheduler, "chat-1-1")
    scheduler.lost.add("az1")

    answer = run_module("server_fleet", ZONE)

    assert "No valid host" in answer["msg"]
    assert members(scheduler) == {"chat": 3}


def test_a_further_group_that_cannot_be_made(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    def refused(**_values: Any) -> None:
        refuse("forbidden", "Quota exceeded, too many server groups.", 403)

    run_module("server_fleet", ZONE)
    rebuild_by_hand(scheduler, "chat-1-1")
    conn.compute.create_server_group.side_effect = refused

    answer = run_module("server_fleet", ZONE)

    assert "No valid host" in answer["msg"]
    assert "Another try failed, too (Could not create server group 'chat_2'" in answer["msg"]
    assert members(scheduler) == {"chat": 3}
