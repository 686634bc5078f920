# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The size of a group by hand, and replicas that are replaced, through C(main)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import pytest
from keystoneauth1.session import Session
from openstack.config.cloud_region import CloudRegion

from .answers import answer
from .fake_heat import CHAT

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat


SIZED = ["patch {'desired_1': 3, 'pinned_1': 0}", "patch {'sized': 3}", "patch {}"]


@pytest.fixture(autouse=True)
def group(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    for number in range(heat.size):
        heat.resource(f"server_{number}", "OS::Nova::Server", parent=f"r{number}")
        heat.resources[-1]["physical_resource_id"] = f"s{number}"
    heat.writes.clear()


def test_sets_the_size_once(heat: Heat, run_module: RunModule) -> None:
    predicted = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3}, check=True)
    done = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3})
    again = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3})

    assert predicted["actions"] == done["actions"] == ["set size of autoscaling group 'chat' from 2 to 3"]
    assert predicted["diff"] == done["diff"]
    assert heat.writes == SIZED
    assert (again["changed"], again["group"]["size"]) == (False, 3)


def test_a_size_by_hand_comes_though_a_killed_run_left_another_one_fixed(heat: Heat, run_module: RunModule) -> None:
    assert heat.stack is not None
    heat.stack["tags"].insert(0, "model_serving.pinned")
    heat.parameters["pinned_1"] = 2

    done = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 4})

    assert done["group"]["size"] == 4
    assert heat.parameters["pinned_1"] == 0
    assert "model_serving.pinned" not in heat.stack["tags"]


def test_a_size_by_hand_that_was_not_finished_is_finished(heat: Heat, run_module: RunModule) -> None:
    """Otherwise healing would bring the zone back to that size whenever it updates its stack."""
    assert heat.stack is not None
    heat.stack["tags"].insert(0, "model_serving.pinned")
    asked = {"name": "chat", "desired_capacity": 2}

    predicted = run_module("autoscaling_capacity", asked, check=True)
    done = run_module("autoscaling_capacity", asked)

    assert predicted["actions"] == done["actions"] == ["finish setting size of autoscaling group 'chat' to 2"]
    assert predicted["diff"] == done["diff"]
    assert done["diff"]["before"] == {**done["diff"]["after"], "size_pinned": True}
    assert heat.writes[-2:] == ["patch {'sized': 2}", "patch {}"]
    assert "model_serving.pinned" not in heat.stack["tags"]
    assert run_module("autoscaling_capacity", asked)["changed"] is False
    assert run_module("autoscaling_capacity", {"name": "chat"})["changed"] is False


def test_a_size_by_hand_has_come_though_an_alarm_has_changed_it_since(heat: Heat, run_module: RunModule) -> None:
    """The zone that is ready first may shrink again while another one still starts its replicas."""
    run_module("autoscaling_group", {**CHAT, "max_size": 8, "availability_zones": ["az1", "az2"]})
    patch = heat.patch

    def shrink(path: str, json: dict[str, Any], **more: Any) -> Response:
        done = patch(path, json, **more)
        if "sized" in json["parameters"] and "zone_2" in path:
            heat.statuses["zone2"] = [*["UPDATE_IN_PROGRESS"] * 3, "UPDATE_COMPLETE"]
            heat.statuses["group"] = [*["UPDATE_IN_PROGRESS"] * 5, "UPDATE_COMPLETE"]
            heat.sizes = [2, 3]
        return done

    heat.conn.orchestration.patch.side_effect = shrink

    done = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 6, "timeout": 60})

    assert done["group"]["size"] == 5
    assert heat.statuses == {key: ["UPDATE_COMPLETE"] for key in ("zone", "zone2", "group")}
    assert "model_serving.pinned" not in (heat.stack or {})["tags"]


def test_a_size_is_compared_with_what_an_alarm_leaves(heat: Heat, run_module: RunModule) -> None:
    heat.scale(4)
    looks = iter([True, True, False])

    def nested() -> list[dict[str, Any]]:
        if next(looks, False):
            heat.statuses["group"] = ["UPDATE_IN_PROGRESS"]
        elif heat.statuses.pop("group", None):
            heat.scale(3)
        return listed()

    listed, heat.nested = heat.nested, nested  # type: ignore[method-assign]

    answer = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 4})

    assert answer["actions"] == ["set size of autoscaling group 'chat' from 3 to 4"]


def test_check_mode_does_not_count_what_is_on_its_way_out(heat: Heat, run_module: RunModule) -> None:
    heat.scale(4)
    heat.statuses = {"group": ["UPDATE_IN_PROGRESS"], "r0": ["DELETE_IN_PROGRESS"]}

    answer = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 4}, check=True)

    assert answer["actions"] == ["set size of autoscaling group 'chat' from 3 to 4"]


@pytest.mark.parametrize("reference", ["chat-1", "s1"])
def test_replaces_a_server_by_marking_its_replica(heat: Heat, run_module: RunModule, reference: str) -> None:
    answer = run_module("autoscaling_capacity", {"name": "chat", "replace": [reference]})

    assert answer["actions"] == [f"replace '{reference}' of autoscaling group 'chat'"]
    assert heat.writes == ["mark r1 True", "patch {}"]


@pytest.mark.parametrize(
    ("asked", "fates"),
    [
        ({"desired_capacity": 3}, ["FAILED"]),
        ({"desired_capacity": 3}, ["COMPLETE", "FAILED"]),
        ({"replace": ["s1"]}, ["FAILED"]),
        ({"suspended_processes": ["scaling"]}, ["FAILED"]),
    ],
)
def test_an_update_that_fails_is_told(
    heat: Heat, run_module: RunModule, asked: dict[str, object], fates: list[str]
) -> None:
    heat.fates = fates

    answer = run_module("autoscaling_capacity", {"name": "chat", **asked})

    assert "Heat says UPDATE_FAILED" in answer["msg"]
    assert heat.fates == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "other", "desired_capacity": 1}, "no autoscaling group 'other'"),
        ({"desired_capacity": 5}, "'desired_capacity' is 5, but the group has 'min_size' 2 and 'max_size' 4"),
        ({"desired_capacity": 1}, "'desired_capacity' is 1, but the group has"),
        ({"desired_capacity": 0}, "at least 1"),
        ({"replace": ["x"]}, "no server 'x' (it has: chat-0, chat-1)"),
    ],
)
def test_what_cannot_be_is_refused(heat: Heat, run_module: RunModule, change: dict[str, object], said: str) -> None:
    if change.get("name") == "other":
        heat.stack = None

    answer = run_module("autoscaling_capacity", {"name": "chat", **change})

    assert said in answer["msg"]
    assert heat.writes == []


ALARM = {"alarm_id": "a1", "name": "x", "enabled": True}


@pytest.fixture
def aodh(conn: Mock, heat: Heat) -> Mock:
    heat.resource("alarm_out_1", "OS::Aodh::GnocchiAggregationByResourcesAlarm")
    heat.resource("healing", "OS::Aodh::LBMemberHealthAlarm", parent="zone_1")
    session: Mock = create_autospec(Session, instance=True)
    session.auth = None
    rows = [{"alarm_id": alarm_id, "enabled": False} for alarm_id in ("id-alarm_out_1", "id-healing")]
    said: dict[str, Any] = {"/v2/alarms": rows}
    session.request.side_effect = lambda url, method, **more: answer(
        said.get(url, ALARM) if method == "GET" else more["json"]
    )
    conn.session = session
    conn.config = create_autospec(CloudRegion, instance=True)
    conn.config.get_endpoint.return_value = None
    return session


def disabled(aodh: Mock) -> list[str]:
    puts = [call for call in aodh.request.call_args_list if call.args[1] == "PUT"]
    assert all(call.kwargs["json"] == {**ALARM, "enabled": False} for call in puts)
    return [call.args[0].rsplit("/", 1)[1] for call in puts]


def test_suspends_and_resumes(heat: Heat, aodh: Mock, run_module: RunModule) -> None:
    asked = {"name": "chat", "suspended_processes": ["scaling"]}
    predicted = run_module("autoscaling_capacity", asked, check=True)
    done = run_module("autoscaling_capacity", asked)
    again = run_module("autoscaling_capacity", asked)
    resumed = run_module("autoscaling_capacity", {"name": "chat", "suspended_processes": [], "desired_capacity": 3})

    assert predicted["actions"] == done["actions"] == ["suspend scaling of autoscaling group 'chat'"]
    assert done["group"]["suspended_processes"] == ["scaling"]
    assert disabled(aodh) == ["id-alarm_out_1"]
    assert again["changed"] is False
    assert resumed["actions"] == [
        "set size of autoscaling group 'chat' from 2 to 3",
        "resume scaling of autoscaling group 'chat'",
    ]
    assert heat.writes[0] == "patch {'scaling_enabled': False, 'healing_enabled': True}"
    assert heat.writes[1:-1] == SIZED
    assert heat.writes[-1] == "patch {'scaling_enabled': True, 'healing_enabled': True}"


def test_what_healing_has_marked_stays_when_it_is_suspended(heat: Heat, aodh: Mock, run_module: RunModule) -> None:
    """The update that suspends it would replace what is marked."""
    next(one for one in heat.resources if one["resource_name"] == "r0")["resource_status"] = "CHECK_FAILED"

    run_module("autoscaling_capacity", {"name": "chat", "suspended_processes": ["healing"], "desired_capacity": 3})

    assert disabled(aodh) == ["id-healing"]
    assert heat.writes[:3] == [
        "mark r0 False",
        "patch {'scaling_enabled': True, 'healing_enabled': False}",
        "patch {'desired_1': 3, 'pinned_1': 0}",
    ]


def test_nothing_asked_is_nothing_done(heat: Heat, run_module: RunModule) -> None:
    assert run_module("autoscaling_capacity", {"name": "chat"})["changed"] is False
    assert heat.writes == []
