# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group whose load balancer was made again, and whose servers cannot be made any more: it cannot move with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT
from .test_autoscaling_group_move import deletions, moving, own
from .test_autoscaling_group_sources import IMAGE, UPDATE, Strict, replace_image

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_moving_heat import MovingHeat

__all__ = ["moving"]

DONE = ["update", "patch {'pinned_1': 0, 'batch_1': 0}"]


@pytest.fixture
def lost(moving: MovingHeat, nova: Nova) -> MovingHeat:
    """Its image is gone as well."""
    replace_image(nova)
    Strict(moving, {IMAGE})
    return moving


def copies(heat: MovingHeat) -> list[str]:
    return [row["id"] for row in heat.octavia.members(heat.pool)]


@pytest.mark.parametrize("more", [{}, {"wait": False}])
def test_all_replicas_are_replaced_at_once_and_their_copies_go(
    lost: MovingHeat, run_module: RunModule, more: dict[str, Any]
) -> None:
    """Heat would validate each replica's old template, only with the new pool, and fail."""
    before = copies(lost)

    predicted = run_module("autoscaling_group", CHAT, check=True)
    answer = run_module("autoscaling_group", {**CHAT, **more})

    assert not answer.get("failed"), answer["msg"]
    assert predicted["actions"] == answer["actions"] == UPDATE
    assert predicted["diff"] == answer["diff"]
    assert lost.writes == DONE
    assert sorted(deletions(lost)) == sorted(before)
    assert own(lost)
    assert lost.fewest == 2
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_move_that_has_failed_is_not_tried_again(moving: MovingHeat, nova: Nova, run_module: RunModule) -> None:
    moving.fates = ["FAILED"]
    assert run_module("autoscaling_group", CHAT)["failed"] is True
    moving.writes.clear()
    replace_image(nova)
    Strict(moving, {IMAGE})

    answer = run_module("autoscaling_group", CHAT)

    assert not answer.get("failed"), answer["msg"]
    assert answer["actions"] == UPDATE
    assert moving.writes == DONE
    assert own(moving)
    assert moving.stack is not None
    assert "model_serving.moving" not in moving.stack["tags"]
    assert moving.parameters.get("moving", False) is False
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_copies_go_with_their_servers_when_the_update_fails_too(lost: MovingHeat, run_module: RunModule) -> None:
    lost.fates = ["FAILED"]

    answer = run_module("autoscaling_group", CHAT)

    assert "Heat says UPDATE_FAILED" in answer["msg"]
    assert own(lost)
    assert run_module("autoscaling_group", CHAT)["actions"] == ["repair autoscaling group 'chat'"]
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_new_replica_may_have_the_address_of_one_that_is_gone(lost: MovingHeat, run_module: RunModule) -> None:
    """Octavia takes no second member there, so the copy goes while Heat waits for its place."""
    lost.places = 2

    answer = run_module("autoscaling_group", CHAT)

    assert not answer.get("failed"), answer["msg"]
    assert own(lost)


def test_a_member_of_somebody_else_stays(lost: MovingHeat, run_module: RunModule) -> None:
    foreign = lost.octavia.add("members", owner=lost.pool, address="10.0.0.99", protocol_port=8080)

    run_module("autoscaling_group", CHAT)

    assert foreign["id"] in lost.octavia.rows["members"]
