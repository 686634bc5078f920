# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What alarms and other users do to a group between the look of a run and its update, and while that lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT, Heat
from .fake_moving_heat import MovingHeat
from .fake_octavia import Octavia
from .meanwhile import PREVIEW, WRITE, Meanwhile, is_suspended, suspend
from .test_autoscaling_group_held_up import Notes

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule

TWO = {**CHAT, "max_size": 8, "availability_zones": ["az1", "az2"]}
NEW = {"user_data": "#cloud-config\nnew: true\n"}
REPAIR = "repair autoscaling group 'chat'"


@pytest.fixture
def meanwhile(heat: Heat) -> Meanwhile:
    return Meanwhile(heat)


@pytest.fixture
def broken(heat: Heat, run_module: RunModule) -> Heat:
    """A group of two and two, of which the first zone has failed: a repair fixes its sizes."""
    run_module("autoscaling_group", TWO)
    heat.scale(2, 2)
    heat.failed_zone = True
    heat.writes.clear()
    return heat


@pytest.fixture
def moving(heat: Heat, conn: Mock, run_module: RunModule) -> MovingHeat:
    """A group of two whose load balancer was made again."""
    assert heat is not None
    made = MovingHeat(conn, Octavia(conn))
    run_module("autoscaling_group", CHAT)
    made.make_balancer_again()
    return made


def test_a_repair_does_not_shrink_a_zone_that_has_grown(
    broken: Heat, meanwhile: Meanwhile, run_module: RunModule
) -> None:
    """Heat would remove the oldest servers of the healthy zone, those that serve."""

    def alarm() -> None:
        broken.scale(2, 4)
        broken.statuses["group2"] = [*["UPDATE_IN_PROGRESS"] * 3, "UPDATE_COMPLETE"]

    def settled() -> None:
        assert broken.statuses["group2"] == ["UPDATE_COMPLETE"]

    meanwhile.after(PREVIEW, alarm)
    meanwhile.before_write = settled

    answer = run_module("autoscaling_group", TWO)

    assert answer["actions"] == [REPAIR]
    assert [(given["pinned_1"], given["pinned_2"]) for given in meanwhile.asked] == [(2, 4)]
    assert broken.sizes == [2, 4]
    assert answer["group"]["size"] == 6
    (warning,) = answer["warnings"]
    assert "had 2 and 2 servers when the run looked, and have 2 and 4 now" in warning
    assert warning.endswith("What to do is decided again now.")
    assert run_module("autoscaling_group", TWO)["changed"] is False


def test_a_repair_waits_for_a_scaling_that_begins(broken: Heat, meanwhile: Meanwhile, run_module: RunModule) -> None:
    """There is no new server to count yet."""
    notes = Notes(looks=2)

    def begin() -> None:
        broken.metadata = notes

    def begun() -> None:
        assert notes.looks < 0

    meanwhile.after(PREVIEW, begin)
    meanwhile.before_write = begun

    assert run_module("autoscaling_group", TWO)["actions"] == [REPAIR]
    assert len(meanwhile.asked) == 1


def test_the_way_back_keeps_what_an_alarm_has_added(heat: Heat, meanwhile: Meanwhile, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    meanwhile.after(PREVIEW, lambda: heat.scale(4))
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", {**CHAT, **NEW})

    assert "The update was rolled back" in answer["msg"]
    assert [given.get("pinned_1", 0) for given in meanwhile.asked] == [0, 4]
    assert heat.sizes == [4]


@pytest.mark.parametrize("fates", [["COMPLETE"], ["FAILED"]])
def test_what_is_suspended_before_an_update_stays_so(
    heat: Heat, meanwhile: Meanwhile, run_module: RunModule, fates: list[str]
) -> None:
    """Also when the update is rolled back."""
    run_module("autoscaling_group", CHAT)
    meanwhile.after(PREVIEW, lambda: suspend(heat))
    heat.fates = fates

    answer = run_module("autoscaling_group", {**CHAT, **NEW})

    assert is_suspended(heat)
    (warning,) = answer["warnings"]
    assert "somebody has suspended or resumed processes of it" in warning


@pytest.mark.parametrize("when", [PREVIEW, WRITE])
def test_what_is_suspended_during_a_repair_stays_so(
    broken: Heat, meanwhile: Meanwhile, run_module: RunModule, when: str
) -> None:
    """The size is made free again afterwards, and nothing else."""
    meanwhile.after(when, lambda: suspend(broken))

    answer = run_module("autoscaling_group", TWO)

    assert answer["actions"] == [REPAIR]
    assert answer["group"]["suspended_processes"] == ["scaling"]
    assert is_suspended(broken)
    assert run_module("autoscaling_group", TWO)["changed"] is False


@pytest.mark.parametrize("when", [PREVIEW, WRITE])
def test_what_is_suspended_during_a_move_stays_so(moving: MovingHeat, run_module: RunModule, when: str) -> None:
    meanwhile = Meanwhile(moving)
    meanwhile.after(when, lambda: suspend(moving))

    answer = run_module("autoscaling_group", CHAT)

    assert "failed" not in answer, answer
    assert is_suspended(moving)
    assert len(meanwhile.asked) == 1
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_move_that_is_repaired_does_not_shrink_a_group_that_has_grown(
    moving: MovingHeat, run_module: RunModule
) -> None:
    moving.fates = ["FAILED"]
    run_module("autoscaling_group", CHAT)
    meanwhile = Meanwhile(moving)
    meanwhile.after(PREVIEW, lambda: moving.scale(3))

    answer = run_module("autoscaling_group", CHAT)

    assert "failed" not in answer, answer
    assert moving.sizes == [3]


def test_after_a_move_the_rest_is_decided_again_if_the_group_has_grown(
    moving: MovingHeat, run_module: RunModule
) -> None:
    """Another policy fixes the size, and the move may have taken long."""

    def alarm() -> None:
        moving.sizes = [3]

    meanwhile = Meanwhile(moving)
    meanwhile.after(WRITE, alarm)

    answer = run_module("autoscaling_group", {**CHAT, "anti_affinity": "anti-affinity"})

    assert "failed" not in answer, answer
    assert [given["pinned_1"] for given in meanwhile.asked[1:]] == [3]
    assert moving.sizes == [3]


def test_what_is_suspended_while_a_size_is_set_stays_so(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    patch = heat.patch

    def sized(path: str, json: dict[str, Any], **more: Any) -> Response:
        answer = patch(path, json, **more)
        if "sized" in json["parameters"]:
            suspend(heat)
        return answer

    heat.conn.orchestration.patch.side_effect = sized

    answer = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3})

    assert answer["group"]["suspended_processes"] == ["scaling"]
    assert is_suspended(heat)


def test_a_group_that_never_rests_is_left_as_it_is(heat: Heat, meanwhile: Meanwhile, run_module: RunModule) -> None:
    wanted = {**CHAT, "max_size": 9}
    run_module("autoscaling_group", wanted)
    heat.writes.clear()
    meanwhile.after(PREVIEW, *[lambda: heat.scale(heat.size + 1)] * 9)

    answer = run_module("autoscaling_group", {**wanted, **NEW})

    assert answer["msg"].startswith("Could not update autoscaling group 'chat' (st1): its zones had 4 servers")
    assert "suspend its scaling (autoscaling_capacity)" in answer["msg"]
    assert heat.writes == []
    assert heat.sizes == [5]


def test_an_update_of_a_group_that_rests_is_decided_once(
    heat: Heat, meanwhile: Meanwhile, run_module: RunModule
) -> None:
    run_module("autoscaling_group", CHAT)
    heat.previews.clear()

    answer = run_module("autoscaling_group", {**CHAT, **NEW})

    assert answer["warnings"] == []
    # Of the stack and its zone.
    assert len(heat.previews) == 2
    assert len(meanwhile.asked) == 1
