# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where replicas go when there is no host for them where they should go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openstack.compute.v2.limits import Limits

from .scheduler import CHAT, NO_HOST, Scheduler, scheduler

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

__all__ = ["scheduler"]

RETRIES = "Exceeded maximum number of retries. "
TAKEN = f"{RETRIES}Exhausted all hosts available for retrying build failures for instance s1."
TRIED = (
    f"{RETRIES}Exceeded max scheduling attempts 3 for instance s1. Last exception: Insufficient compute resources: "
    "Claim pci failed."
)


@pytest.mark.parametrize("fault", [NO_HOST, TAKEN, TRIED])
def test_a_zone_with_too_few_hosts_takes_what_it_can(scheduler: Scheduler, run_module: RunModule, fault: str) -> None:
    scheduler.fault = fault
    answer = run_module("server_fleet", CHAT)

    assert scheduler.zones == {"az1": 3, "az2": 1}
    assert {server.status for server in scheduler.nova.servers.values()} == {"ACTIVE"}
    assert "Availability zone 'az2' did not take all of 2 more" in answer["warnings"][0]
    assert [one["drift"] for one in answer["fleet"]["replicas"]] == [[]] * 4


def test_balance_may_be_insisted_on(scheduler: Scheduler, run_module: RunModule) -> None:
    answer = run_module("server_fleet", {**CHAT, "availability_zone_distribution": "balanced-only"})

    assert answer["failed"] is True
    assert "No valid host" in answer["msg"]
    assert scheduler.zones == {"az1": 2, "az2": 1}


def test_too_few_hosts_anywhere(scheduler: Scheduler, run_module: RunModule) -> None:
    answer = run_module("server_fleet", {**CHAT, "replicas": 5})

    assert answer["failed"] is True
    assert "'fallback'" in answer["msg"]
    assert scheduler.zones.total() == 4


def test_soft_fallback_is_told(scheduler: Scheduler, run_module: RunModule) -> None:
    answer = run_module("server_fleet", {**CHAT, "replicas": 6, "fallback": "soft"})
    again = run_module("server_fleet", {**CHAT, "replicas": 6, "fallback": "soft"})

    assert scheduler.zones.total() == 6
    assert any("fallback: soft" in warning for warning in answer["warnings"])
    assert scheduler.groups["id-chat_soft"].policy == "soft-anti-affinity"
    assert again["changed"] is False


def test_a_group_of_another_policy_is_no_fallback(scheduler: Scheduler, run_module: RunModule) -> None:
    """The next run would not take it for the fleet's, and would replace what is in it, in each run."""
    scheduler.create_group(name="chat_soft", policy="affinity")
    soft = {**CHAT, "fallback": "soft"}

    enough = run_module("server_fleet", soft)
    answer = run_module("server_fleet", {**soft, "replicas": 6})

    assert not enough.get("failed"), enough["msg"]
    assert any("'chat_soft' has the policy affinity" in warning for warning in enough["warnings"])
    assert "No valid host" in answer["msg"]
    assert scheduler.groups["id-chat_soft"].member_ids == []


@pytest.mark.parametrize("fault", [TAKEN, TRIED])
def test_what_may_have_other_reasons_does_not_end_anti_affinity(
    scheduler: Scheduler, run_module: RunModule, fault: str
) -> None:
    scheduler.fault = fault
    answer = run_module("server_fleet", {**CHAT, "replicas": 6, "fallback": "soft"})

    assert answer["failed"] is True
    assert fault in answer["msg"]
    assert "id-chat_soft" not in scheduler.groups


@pytest.mark.parametrize(("fault", "falls_back"), [(NO_HOST, True), (TAKEN, False)])
def test_what_another_zone_says_counts_as_well(
    scheduler: Scheduler, run_module: RunModule, fault: str, *, falls_back: bool
) -> None:
    soft = {**CHAT, "replicas": 2, "fallback": "soft"}
    run_module("server_fleet", soft)
    (broken,) = [one for one in scheduler.nova.servers.values() if one.availability_zone == "az1"]
    broken._update(status="ERROR")
    scheduler.lost.add("az1")
    scheduler.faults["az2"] = fault

    answer = run_module("server_fleet", soft)

    assert ("id-chat_soft" in scheduler.groups) is falls_back
    assert falls_back or (NO_HOST in answer["msg"] and TAKEN in answer["msg"])


@pytest.mark.usefixtures("scheduler")
def test_a_soft_group_that_gets_a_replica_again_stays(run_module: RunModule) -> None:
    """Replicas are replaced one after another, and the last new one finds no host again."""
    soft = {**CHAT, "replicas": 2, "availability_zones": ["az2"], "fallback": "soft"}
    run_module("server_fleet", soft)
    answer = run_module("server_fleet", {**soft, "user_data": "new"})
    again = run_module("server_fleet", {**soft, "user_data": "new"})

    assert not answer.get("failed"), answer["msg"]
    assert any("'chat_soft' stays: it still has a member, or a new one." in warning for warning in answer["warnings"])
    assert again["changed"] is False


def test_groups_of_others_are_neither_used_nor_deleted(scheduler: Scheduler, run_module: RunModule) -> None:
    """Their servers may be yet to come."""
    scheduler.create_group(name="chat_2", policy="anti-affinity")
    scheduler.create_group(name="chat_3", policy="anti-affinity")._update(member_ids=["theirs"])
    one = {**CHAT, "replicas": 1}

    run_module("server_fleet", one)
    run_module("server_fleet", {**one, "user_data": "new"})
    again = run_module("server_fleet", {**one, "user_data": "new"})

    members = {name: group.member_ids for name, group in scheduler.groups.items()}
    assert members == {"id-chat": [], "id-chat_2": [], "id-chat_3": ["theirs"], "id-chat_4": ["s2"]}
    assert again["changed"] is False


def test_a_run_that_fails_deletes_the_groups_that_it_made(scheduler: Scheduler, run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    scheduler.lost |= {"az1", "az2"}

    answer = run_module("server_fleet", {**CHAT, "user_data": "new"})

    assert answer["failed"] is True
    assert list(scheduler.groups) == ["id-chat"]


def test_the_fallback_looks_beyond_a_lost_zone(scheduler: Scheduler, run_module: RunModule) -> None:
    soft = {**CHAT, "replicas": 2, "fallback": "soft"}
    run_module("server_fleet", soft)
    (broken,) = [one for one in scheduler.nova.servers.values() if one.availability_zone == "az1"]
    broken._update(status="ERROR")
    scheduler.lost.add("az1")

    answer = run_module("server_fleet", soft)

    assert not answer.get("failed"), answer["msg"]
    assert scheduler.zones == {"az2": 2}
    assert any("fallback: soft" in warning for warning in answer["warnings"])


def test_nothing_is_placed_where_every_zone_is_lost(scheduler: Scheduler, run_module: RunModule) -> None:
    scheduler.lost |= {"az1", "az2"}

    answer = run_module("server_fleet", {**CHAT, "fallback": "soft"})

    assert "No valid host" in answer["msg"]
    assert not scheduler.zones


def test_groups_are_split_at_the_quota(conn: Mock, scheduler: Scheduler, run_module: RunModule) -> None:
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 2})

    answer = run_module("server_fleet", {**CHAT, "replicas": 5})
    again = run_module("server_fleet", {**CHAT, "replicas": 5})

    assert len(set(scheduler.hosts)) < 5
    assert not any(
        "share" in one or "do not run as" in one for one in (*answer["warnings"], *again.get("warnings", ()))
    )
    members = [len(group.member_ids) for group in scheduler.groups.values()]
    assert list(scheduler.groups) == ["id-chat", "id-chat_2", "id-chat_3"]
    assert max(members) == 2
    assert sum(members) == 5


def test_another_fault_is_no_reason_to_look_elsewhere(nova: Nova, run_module: RunModule) -> None:
    nova.outcome = {"status": "ERROR", "fault": {"message": "Image could not be downloaded"}}
    ungrouped = {key: value for key, value in CHAT.items() if key != "server_group"}

    answer = run_module("server_fleet", ungrouped)

    assert "Image could not be downloaded" in answer["msg"]
    assert len(nova.requests) == 2


def test_fallback_needs_a_group(run_module: RunModule) -> None:
    ungrouped = {key: value for key, value in CHAT.items() if key != "server_group"}

    assert "'server_group'" in run_module("server_fleet", {**ungrouped, "fallback": "soft"})["msg"]
