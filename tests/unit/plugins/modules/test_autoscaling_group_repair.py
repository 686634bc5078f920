# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run makes of a group that an earlier run, an alarm or a removal has left broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_heat import CHAT

if TYPE_CHECKING:
    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat

READY = {**CHAT, "readiness": {"url": "http://127.0.0.1:8080/ready"}}


def version_of(heat: Heat) -> str:
    (name,) = [name for name in heat.files if name.startswith("replica-")]
    return name.removeprefix("replica-").split("-")[0]


def late(heat: Heat, version: str) -> None:
    """A replica of a new group was not ready in time."""
    assert heat.stack is not None
    heat.stack["stack_status"] = "CREATE_FAILED"
    next(one for one in heat.resources if one["resource_name"] == "r0")["resource_status"] = "CREATE_FAILED"
    heat.resource(f"ready_{version}", "OS::Heat::WaitCondition", status="CREATE_FAILED", parent="r0")
    heat.writes.clear()


def test_a_replica_that_missed_its_time_is_made_anew(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", READY)
    late(heat, version_of(heat))

    answer = run_module("autoscaling_group", READY)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert heat.writes == ["mark r0 True", "update", "patch {'pinned_1': 0}"]


def test_a_replica_that_reported_after_its_time_stays(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", READY)
    version = version_of(heat)
    late(heat, version)
    heat.metadata[f"handle_{version}"] = {"replica": {"status": "SUCCESS", "reason": "ready"}}

    run_module("autoscaling_group", READY)

    assert heat.writes == ["update", "patch {'pinned_1': 0}"]


def test_a_repair_that_leaves_the_size_fixed_is_told_and_gone_on_with(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", READY)
    late(heat, version_of(heat))
    heat.fates = ["COMPLETE", "FAILED"]

    answer = run_module("autoscaling_group", READY)
    after = run_module("autoscaling_group", READY)

    assert "Heat says UPDATE_FAILED" in answer["msg"]
    assert after["actions"] == ["repair autoscaling group 'chat'"]
    assert after["group"]["status"] == "UPDATE_COMPLETE"


def test_another_version_has_another_chance_in_the_same_replica(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", READY)
    late(heat, version_of(heat))

    run_module("autoscaling_group", {**READY, "user_data": "#cloud-config\nnew: true\n"})

    assert heat.writes == ["update", "patch {'pinned_1': 0}"]


NEW = {**READY, "user_data": "#cloud-config\nnew: true\n"}


def stillborn(heat: Heat) -> None:
    """No replica of a new group got ready: what comes after that in each was not even begun."""
    assert heat.stack is not None
    version = version_of(heat)
    heat.stack["stack_status"] = "CREATE_FAILED"
    for one in [one for one in heat.resources if one["resource_type"].startswith("replica-")]:
        name = one["resource_name"]
        one["resource_status"] = "CREATE_FAILED"
        heat.resource(f"server_{version}", "OS::Nova::Server", parent=name)
        heat.resource(f"ready_{version}", "OS::Heat::WaitCondition", "CREATE_FAILED", name)
        heat.resource("member_p1_8080_1", "OS::Octavia::PoolMember", "INIT_COMPLETE", name)
        heat.resources[-1]["physical_resource_id"] = ""
        heat.resource("settled", "OS::Heat::Value", "INIT_COMPLETE", name)
    heat.statuses = {name: ["CREATE_FAILED"] for name in ("zone", "group", "r0", "r1", "r2")}
    heat.writes.clear()


def test_a_new_group_that_never_served_is_made_anew_in_another_version(heat: Heat, run_module: RunModule) -> None:
    """Heat would wait for each replica that is not in the first batch as long as it may take to get ready, in vain."""
    run_module("autoscaling_group", {**READY, "desired_capacity": 3})
    stillborn(heat)

    predicted = run_module("autoscaling_group", NEW, check=True)
    answer = run_module("autoscaling_group", NEW)

    expected = ["delete autoscaling group 'chat'", "create autoscaling group 'chat' of 3"]
    assert predicted["actions"] == answer["actions"] == expected
    assert predicted["diff"] == answer["diff"]
    assert heat.writes == ["delete", "create"]
    assert answer["group"]["size"] == answer["diff"]["after"]["size"] == 3
    assert run_module("autoscaling_group", NEW)["changed"] is False


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("r1", {"resource_status": "CREATE_COMPLETE"}),
        ("r1", {"resource_status": "CHECK_FAILED"}),
        ("settled", {"resource_status": "CREATE_COMPLETE"}),
        ("member_p1_8080_1", {"resource_status": "CREATE_FAILED", "physical_resource_id": "m1"}),
    ],
)
def test_a_new_group_with_a_replica_in_service_is_not_removed(
    heat: Heat, run_module: RunModule, name: str, change: dict[str, str]
) -> None:
    run_module("autoscaling_group", READY)
    stillborn(heat)
    next(one for one in heat.resources if one["resource_name"] == name).update(change)

    assert run_module("autoscaling_group", NEW, check=True)["actions"] == ["update autoscaling group 'chat'"]


@pytest.mark.parametrize(("stack", "status"), [("zone", "UPDATE_FAILED"), ("r1", "UPDATE_COMPLETE")])
def test_a_group_that_was_changed_since_it_was_made_is_not_removed(
    heat: Heat, run_module: RunModule, stack: str, status: str
) -> None:
    """Heat does not list a replica that serves until another one has taken its place."""
    run_module("autoscaling_group", READY)
    stillborn(heat)
    heat.statuses[stack] = [status]

    assert run_module("autoscaling_group", NEW, check=True)["actions"] == ["update autoscaling group 'chat'"]


def test_a_new_group_that_never_served_is_repaired_in_the_same_version(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", READY)
    stillborn(heat)

    answer = run_module("autoscaling_group", {**READY, "max_size": 9})

    assert answer["actions"] == ["update autoscaling group 'chat'"]
    assert heat.writes == ["mark r0 True", "mark r1 True", "update", "patch {'pinned_1': 0}"]


def test_replicas_that_never_came_to_be_are_not_asked_for_again(heat: Heat, run_module: RunModule) -> None:
    """An alarm wanted four and the quota allows two: a repair to four would fail, and end scaling for good."""
    run_module("autoscaling_group", CHAT)
    heat.scale(4)
    heat.statuses = {"group": ["UPDATE_FAILED"], "r2": ["CREATE_FAILED"], "r3": ["CREATE_FAILED"]}
    put = heat.put
    asked: list[int] = []

    def remember(path: str, json: dict[str, Any], **more: Any) -> Response:
        if not path.endswith("/preview"):
            asked.append(json["parameters"]["pinned_1"])
        return put(path, json, **more)

    heat.conn.orchestration.put.side_effect = remember

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert asked == [2]


def test_a_replica_and_the_one_that_takes_its_place_are_one(heat: Heat, run_module: RunModule) -> None:
    """A healing that failed has left both; a repair for three would make a third one."""
    run_module("autoscaling_group", CHAT)
    heat.failed_zone, heat.replacing = True, ["r0"]

    predicted = run_module("autoscaling_group", CHAT, check=True)
    answer = run_module("autoscaling_group", CHAT)

    assert predicted["diff"]["before"]["size"] == 2
    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert heat.size == 2


def test_a_new_group_that_failed_is_asked_for_whole_again(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", {**CHAT, "desired_capacity": 3})
    assert heat.stack is not None
    heat.stack["stack_status"] = "CREATE_FAILED"
    heat.statuses = {"group": ["CREATE_FAILED"], "r2": ["CREATE_FAILED"]}

    answer = run_module("autoscaling_group", CHAT)

    assert answer["group"]["size"] == 3


@pytest.mark.parametrize(("wanted", "told"), [(NEW, True), (READY, False), ({**NEW, "rollback": False}, False)])
def test_that_a_broken_group_has_no_way_back_is_told(
    heat: Heat, run_module: RunModule, wanted: dict[str, Any], *, told: bool
) -> None:
    """A repair has the version that there is, so nobody expects a way back from it, nor who wants none."""
    run_module("autoscaling_group", READY)
    late(heat, version_of(heat))
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", wanted)

    assert "Remove the cause and run again" in answer["msg"]
    assert ("Nothing was taken back" in answer["msg"]) is told
    assert heat.writes.count("update") == 1


@pytest.mark.parametrize("change", [{}, {"user_data": "#cloud-config\nnew: true\n"}])
def test_what_a_removal_left_is_removed_first(heat: Heat, run_module: RunModule, change: dict[str, Any]) -> None:
    """Heat takes no update of it, so there is no other way to a group."""
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["stack_status"] = "DELETE_FAILED"
    heat.stack["tags"].append("model_serving.suspended=scaling")
    heat.writes.clear()

    predicted = run_module("autoscaling_group", {**CHAT, **change}, check=True)
    answer = run_module("autoscaling_group", {**CHAT, **change})

    expected = ["delete autoscaling group 'chat'", "create autoscaling group 'chat' of 2"]
    assert predicted["actions"] == answer["actions"] == expected
    assert predicted["diff"] == answer["diff"]
    assert heat.writes == ["delete", "create"]
    assert (answer["group"]["status"], answer["group"]["suspended_processes"]) == ("CREATE_COMPLETE", [])
    assert heat.parameters.get("pinned_1", 0) == 0
    assert run_module("autoscaling_group", {**CHAT, **change})["changed"] is False


def test_what_a_removal_left_is_gone_before_another_one_comes(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["stack_status"] = "DELETE_FAILED"
    heat.looks_until_gone = 2

    run_module("autoscaling_group", {**CHAT, "wait": False})

    assert heat.writes == ["create", "delete", "create"]
