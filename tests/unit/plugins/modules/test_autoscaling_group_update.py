# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens around an update: Heat's preview, what is in progress, and what was suspended by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from keystoneauth1.exceptions import ConnectFailure, ConnectTimeout
from requests import Response

from .answers import ago
from .fake_heat import CHAT

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_heat import Heat

TRACKING = {**CHAT, "target_tracking": {"target_value": 50}}
CHANGED = {**TRACKING, "step_scaling": [{"steps": [{"lower_bound": 95, "adjustment": 2}]}]}


def test_a_creation_shows_what_heat_would_create(heat: Heat, run_module: RunModule) -> None:
    predicted = run_module("autoscaling_group", CHAT, check=True)

    assert predicted["diff"]["after"]["preview"] == {"OS::Aodh::X": 1, "OS::Nova::Server": 2}
    assert heat.writes == []


def test_an_update_shows_what_heat_would_change_and_nothing_else(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", TRACKING)
    heat.writes.clear()
    heat.previews.clear()

    predicted = run_module("autoscaling_group", CHANGED, check=True)

    preview = predicted["diff"]["after"]["preview"]
    assert set(preview) == {"group", "zone_1"}
    assert preview["group"]["updated"] == ["alarm_step_1_out_1", "zone_1"]
    assert preview["zone_1"]["updated"] == ["group", "step_1_out_1"]
    root, zone = heat.previews
    assert zone["parameters"]["desired"] == root["parameters"]["desired_1"] == 2
    assert zone["parameters"]["healing_enabled"] is True
    assert zone["parameters"]["metered_as"] == "st1"
    assert heat.writes == []
    assert run_module("autoscaling_group", CHANGED)["diff"] == predicted["diff"]


def test_without_a_preview_the_update_goes_on(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    put = heat.put

    def unable(path: str, json: dict[str, Any], **more: Any) -> Response:
        if not path.endswith("/preview"):
            return put(path, json, **more)
        response = Response()
        response.status_code, response.url, response._content = 400, "http://heat", b'{"error": {"message": "no"}}'
        return response

    heat.conn.orchestration.put.side_effect = unable

    answer = run_module("autoscaling_group", CHANGED)

    assert "preview" not in answer["diff"]["after"]
    assert any("Heat gives no preview" in warning for warning in answer["warnings"])
    assert heat.writes == ["create", "update"]


def test_an_update_waits_for_what_alarms_have_begun(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.busy_zone = 3

    unchanged = run_module("autoscaling_group", CHAT)
    assert (unchanged["changed"], heat.busy_zone) == (False, 2)

    run_module("autoscaling_group", CHANGED)
    assert heat.busy_zone == 0


def test_a_zone_that_failed_alone_is_repaired(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.failed_zone = True

    predicted = run_module("autoscaling_group", CHAT, check=True)
    answer = run_module("autoscaling_group", CHAT)

    assert predicted["actions"] == answer["actions"] == ["repair autoscaling group 'chat'"]
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_a_size_that_a_killed_run_left_fixed_is_free_again(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["tags"].insert(0, "model_serving.pinned")
    heat.parameters["pinned_1"] = 2

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert heat.parameters["pinned_1"] == 0
    assert "model_serving.pinned" not in heat.stack["tags"]
    assert run_module("autoscaling_group", CHAT)["changed"] is False


@pytest.mark.parametrize(("low", "high"), [(3, 5), (1, 1)])
def test_a_group_gets_other_limits_than_its_size(heat: Heat, run_module: RunModule, low: int, high: int) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.size == 2

    answer = run_module("autoscaling_group", {**CHAT, "min_size": low, "max_size": high})

    assert "failed" not in answer
    assert heat.writes == ["create", "update"]
    assert answer["diff"]["after"]["size"] == answer["group"]["size"] == heat.size != 2


def test_a_healing_that_left_one_too_many_is_repaired(heat: Heat, run_module: RunModule) -> None:
    fixed = {**CHAT, "min_size": 2, "max_size": 2}
    run_module("autoscaling_group", fixed)
    heat.failed_zone, heat.size = True, 3

    answer = run_module("autoscaling_group", fixed)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert answer["diff"]["after"]["size"] == heat.size == 2


@pytest.mark.parametrize("lost", [ConnectFailure, ConnectTimeout])
def test_an_update_that_cannot_be_looked_at_is_left_to_heat(
    heat: Heat, run_module: RunModule, lost: type[Exception]
) -> None:
    """It may run well: a way back would break it off."""
    run_module("autoscaling_group", CHAT)
    get = heat.get

    def look(path: str, **more: Any) -> Response:
        if path == "/stacks/chat/st1" and heat.writes[-1] == "update":
            raise lost("no answer")
        return get(path, **more)

    heat.conn.orchestration.get.side_effect = look

    answer = run_module("autoscaling_group", CHANGED)

    assert answer["failed"] is True
    assert "no answer" in answer["msg"]
    assert "rolled back" not in answer["msg"]
    assert heat.writes == ["create", "update"]


@pytest.mark.parametrize(("wanted", "attempted"), [(CHAT, "create"), (CHANGED, "update")])
def test_a_group_that_somebody_removes_meanwhile_is_not_rolled_back(
    heat: Heat, run_module: RunModule, wanted: dict[str, Any], attempted: str
) -> None:
    if wanted is CHANGED:
        run_module("autoscaling_group", CHAT)
    heat.writes.clear()
    get = heat.get

    def look(path: str, **more: Any) -> Response:
        if attempted in heat.writes:
            heat.stack = None
        return get(path, **more)

    heat.conn.orchestration.get.side_effect = look

    answer = run_module("autoscaling_group", wanted)

    assert answer["msg"] == (
        f"Could not {attempted} autoscaling group 'chat' (st1): somebody has deleted the stack meanwhile."
        " Run again to make it anew."
    )
    assert heat.writes == [attempted]


def test_a_group_that_somebody_removes_between_two_looks_is_made_anew(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.writes.clear()
    get, looks = heat.get, iter(range(1, 100))

    def look(path: str, **more: Any) -> Response:
        if path == "/stacks" and next(looks) == 2:
            heat.stack = None
        return get(path, **more)

    heat.conn.orchestration.get.side_effect = look

    answer = run_module("autoscaling_group", CHANGED)

    assert answer["actions"] == ["create autoscaling group 'chat' of 2"]
    assert answer["diff"]["before"] == {}
    assert answer["diff"]["after"]["preview"] == {"OS::Aodh::X": 1, "OS::Nova::Server": 2}
    assert heat.writes == ["create"]


def test_a_new_size_and_a_new_version_in_one_run(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    both = {**CHANGED, "desired_capacity": 4}

    answer = run_module("autoscaling_group", both)

    assert [action.split()[0] for action in answer["actions"]] == ["update", "set"]
    assert heat.size == answer["group"]["size"] == 4
    assert run_module("autoscaling_group", both)["changed"] is False


def test_a_size_that_cannot_be_reached_is_a_failed_task(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    patch = heat.patch

    def fail(path: str, json: dict[str, Any], **more: Any) -> Response:
        answer = patch(path, json, **more)
        heat.failed_zone = "sized" in json["parameters"]
        return answer

    heat.conn.orchestration.patch.side_effect = fail
    heat.events = [
        {
            "resource_status": "UPDATE_FAILED",
            "event_time": ago(-1),
            "resource_status_reason": "resources.server_1: No valid host was found",
        }
    ]

    answer = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 4})

    assert "Could not set the size of" in answer["msg"]
    assert "No valid host" in answer["msg"]
    assert run_module("autoscaling_group", CHAT, check=True)["actions"] == ["repair autoscaling group 'chat'"]


@pytest.mark.parametrize("deployed", [CHAT, CHANGED])
def test_what_was_suspended_by_hand_stays_so(heat: Heat, run_module: RunModule, deployed: dict[str, Any]) -> None:
    run_module("autoscaling_group", CHAT)
    run_module("autoscaling_capacity", {"name": "chat", "suspended_processes": ["scaling"]})

    answer = run_module("autoscaling_group", deployed)

    assert answer["group"]["suspended_processes"] == ["scaling"]
    assert heat.parameters["scaling_enabled"] is False
    assert heat.parameters["healing_enabled"] is True
    assert answer["changed"] is (deployed is CHANGED)
