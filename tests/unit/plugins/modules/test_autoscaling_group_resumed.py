# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Heat leaves suspended of a stack that was resumed (openstack stack resume), and what an update leaves so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import pytest
from keystoneauth1.session import Session
from openstack.compute.v2.server import Server

from .answers import answer
from .fake_heat import CHAT, KEY

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat

ALARMS = {"alarm_out_1": "", "healing": "zone_1"}
REST, REPAIR = "resume the rest of autoscaling group 'chat'", "repair autoscaling group 'chat'"


class Aodh:
    """Aodh with the alarms of the group, by their ids whether each is enabled."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = {f"id-{name}": enabled for name in ALARMS}
        self.enabled["somebody-else's"] = False

    def request(self, url: str, method: str, **more: Any) -> Response:
        alarm_id = url.removeprefix("/v2/alarms").strip("/")
        if method == "PUT":
            self.enabled[alarm_id] = more["json"]["enabled"]
        rows = [{"alarm_id": one, "enabled": enabled} for one, enabled in self.enabled.items()]
        return answer(next(row for row in rows if row["alarm_id"] == alarm_id) if alarm_id else rows)


@pytest.fixture
def aodh(conn: Mock) -> Aodh:
    made = Aodh(enabled=False)
    conn.session = create_autospec(Session, instance=True)
    conn.session.auth = None
    conn.session.request.side_effect = made.request
    return made


@pytest.fixture(autouse=True)
def group(conn: Mock, heat: Heat, run_module: RunModule) -> None:
    """A group whose stack can be resumed on each level by itself, but not what is nested in it."""
    run_module("autoscaling_group", CHAT)
    heat.writes.clear()
    conn.orchestration.post.side_effect = lambda path, json, **_more: resume(heat, path, json)


def resume(heat: Heat, path: str, json: dict[str, Any]) -> Response:
    assert path.endswith("/actions")
    assert json == {"resume": None}
    stack_id = path.split("/")[-2]
    heat.writes.append(f"resume {stack_id}")
    heat.statuses[stack_id] = ["RESUME_IN_PROGRESS", "RESUME_FAILED"]
    return answer(None)


def put_into(heat: Heat, root: str, **nested: str) -> None:
    assert heat.stack is not None
    heat.stack["stack_status"] = root
    heat.statuses = {name: [status] for name, status in nested.items()}


def with_alarms(heat: Heat, status: str) -> None:
    for name, parent in ALARMS.items():
        heat.resource(name, "OS::Aodh::LBMemberHealthAlarm", status, parent)


@pytest.mark.parametrize(
    ("root", "nested", "resumed"),
    [
        ("RESUME_FAILED", {"zone": "SUSPEND_FAILED", "group": "SUSPEND_FAILED"}, ["resume zone", "resume group"]),
        ("RESUME_FAILED", {"zone": "RESUME_FAILED", "r1": "SUSPEND_COMPLETE"}, ["resume r1"]),
        ("UPDATE_COMPLETE", {"zone": "RESUME_FAILED", "group": "SUSPEND_COMPLETE"}, ["resume group"]),
        ("RESUME_FAILED", {"r0": "SUSPEND_COMPLETE", "r1": "SUSPEND_FAILED"}, ["resume r0", "resume r1"]),
    ],
)
def test_the_rest_is_resumed_level_by_level_before_the_repair(
    heat: Heat, run_module: RunModule, root: str, nested: dict[str, str], resumed: list[str]
) -> None:
    put_into(heat, root, **nested)

    predicted = run_module("autoscaling_group", CHAT, check=True)
    done = run_module("autoscaling_group", CHAT)

    assert predicted["actions"] == done["actions"] == [REST, REPAIR]
    assert heat.writes == [*resumed, "update", "patch {'pinned_1': 0}"]
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_it_is_waited_for_also_when_nothing_else_is(heat: Heat, run_module: RunModule) -> None:
    """Heat refuses an update of what is still suspended."""
    put_into(heat, "RESUME_FAILED", zone="SUSPEND_FAILED", group="SUSPEND_FAILED")

    run_module("autoscaling_group", {**CHAT, "wait": False})

    assert heat.writes[:3] == ["resume zone", "resume group", "update"]


def test_policies_and_servers_that_were_not_resumed_are_made_anew(heat: Heat, run_module: RunModule) -> None:
    put_into(heat, "RESUME_FAILED")
    heat.resource("out_1", "OS::Heat::ScalingPolicy", "SUSPEND_COMPLETE", "zone_1")
    heat.resource("out_2", "OS::Heat::ScalingPolicy", "RESUME_COMPLETE", "zone_1")
    heat.resource("drain_1", "OS::Heat::Delay", "RESUME_FAILED", "r0")
    for number, status in enumerate(("RESUME_COMPLETE", "SUSPEND_COMPLETE", "SUSPEND_FAILED", "RESUME_FAILED")):
        heat.resource(f"server_{number}", "OS::Nova::Server", status, f"r{number}")

    run_module("autoscaling_group", CHAT)

    marks = ["mark out_1 True", "mark server_1 True", "mark server_2 True", "mark server_3 True"]
    assert heat.writes == [*marks, "update", "patch {'pinned_1': 0}"]


@pytest.mark.parametrize("status", ["SUSPEND_COMPLETE", "SUSPEND_FAILED", "RESUME_FAILED"])
def test_servers_that_run_stay(conn: Mock, heat: Heat, run_module: RunModule, status: str) -> None:
    """Somebody has resumed them in Nova, or it cannot suspend them."""
    put_into(heat, "RESUME_FAILED")
    heat.resource("server", "OS::Nova::Server", status, "r0")
    running = Server(id="id-server", name="chat-0", status="ACTIVE", metadata={KEY: "chat"})
    conn.compute.servers.side_effect = lambda **_query: [running]

    run_module("autoscaling_group", CHAT)

    assert heat.writes == ["update", "patch {'pinned_1': 0}"]


@pytest.mark.parametrize(
    ("root", "status", "suspended", "before", "after"),
    [
        ("RESUME_FAILED", "SUSPEND_COMPLETE", [], False, {"id-alarm_out_1": True, "id-healing": True}),
        ("RESUME_FAILED", "SUSPEND_COMPLETE", ["scaling"], False, {"id-alarm_out_1": False, "id-healing": True}),
        ("RESUME_COMPLETE", "RESUME_COMPLETE", ["healing"], True, {"id-alarm_out_1": True, "id-healing": False}),
        # Somebody has disabled them by hand. What went to sleep stays so in Heat, as long as nothing of it changes.
        ("UPDATE_FAILED", "CREATE_COMPLETE", [], False, {"id-alarm_out_1": False, "id-healing": False}),
        ("UPDATE_FAILED", "SUSPEND_COMPLETE", [], False, {"id-alarm_out_1": False, "id-healing": False}),
    ],
)
def test_alarms_are_enabled_but_those_of_suspended_processes(
    heat: Heat,
    aodh: Aodh,
    run_module: RunModule,
    root: str,
    status: str,
    suspended: list[str],
    before: bool,
    after: dict[str, bool],
) -> None:
    assert heat.stack is not None
    with_alarms(heat, status)
    put_into(heat, root)
    heat.stack["tags"] = [*(f"model_serving.suspended={process}" for process in suspended), *heat.stack["tags"]]
    aodh.enabled |= dict.fromkeys(after, before)

    answer = run_module("autoscaling_group", CHAT)

    assert answer.get("actions") == [REPAIR], answer["msg"]
    assert aodh.enabled == {**after, "somebody-else's": False}
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_what_was_resumed_to_the_end_needs_no_repair(heat: Heat, run_module: RunModule) -> None:
    put_into(heat, "RESUME_COMPLETE", zone="RESUME_COMPLETE")

    assert run_module("autoscaling_group", CHAT)["changed"] is False


@pytest.mark.parametrize(
    "asked", [{"desired_capacity": 3}, {"replace": ["chat-0"]}, {"suspended_processes": ["scaling"]}, {}]
)
def test_after_an_update_by_hand_nothing_would_tell_of_it(
    heat: Heat, run_module: RunModule, asked: dict[str, Any]
) -> None:
    put_into(heat, "RESUME_FAILED", zone="SUSPEND_FAILED")

    answer = run_module("autoscaling_capacity", {"name": "chat", **asked})

    assert "failed to resume the stack 'chat' (st1); let autoscaling_group (site.yml) do the rest" in answer["msg"]
    assert heat.writes == []


def test_an_alarm_that_aodh_writes_back_meanwhile_is_disabled_again(
    heat: Heat, aodh: Aodh, run_module: RunModule
) -> None:
    with_alarms(heat, "CREATE_COMPLETE")
    aodh.enabled |= {"id-alarm_out_1": True, "id-healing": True}
    patch = heat.conn.orchestration.patch.side_effect

    def written_back(path: str, json: dict[str, Any], **more: Any) -> Response:
        assert not aodh.enabled["id-alarm_out_1"]
        aodh.enabled["id-alarm_out_1"] = True
        found: Response = patch(path, json, **more)
        return found

    heat.conn.orchestration.patch.side_effect = written_back

    run_module("autoscaling_capacity", {"name": "chat", "suspended_processes": ["scaling"]})

    assert aodh.enabled == {"id-alarm_out_1": False, "id-healing": True, "somebody-else's": False}
