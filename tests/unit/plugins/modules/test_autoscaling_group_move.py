# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group whose load balancer was made again, with copies of its members in the new pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .fake_heat import CHAT, Heat
from .fake_moving_heat import MovingHeat
from .fake_octavia import Octavia, response

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import FakeClock, RunModule

MOVE = "move autoscaling group 'chat' to the pools that were made again"
HEALED = {**CHAT, "health_check_type": "load_balancer"}
NEW_VERSION = {**CHAT, "user_data": "#cloud-config\nnew: true\n"}


@pytest.fixture
def moving(heat: Heat, conn: Mock, run_module: RunModule) -> MovingHeat:
    """A group of two whose load balancer was made again."""
    assert heat is not None
    made = MovingHeat(conn, Octavia(conn))
    run_module("autoscaling_group", CHAT)
    made.make_balancer_again()
    return made


def deletions(heat: MovingHeat) -> list[str]:
    """The members that were deleted, each once however often Octavia was asked."""
    return list(dict.fromkeys(path.rpartition("/")[2] for method, path in heat.octavia.writes if method == "DELETE"))


def own(heat: MovingHeat) -> bool:
    """Whether the pool has Heat's members and no others."""
    return {row["id"] for row in heat.octavia.members(heat.pool)} == set(heat.members.values())


def test_copies_are_replaced_one_by_one(moving: MovingHeat, run_module: RunModule) -> None:
    copies = [row["id"] for row in moving.octavia.members(moving.pool)]
    replica = {one["resource_type"] for one in moving.resources if one["resource_name"] == "r0"}

    predicted = run_module("autoscaling_group", CHAT, check=True)
    assert moving.octavia.writes == []
    answer = run_module("autoscaling_group", CHAT)

    assert predicted["actions"] == answer["actions"] == [MOVE]
    assert predicted["diff"] == answer["diff"]
    assert deletions(moving) == copies
    assert own(moving)
    assert moving.fewest == 1
    # The same servers, in the same server group.
    (after,) = {one["resource_type"] for one in moving.resources if one["resource_name"] == "r0"}
    assert {after.split("-")[1]} == {name.split("-")[1] for name in replica}
    assert moving.writes == ["update", "patch {'moving': False, 'pinned_1': 0}"]
    assert moving.stack is not None
    assert "model_serving.moving" not in moving.stack["tags"]
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_run_that_was_killed_is_gone_on_with(moving: MovingHeat, run_module: RunModule) -> None:
    """Heat does not end alone, and is not asked again: it is at the right work."""
    refuse = moving.octavia.refuse

    def killed(method: str, _path: str) -> Response | None:
        if method == "DELETE" and len(deletions(moving)) > 1:
            raise KeyboardInterrupt
        return None

    moving.octavia.refuse = killed
    with pytest.raises(KeyboardInterrupt):
        run_module("autoscaling_group", CHAT)
    moving.octavia.refuse = refuse
    assert not own(moving)

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == [MOVE]
    assert moving.writes == ["update", "patch {'moving': False, 'pinned_1': 0}"]
    assert own(moving)
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_group_that_is_not_waited_for_moves_all_the_same(moving: MovingHeat, run_module: RunModule) -> None:
    run_module("autoscaling_group", {**CHAT, "wait": False})

    assert own(moving)


def test_a_new_version_comes_after_the_move(moving: MovingHeat, run_module: RunModule) -> None:
    """In smaller batches Heat refuses what replicas that are not new name a pool that is gone."""
    answer = run_module("autoscaling_group", NEW_VERSION)

    assert answer["actions"] == [MOVE, "update autoscaling group 'chat'"]
    assert moving.writes == ["update", "patch {'moving': False, 'pinned_1': 0}", "update"]
    assert moving.parameters.get("moving", False) is False
    assert own(moving)
    assert run_module("autoscaling_group", NEW_VERSION)["changed"] is False


def test_a_move_has_no_batches_of_another_size(moving: MovingHeat, run_module: RunModule) -> None:
    """It is one batch in any case, and nothing would take back what a run that was killed has left."""
    moving.parameters = {**moving.parameters, "batch_1": "2"}

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == [MOVE]
    assert "batch_1" not in moving.parameters


def test_a_new_version_that_fails_after_the_move_is_rolled_back_to_the_new_pool(
    moving: MovingHeat, run_module: RunModule
) -> None:
    moving.fates = ["COMPLETE", "COMPLETE", "FAILED"]

    answer = run_module("autoscaling_group", NEW_VERSION)

    assert "The update was rolled back" in answer["msg"], answer
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_watched_group_watches_the_new_pool(moving: MovingHeat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    run_module("autoscaling_group", HEALED)
    moving.make_balancer_again()

    assert run_module("autoscaling_group", HEALED)["actions"] == [MOVE]
    assert f'"watched_pool_{moving.pool}"' in moving.files["zone.yaml"]
    assert own(moving)
    assert run_module("autoscaling_group", HEALED)["changed"] is False


@pytest.mark.parametrize(
    ("fates", "done", "repair"),
    [
        (["FAILED"], ["update"], MOVE),
        (
            ["COMPLETE", "FAILED"],
            ["update", "patch {'moving': False, 'pinned_1': 0}"],
            "repair autoscaling group 'chat'",
        ),
    ],
)
def test_a_move_that_fails_has_no_way_back_and_is_repaired(
    moving: MovingHeat, run_module: RunModule, fates: list[str], done: list[str], repair: str
) -> None:
    moving.fates = fates

    answer = run_module("autoscaling_group", CHAT)

    assert answer["failed"] is True
    assert "rolled back" not in answer["msg"]
    assert moving.writes == done
    assert run_module("autoscaling_group", CHAT)["actions"] == [repair]
    assert own(moving)
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_copy_that_octavia_does_not_give_up_yet_is_asked_for_again(moving: MovingHeat, run_module: RunModule) -> None:
    refusals = [response(409, {"faultstring": "Load Balancer x is immutable and cannot be updated."})] * 3
    moving.octavia.refuse = lambda method, _path: refusals.pop() if method == "DELETE" and refusals else None

    run_module("autoscaling_group", CHAT)

    assert own(moving)
    assert refusals == []


def test_a_copy_goes_when_it_is_surely_one_and_when_the_member_before_has_come(
    moving: MovingHeat, clock: FakeClock, run_module: RunModule
) -> None:
    """What Heat has made it knows a moment later."""
    begun, deleted = clock.now, []

    def note(method: str, _path: str) -> None:
        if method == "DELETE":
            assert {row["provisioning_status"] for row in moving.octavia.members(moving.pool)} == {"ACTIVE"}
            deleted.append(clock.now)

    moving.octavia.refuse, moving.octavia.looks_until_active = note, 3

    run_module("autoscaling_group", CHAT)

    assert own(moving)
    assert deleted[0] - begun >= 10


def test_a_pool_in_error_does_not_hold_up_the_move(moving: MovingHeat, run_module: RunModule) -> None:
    moving.octavia.rows["pools"][moving.pool]["provisioning_status"] = "ERROR"

    answer = run_module("autoscaling_group", CHAT)

    assert "failed" not in answer, answer
    assert own(moving)


def test_a_member_of_somebody_else_stays(moving: MovingHeat, run_module: RunModule) -> None:
    foreign = moving.octavia.add("members", owner=moving.pool, address="10.0.0.99", protocol_port=8080)

    run_module("autoscaling_group", CHAT)

    assert foreign["id"] in moving.octavia.rows["members"]


def test_a_pool_that_is_gone_and_has_no_successor_is_told(moving: MovingHeat, run_module: RunModule) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "pools": []})

    assert "which is gone, and 'pools' has nothing in its place" in answer["msg"]
    assert moving.writes == []
    assert run_module("autoscaling_group", {"name": "chat", "state": "absent"})["changed"] is True


def test_another_pool_while_the_old_one_is_there_needs_no_move(moving: MovingHeat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    other = moving.octavia.add("pools", name="other", loadbalancer_id=moving.balancer)

    answer = run_module("autoscaling_group", {**CHAT, "pools": [{"pool": "other", "protocol_port": 8080}]}, check=True)

    assert answer["actions"] == ["update autoscaling group 'chat'"]
    assert other["id"] in str(answer["diff"]["after"])
