# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another version for a group of which some replicas serve and others never got ready, or are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat

READY = {**CHAT, "max_size": 6, "readiness": {"url": "http://127.0.0.1:8080/ready"}}
FOUR = {**READY, "desired_capacity": 4}
NEW = {**READY, "user_data": "#cloud-config\nnew: true\n"}
NEWER = {**READY, "user_data": "#cloud-config\nnewer: true\n"}
UPDATE = ["update autoscaling group 'chat'"]


def dead(heat: Heat, *names: str, status: str = "CREATE_FAILED") -> None:
    """Replicas that did not get ready: what comes after that in each was not even begun."""
    assert heat.stack is not None
    heat.stack["stack_status"] = "CREATE_FAILED"
    for one in [one for one in heat.resources if one["resource_name"] in names]:
        name = one["resource_name"]
        version = one["resource_type"].split("-")[1]
        one["resource_status"] = status
        heat.resource(f"ready_{version}", "OS::Heat::WaitCondition", "CREATE_FAILED", name)
        heat.resource("member_p1_8080_1", "OS::Octavia::PoolMember", "INIT_COMPLETE", name)
        heat.resources[-1]["physical_resource_id"] = ""
    heat.writes.clear()


@pytest.fixture
def asked(heat: Heat) -> list[dict[str, Any]]:
    """The parameters of all updates, without those of previews."""
    put, found = heat.put, []

    def remember(path: str, json: dict[str, Any], **more: Any) -> Response:
        if not path.endswith("/preview"):
            found.append(json["parameters"])
        return put(path, json, **more)

    heat.conn.orchestration.put.side_effect = remember
    return found


def test_the_first_batch_holds_all_that_never_got_ready(
    heat: Heat, asked: list[dict[str, Any]], run_module: RunModule
) -> None:
    """Of smaller ones, each would cost a run: Heat waits for the others once more, in the version that they have."""
    run_module("autoscaling_group", FOUR)
    dead(heat, "r1", "r2", "r3")

    predicted = run_module("autoscaling_group", NEW, check=True)
    heat.previews.clear()
    answer = run_module("autoscaling_group", NEW)

    assert predicted["actions"] == answer["actions"] == UPDATE
    assert predicted["diff"] == answer["diff"]
    (given,) = asked
    assert (given["pinned_1"], given["batch_1"]) == (4, 3)
    assert heat.previews[0]["parameters"] == given
    assert heat.previews[1]["parameters"]["batch"] == 3
    # Afterwards everything is as usual.
    assert heat.writes == ["update", "patch {'pinned_1': 0, 'batch_1': 0}"]
    assert run_module("autoscaling_group", NEW)["changed"] is False


def test_each_zone_has_a_batch_of_its_own(heat: Heat, asked: list[dict[str, Any]], run_module: RunModule) -> None:
    zones = {"availability_zones": ["az1", "az2"]}
    run_module("autoscaling_group", {**READY, **zones, "desired_capacity": 6})
    dead(heat, "r0", "r4", "r5")

    run_module("autoscaling_group", {**NEW, **zones})

    # One is as many as usual.
    assert {name: size for name, size in asked[0].items() if name.startswith("batch_")} == {"batch_2": 2}


def test_a_run_that_was_killed_is_put_right(heat: Heat, asked: list[dict[str, Any]], run_module: RunModule) -> None:
    run_module("autoscaling_group", FOUR)
    dead(heat, "r1", "r2", "r3")
    patch = heat.conn.orchestration.patch
    patch.side_effect = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        run_module("autoscaling_group", NEW)
    assert heat.parameters["batch_1"] == 3
    patch.side_effect = heat.patch

    answer = run_module("autoscaling_group", NEW)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert "batch_1" not in asked[1]
    assert heat.parameters.get("batch_1", 0) == heat.parameters["pinned_1"] == 0
    assert run_module("autoscaling_group", NEW)["changed"] is False


def test_what_an_update_left_undone_is_one_batch_of_the_next_one(
    heat: Heat, asked: list[dict[str, Any]], run_module: RunModule
) -> None:
    """There is no way back to a version in which most never got ready."""
    run_module("autoscaling_group", FOUR)
    dead(heat, "r1", "r2", "r3")
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", NEW)

    assert answer["failed"] is True
    assert heat.writes == ["update"]
    dead(heat, "r2", "r3", status="UPDATE_FAILED")
    assert run_module("autoscaling_group", NEWER)["actions"] == UPDATE
    assert [given["batch_1"] for given in asked] == [3, 2]


def test_the_way_back_has_the_usual_batches(heat: Heat, asked: list[dict[str, Any]], run_module: RunModule) -> None:
    run_module("autoscaling_group", FOUR)
    heat.parameters = {**heat.parameters, "batch_1": "3"}
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", NEW)

    assert "The update was rolled back" in answer["msg"]
    _forth, back = asked
    assert back["pinned_1"] == 4
    assert "batch_1" not in back
    assert run_module("autoscaling_group", READY)["changed"] is False


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_FAILED"])
def test_without_failed_replicas_batches_are_as_usual(
    heat: Heat, asked: list[dict[str, Any]], run_module: RunModule, status: str
) -> None:
    run_module("autoscaling_group", FOUR)
    assert heat.stack is not None
    heat.stack["stack_status"] = status

    run_module("autoscaling_group", NEW)

    assert "batch_1" not in asked[0]


def test_what_heat_drops_needs_no_place_in_a_batch(
    heat: Heat, asked: list[dict[str, Any]], run_module: RunModule
) -> None:
    """An alarm wanted two more, which never got ready: the size is that of those that serve."""
    run_module("autoscaling_group", FOUR)
    dead(heat, "r2", "r3")
    heat.statuses = {"group": ["UPDATE_FAILED"], "r2": ["CREATE_FAILED"], "r3": ["CREATE_FAILED"]}
    assert heat.stack is not None
    heat.stack["stack_status"] = "UPDATE_FAILED"

    run_module("autoscaling_group", NEW)

    assert asked[0]["pinned_1"] == 2
    assert "batch_1" not in asked[0]


def test_who_failed_in_the_version_that_stays_is_replaced_at_once(
    heat: Heat, asked: list[dict[str, Any]], run_module: RunModule
) -> None:
    run_module("autoscaling_group", FOUR)
    dead(heat, "r1", "r2", "r3")

    run_module("autoscaling_group", READY)

    assert heat.writes[:-1] == ["mark r1 True", "mark r2 True", "mark r3 True", "update"]
    assert "batch_1" not in asked[0]


def marked(heat: Heat, *names: str) -> None:
    """What healing does, and what becomes of it when no member of the pool is healthy."""
    for one in [one for one in heat.resources if one["resource_name"] in names]:
        one["resource_status"] = "CHECK_FAILED"
        heat.resource("member_p1_8080_1", "OS::Octavia::PoolMember", parent=one["resource_name"])
    heat.failed_zone = True
    heat.writes.clear()


def test_marked_replicas_get_another_version_in_their_batches(
    heat: Heat, conn: Mock, asked: list[dict[str, Any]], run_module: RunModule
) -> None:
    """Heat would replace all of them at once, most in the version that they have, and then all again."""
    run_module("autoscaling_group", READY)
    marked(heat, "r0", "r1")

    answer = run_module("autoscaling_group", NEW)

    assert answer["actions"] == UPDATE
    assert heat.writes == ["mark r0 False", "mark r1 False", "update", "patch {'pinned_1': 0}"]
    assert "batch_1" not in asked[0]
    conn.load_balancer.members.assert_not_called()


def test_a_marked_replica_that_never_got_ready_is_in_the_first_batch(
    heat: Heat, asked: list[dict[str, Any]], run_module: RunModule
) -> None:
    """Without its mark Heat would not take it for failed, and so not take it first."""
    run_module("autoscaling_group", FOUR)
    dead(heat, "r2", "r3", status="CHECK_FAILED")
    marked(heat, "r0")

    run_module("autoscaling_group", NEW)

    assert heat.writes == ["mark r0 False", "update", "patch {'pinned_1': 0, 'batch_1': 0}"]
    assert asked[0]["batch_1"] == 2


def test_a_mark_stays_on_a_replica_that_has_no_member_yet(heat: Heat, run_module: RunModule) -> None:
    """A run marked it and was killed then. Without the mark Heat would wait for it once more."""
    run_module("autoscaling_group", READY)
    dead(heat, "r1", status="CHECK_FAILED")

    run_module("autoscaling_group", READY)

    assert heat.writes == ["update", "patch {'pinned_1': 0}"]
