# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet whose first server group was deleted when it had no members, and made anew with something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.limits import Limits

from .scheduler import CHAT, Scheduler, scheduler

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

__all__ = ["scheduler"]

FIRST, SECOND = "model_serving.chat", "model_serving.chat_2"
TWO: dict[str, Any] = {**CHAT, "replicas": 2, "server_group": FIRST}
OTHERS = [
    {"policy": "anti-affinity", "rules": {"max_server_per_host": 2}},
    {"policy": "soft-anti-affinity"},
]


@pytest.fixture
def rolled(scheduler: Scheduler, run_module: RunModule) -> Scheduler:
    """After a roll, the replicas are in the second group."""
    scheduler.create_group(name=FIRST, policy="anti-affinity")
    run_module("server_fleet", TWO)
    run_module("server_fleet", {**TWO, "user_data": "new"})
    assert len(scheduler.groups[f"id-{SECOND}"].member_ids) == 2
    assert scheduler.groups.pop(f"id-{FIRST}").member_ids == []
    return scheduler


@pytest.mark.parametrize("other", OTHERS)
def test_replicas_move_to_the_new_group(rolled: Scheduler, run_module: RunModule, other: dict[str, Any]) -> None:
    rolled.create_group(name=FIRST, **other)

    answer = run_module("server_fleet", {**TWO, "user_data": "new"})
    again = run_module("server_fleet", {**TWO, "user_data": "new"})

    members = {name: len(one.member_ids) for name, one in rolled.groups.items()}
    assert members == {"id-chat": 0, f"id-{FIRST}": 2}
    assert f"delete server group '{SECOND}' (id-{SECOND})" in answer["actions"]
    assert again["changed"] is False


@pytest.mark.parametrize("other", OTHERS)
def test_a_group_that_lost_its_members_goes_with_the_fleet(
    rolled: Scheduler, run_module: RunModule, other: dict[str, Any]
) -> None:
    rolled.create_group(name=FIRST, **other)
    for one in list(rolled.groups[f"id-{SECOND}"].member_ids):
        rolled.delete(one, ignore_missing=True)

    run_module("server_fleet", {"name": "chat", "server_group": FIRST, "state": "absent"})

    assert list(rolled.groups) == ["id-chat", f"id-{FIRST}"]


def test_without_another_rule_nothing_is_replaced(rolled: Scheduler, run_module: RunModule) -> None:
    rolled.create_group(name=FIRST, policy="anti-affinity", rules={"max_server_per_host": 1})

    assert run_module("server_fleet", {**TWO, "user_data": "new"})["changed"] is False


def test_check_mode_does_not_know_the_rule_of_a_group_to_be_made(rolled: Scheduler, run_module: RunModule) -> None:
    """In check mode, nobody has made the group before this module is asked."""
    told = run_module("server_fleet", {**TWO, "user_data": "new"}, check=True)
    rolled.create_group(name=FIRST, policy="anti-affinity")
    silent = run_module("server_fleet", {**TWO, "user_data": "new"}, check=True)

    said = f"There is no server group '{FIRST}' yet, and replicas of fleet 'chat' are in '{SECOND}'"
    assert any(one.startswith(said) for one in told["warnings"])
    assert not silent.get("warnings")


@pytest.mark.usefixtures("scheduler")
def test_check_mode_shows_a_further_group_beside_one_to_be_made(conn: Mock, run_module: RunModule) -> None:
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 10})

    answer = run_module("server_fleet", {**TWO, "replicas": 12}, check=True)

    assert answer["diff"]["after"]["further_server_groups"] == [SECOND]
    assert f"create server group '{SECOND}'" in answer["actions"]


def test_what_is_left_without_the_first_group_is_shown(rolled: Scheduler, run_module: RunModule) -> None:
    for one in list(rolled.groups[f"id-{SECOND}"].member_ids):
        rolled.delete(one, ignore_missing=True)

    answer = run_module("server_fleet", {"name": "chat", "server_group": FIRST, "state": "absent"})

    assert (answer["changed"], list(rolled.groups)) == (True, ["id-chat"])
    assert answer["diff"]["before"]["further_server_groups"] == [SECOND]
    assert "further_server_groups" not in answer["diff"]["after"]
