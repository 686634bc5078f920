# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Server groups that take fewer members than is known when a plan is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.limits import Limits

from .answers import refuse
from .fleet_with_ports import FIXED
from .scheduler import CHAT, FULL, FULL_UNIFIED, Scheduler, scheduler

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server

    from ..conftest import RunModule
    from .conftest import Nova

__all__ = ["scheduler"]

TWO: dict[str, Any] = {**CHAT, "replicas": 2}


def members(scheduler: Scheduler) -> dict[str, int]:
    return {group.name: len(group.member_ids) for group in scheduler.groups.values()}


def test_a_group_that_deleted_servers_fill_is_left(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    """New replicas would go back to the first group at every second roll, and each run from the fifth on would fail."""
    scheduler.limit, scheduler.unified = 4, True
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 4})
    told, last = [], {}
    for version in range(1, 7):
        last = {**TWO, "user_data": str(version)}
        answer = run_module("server_fleet", last)
        assert not answer.get("failed"), answer["msg"]
        told += [one for one in answer.get("warnings", ()) if "'chat' (id-chat) takes no more members" in one]
        # Beside old ones, in the group that these are in, there would be no host in one of the zones.
        assert scheduler.zones == {"az1": 1, "az2": 1}

    assert len(told) == 2
    assert list(members(scheduler).values()) == [0, 2]
    assert run_module("server_fleet", last)["changed"] is False


@pytest.mark.parametrize("name", ["chat", "model_serving.chat"])
def test_no_further_group_is_left_empty(conn: Mock, scheduler: Scheduler, run_module: RunModule, name: str) -> None:
    """The plan counts new replicas in it, so it is no plan's to delete. The next run would take it for a stranger's."""
    scheduler.limit, scheduler.unified = 4, True
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 4})
    scheduler.create_group(name="model_serving.chat", policy="anti-affinity")
    last: dict[str, Any] = {}
    for version in range(1, 9):
        last = {**TWO, "server_group": name, "max_surge": 0, "max_unavailable": 1, "user_data": str(version)}
        answer = run_module("server_fleet", last)
        assert not answer.get("failed"), answer["msg"]
        assert not [one for one, count in members(scheduler).items() if not count and not one.endswith("chat")]

    assert run_module("server_fleet", last)["changed"] is False


def test_all_that_a_group_does_not_take_are_in_one_other(scheduler: Scheduler, run_module: RunModule) -> None:
    """These two are asked for one after another, and are kept apart from each other."""
    scheduler.limit, scheduler.unified, scheduler.ever["id-chat"] = 4, True, 4

    run_module("server_fleet", TWO)

    assert members(scheduler) == {"chat": 0, "chat_2": 2}


def test_a_further_group_that_has_room_is_used(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    """Else each replica that is lost would cost another group, until the quota of groups is used up."""
    scheduler.limit, scheduler.unified = 4, True
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 4})
    three = {**CHAT, "replicas": 3}
    run_module("server_fleet", three)
    scheduler.ever["id-chat"] = 4
    for _loss in range(2):
        scheduler.delete(scheduler.groups["id-chat"].member_ids[0], ignore_missing=True)
        answer = run_module("server_fleet", three)
        assert not answer.get("failed"), answer["msg"]

    assert members(scheduler) == {"chat": 1, "chat_2": 2}

    scheduler.ever["id-chat_2"] = 4
    scheduler.delete(scheduler.groups["id-chat"].member_ids[0], ignore_missing=True)
    told = run_module("server_fleet", three)["warnings"]

    assert members(scheduler) == {"chat": 0, "chat_2": 2, "chat_3": 1}
    assert [one for one in told if "so these go to 'chat_3'" in one and "'chat' (id-chat)" in one]
    assert [one for one in told if "so these go to other groups" in one and "'chat_2' (id-chat_2)" in one]


def test_what_cannot_take_all_is_not_asked(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    """With unified limits, Nova counts for good what fitted of a request for several that it refuses."""
    scheduler.limit, scheduler.unified = 4, True
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 4})
    scheduler.create_group(name="soft", policy="soft-anti-affinity")
    scheduler.ever["id-soft"] = 4
    fleet = {**CHAT, "server_group": "soft", "availability_zones": ["az1"]}
    run_module("server_fleet", {**fleet, "replicas": 3})
    assert members(scheduler) == {"chat": 0, "soft": 0, "soft_2": 3}
    conn.compute.create_server.reset_mock()

    assert not run_module("server_fleet", {**fleet, "replicas": 5}).get("failed")

    # One in soft_2, which is full then; one is refused in soft, and goes to a new one.
    assert members(scheduler) == {"chat": 0, "soft": 0, "soft_2": 4, "soft_3": 1}
    assert conn.compute.create_server.call_count == 3


@pytest.mark.parametrize(("policy", "may"), [("affinity", "be on other hosts"), ("anti-affinity", "share hosts")])
def test_what_another_group_means_is_told_by_policy(
    scheduler: Scheduler, run_module: RunModule, policy: str, may: str
) -> None:
    scheduler.create_group(name="full", policy=policy)
    scheduler.limit, scheduler.unified, scheduler.ever["id-full"] = 4, True, 4

    (told,) = run_module("server_fleet", {**TWO, "replicas": 1, "server_group": "full"})["warnings"]

    assert f"these go to 'full_2', and may {may}" in told


def test_soft_groups_are_as_many_as_are_needed(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    scheduler.limit = 4
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 4})
    soft = {**CHAT, "replicas": 8, "availability_zones": ["az2"], "fallback": "soft"}

    answer = run_module("server_fleet", soft)

    assert not answer.get("failed"), answer["msg"]
    assert members(scheduler) == {"chat": 1, "chat_2": 1, "chat_soft": 3, "chat_soft2": 3}
    assert scheduler.groups["id-chat_soft2"].policy == "soft-anti-affinity"
    assert run_module("server_fleet", soft)["changed"] is False


def test_of_several_soft_groups_the_emptiest_is_used(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    scheduler.limit = 4
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 4})
    soft = {**CHAT, "replicas": 8, "availability_zones": ["az2"], "fallback": "soft"}
    run_module("server_fleet", soft)
    scheduler.delete(scheduler.groups["id-chat_soft2"].member_ids[0], ignore_missing=True)

    run_module("server_fleet", soft)

    assert members(scheduler) == {"chat": 1, "chat_2": 1, "chat_soft": 3, "chat_soft2": 3}


def test_nobody_is_told_of_a_group_that_cannot_be_made(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    def refused(**_values: Any) -> None:
        refuse("forbidden", "Quota exceeded, too many server groups.", 403)

    scheduler.limit, scheduler.unified, scheduler.ever["id-chat"] = 4, True, 4
    conn.compute.create_server_group.side_effect = refused

    answer = run_module("server_fleet", TWO)

    assert "Could not create server group 'chat_2'" in answer["msg"]
    assert "Server group 'chat' (id-chat) takes no more members: Could not create replicas chat-1-1" in answer["msg"]
    assert FULL_UNIFIED in answer["msg"]
    assert "With unified limits, Nova counts deleted servers" in answer["failure"]["hint"]
    assert not answer.get("warnings")


@pytest.mark.usefixtures("neutron")
def test_what_was_made_one_by_one_stays(scheduler: Scheduler, nova: Nova, run_module: RunModule) -> None:
    scheduler.limit, scheduler.unified, scheduler.ever["id-chat"] = 4, True, 3

    answer = run_module("server_fleet", {**FIXED, "server_group": "chat", "availability_zones": ["az1"]})

    assert not answer.get("failed"), answer["msg"]
    assert sorted(one.name for one in nova.servers.values()) == ["chat-1-1", "chat-1-2"]
    assert members(scheduler) == {"chat": 1, "chat_2": 1}


@pytest.mark.parametrize("said", [FULL, FULL_UNIFIED])
def test_where_a_new_group_takes_none_either_the_run_ends(
    conn: Mock, scheduler: Scheduler, run_module: RunModule, said: str
) -> None:
    def create(**_request: Any) -> Server:
        return refuse("forbidden", said, 403)

    conn.compute.create_server.side_effect = create

    answer = run_module("server_fleet", TWO)

    assert said in answer["msg"]
    assert "unified limits" in answer["failure"]["hint"]
    assert members(scheduler) == {"chat": 0}
    assert conn.compute.create_server.call_count == 2
