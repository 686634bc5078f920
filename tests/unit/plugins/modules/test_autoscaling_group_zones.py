# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group that gets another number of zones keeps its size, and never has less on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fake_heat import CHAT

if TYPE_CHECKING:
    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat

ONE = {**CHAT, "max_size": 10, "availability_zones": ["az1"]}
TWO = {**ONE, "availability_zones": ["az1", "az2"]}


def sizes_on_the_way(heat: Heat) -> list[list[int]]:
    """The sizes of the zones after each update of the whole stack."""
    seen: list[list[int]] = []
    put = heat.put

    def remember(path: str, json: dict[str, Any], **more: Any) -> Response:
        answer = put(path, json, **more)
        if not path.endswith("/preview"):
            seen.append([*heat.sizes])
        return answer

    heat.conn.orchestration.put.side_effect = remember
    return seen


def test_what_a_zone_had_moves_to_those_that_stay(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", TWO)
    heat.sizes = [2, 2]
    seen = sizes_on_the_way(heat)

    answer = run_module("autoscaling_group", ONE)

    assert answer["actions"] == ["update autoscaling group 'chat'"]
    assert seen == [[4]]
    assert heat.parameters["pinned_1"] == 0
    assert answer["group"]["size"] == answer["diff"]["after"]["size"] == 4
    assert run_module("autoscaling_group", ONE)["changed"] is False


def test_a_zone_more_takes_its_share_of_what_is_there(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", ONE)
    heat.sizes = [4]
    seen = sizes_on_the_way(heat)

    answer = run_module("autoscaling_group", TWO)

    assert answer["actions"] == ["update autoscaling group 'chat'", "spread the 4 of autoscaling group 'chat' evenly"]
    assert seen == [[4, 2]]
    assert heat.sizes == [2, 2]
    assert answer["diff"]["after"]["size"] == 4
    assert run_module("autoscaling_group", TWO)["changed"] is False


def test_the_way_back_has_the_zones_that_were_there(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", TWO)
    heat.sizes = [2, 2]
    seen = sizes_on_the_way(heat)
    heat.fates = ["FAILED"]

    run_module("autoscaling_group", ONE)

    assert seen == [[4], [2, 2]]


def test_a_broken_group_keeps_its_size_with_other_zones(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", TWO)
    heat.sizes, heat.failed_zone = [3, 2], True

    answer = run_module("autoscaling_group", ONE)

    assert answer["group"]["size"] == 5


def test_limits_hold_for_another_number_of_zones(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", TWO)
    heat.sizes = [3, 3]

    answer = run_module("autoscaling_group", {**ONE, "max_size": 4})

    assert answer["group"]["size"] == answer["diff"]["after"]["size"] == 4


def test_another_order_of_the_zones_is_no_change(heat: Heat, run_module: RunModule) -> None:
    """Each zone would get replicas of another one."""
    run_module("autoscaling_group", {**TWO, "availability_zones": ["az2", "az1"]})

    assert run_module("autoscaling_group", TWO)["changed"] is False
    assert heat.writes == ["create"]


def test_the_size_is_fixed_while_another_policy_comes(heat: Heat, run_module: RunModule) -> None:
    """What Heat counts then, begins with none."""
    run_module("autoscaling_group", CHAT)
    heat.writes.clear()

    run_module("autoscaling_group", {**CHAT, "anti_affinity": "anti-affinity"})

    assert heat.writes == ["update", "patch {'pinned_1': 0}"]
