# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module and its twin through C(main), with a Heat that answers like the real one, as far as is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server import Server
from openstack.load_balancer.v2.pool import Pool
from requests import Response

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

CHAT: dict[str, Any] = {
    "name": "chat",
    "min_size": 2,
    "max_size": 4,
    "image": "model-server",
    "flavor": "m1",
    "networks": ["private"],
    "user_data": "#cloud-config\npassword: hunter2\n",
    "pools": [{"pool": "chat", "protocol_port": 8080}],
}
KEY = "model_serving.autoscaling_group"


def answer(body: Any, status: int = 200) -> Response:
    response = Response()
    response.status_code = status
    response._content = json.dumps(body).encode()
    response.headers["Content-Type"] = "application/json"
    return response


def desired(body: dict[str, Any]) -> int:
    return sum(value for name, value in body["parameters"].items() if name.startswith("desired_"))


class Heat:
    """One stack with one zone, whose servers appear in Nova. What is begun has ended at the next look."""

    def __init__(self, conn: Mock) -> None:
        self.conn = conn
        self.stack: dict[str, Any] | None = None
        self.template: dict[str, Any] = {}
        self.files: dict[str, str] = {}
        self.resources: list[dict[str, Any]] = []
        self.events: list[dict[str, str]] = []
        self.parameters: dict[str, Any] = {}
        self.fates: list[str] = []
        self.writes: list[str] = []
        self.calls = 0
        self.size = 0
        for method in ("get", "post", "put", "patch", "delete"):
            getattr(conn.orchestration, method).side_effect = getattr(self, method)
        conn.compute.servers.side_effect = self.servers

    def servers(self, **_query: Any) -> list[Server]:
        return [
            Server(id=f"s{number}", name=f"chat-{number}", status="ACTIVE", metadata={KEY: "chat"})
            for number in range(self.size)
        ]

    def resource(self, name: str, kind: str, status: str = "CREATE_COMPLETE", parent: str | None = None) -> None:
        self.resources.append(
            {
                "resource_name": name,
                "resource_type": kind,
                "resource_status": status,
                "resource_status_reason": "",
                "physical_resource_id": f"id-{name}",
                "links": [{"rel": "stack", "href": f"http://heat/v1/p1/stacks/x/id-{parent}"}],
                "parent_resource": parent,
            }
        )

    def get(self, path: str, params: dict[str, str] | None = None, **_more: Any) -> Response:
        self.calls += 1
        if path == "/stacks":
            return answer({"stacks": [self.stack] if self.stack else []})
        if self.stack is None:
            return answer({}, 404)
        wanted = (params or {}).get("status", "")
        parts = {
            "template": self.template,
            "files": self.files,
            "events": {"events": self.events},
            "resources": {"resources": [one for one in self.resources if wanted in one["resource_status"]]},
        }
        if (part := path.rsplit("/", 1)[1]) in parts:
            return answer(parts[part])
        status = self.stack["stack_status"]
        if status.endswith("_IN_PROGRESS"):
            self.stack["stack_status"] = status.replace("IN_PROGRESS", self.fates.pop(0) if self.fates else "COMPLETE")
        return answer({"stack": {**self.stack, "parameters": self.parameters}})

    def post(self, path: str, json: dict[str, Any], **_more: Any) -> Response:
        if path.endswith("/signal"):
            self.writes.append(f"signal {path.split('/')[-2]}")
            return answer(None)
        self.writes.append("create")
        self.stack = {
            "id": "st1",
            "stack_name": json["stack_name"],
            "stack_status": "CREATE_IN_PROGRESS",
            "stack_status_reason": "",
            "creation_time": "2026-01-01T00:00:00Z",
            "updated_time": None,
        }
        self._take(json)
        self.size = desired(json)
        return answer({"stack": {"id": "st1"}}, 201)

    def put(self, path: str, json: dict[str, Any], **_more: Any) -> Response:
        assert path == "/stacks/chat/st1"
        self.writes.append("update")
        self._take(json)
        return answer(None, 202)

    def _take(self, body: dict[str, Any]) -> None:
        assert self.stack is not None
        self.stack |= {"tags": body["tags"].split(","), "updated_time": "2026-01-02T00:00:00Z"}
        if self.stack["stack_status"].endswith(("COMPLETE", "FAILED")):
            self.stack["stack_status"] = "UPDATE_IN_PROGRESS"
        self.template, self.files = body["template"], body["files"]
        self.parameters = body["parameters"]
        self.resources = []
        self.resource("zone_1", "zone.yaml")
        self.resource("set", "OS::Heat::ScalingPolicy", parent="zone_1")
        self.resource("group", "OS::Heat::AutoScalingGroup", parent="zone_1")
        replica = next(name for name in self.files if name.startswith("replica-"))
        for number in range(self.size or desired(body)):
            self.resource(f"r{number}", replica, parent="group")

    def patch(self, path: str, json: dict[str, Any], **_more: Any) -> Response:
        if "/resources/" in path:
            self.writes.append(f"mark {path.rsplit('/', 1)[1]} {json['mark_unhealthy']}")
            return answer(None)
        self.writes.append(f"patch {json['parameters']}")
        self.parameters = {**self.parameters, **json["parameters"]}
        if not desired(json):
            return answer(None, 202)
        self.scale(desired(json))
        return answer(None, 202)

    def scale(self, size: int) -> None:
        self.size = size
        replica = next(name for name in self.files if name.startswith("replica-"))
        self.resources = [one for one in self.resources if not one["resource_type"].startswith("replica-")]
        for number in range(self.size):
            self.resource(f"r{number}", replica, parent="group")

    def delete(self, _path: str, **_more: Any) -> Response:
        self.writes.append("delete")
        self.stack, self.size = None, 0
        return answer(None, 204)


@pytest.fixture
def heat(conn: Mock, nova: Nova) -> Heat:
    assert nova is not None
    conn.load_balancer.pools.side_effect = lambda **query: (
        [Pool(id="p1", name="chat")] if query.get("name") == "chat" else []
    )
    return Heat(conn)


def test_creates_waits_and_is_idempotent(heat: Heat, run_module: RunModule) -> None:
    predicted = run_module("autoscaling_group", CHAT, check=True)
    first = run_module("autoscaling_group", CHAT)
    heat.calls = 0
    second = run_module("autoscaling_group", CHAT)

    assert predicted["actions"] == first["actions"] == ["create autoscaling group 'chat' of 2"]
    assert predicted["diff"] == first["diff"]
    assert (first["group"]["status"], first["group"]["size"]) == ("CREATE_COMPLETE", 2)
    assert second["changed"] is False
    assert second["diff"]["before"] == second["diff"]["after"]
    assert heat.writes == ["create"]
    assert heat.calls == 2


@pytest.mark.usefixtures("heat")
def test_secrets_of_the_user_data_are_not_shown(run_module: RunModule) -> None:
    assert "hunter2" not in str(run_module("autoscaling_group", CHAT))
    assert "hunter2" not in str(run_module("autoscaling_group", {**CHAT, "user_data": "other"}))


def test_a_redeployment_keeps_the_size_that_scaling_chose(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.scale(4)

    answer = run_module("autoscaling_group", {**CHAT, "user_data": "#cloud-config\nnew: true\n"})

    assert answer["actions"] == ["update autoscaling group 'chat'"]
    assert answer["group"]["size"] == 4
    assert answer["diff"]["after"]["size"] == 4


def test_only_an_explicit_size_changes_it(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)

    answer = run_module("autoscaling_group", {**CHAT, "desired_capacity": 3})

    assert answer["actions"] == ["set size of autoscaling group 'chat' from 2 to 3"]
    assert heat.writes == ["create", "patch {'desired_1': 3}", "signal set"]
    assert answer["group"]["size"] == 3


def test_the_files_of_old_replicas_are_sent_along(heat: Heat, run_module: RunModule) -> None:
    """Heat needs them for the replicas that a failed update left."""
    run_module("autoscaling_group", CHAT)
    old = {name for name in heat.files if name.startswith(("replica-", "user_data-"))}

    run_module("autoscaling_group", {**CHAT, "user_data": "#cloud-config\nnew: true\n"})

    assert len(old) == 2
    assert old < set(heat.files)


def test_a_failed_stack_is_a_failed_task_with_the_deepest_reason(heat: Heat, run_module: RunModule) -> None:
    heat.fates = ["FAILED"]
    deep = 'ResourceInError: resources.server_1: Went to status ERROR due to "No valid host was found"'
    heat.events = [
        {"resource_status": "CREATE_FAILED", "event_time": "2026-01-02T00:01:00Z", "resource_status_reason": reason}
        for reason in (
            deep,
            f"Resource CREATE failed: {deep}",
            deep.replace("resources.", "resources.zone_1.resources.group.resources.r1.resources."),
            "resources.r2: Stack CREATE cancelled",
        )
    ]

    answer = run_module("autoscaling_group", CHAT)

    assert answer["failed"] is True
    assert answer["msg"] == (
        "Could not create autoscaling group 'chat' (st1): Heat says CREATE_FAILED: "
        'server_1: Went to status ERROR due to "No valid host was found". '
        "Remove the cause and run again to go on from here."
    )


def test_an_update_that_failed_is_rolled_back(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    template, files, tags = heat.template, heat.files, (heat.stack or {})["tags"]
    heat.scale(3)
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", {**CHAT, "user_data": "broken", "max_size": 9})

    assert answer["failed"] is True
    assert "was rolled back" in answer["msg"]
    assert heat.writes == ["create", "update", "update", "patch {'pinned_1': 0}"]
    assert heat.template == template
    assert files.items() <= heat.files.items()
    assert (heat.stack or {})["tags"] == tags
    # Some members may have the new version: Heat looks at them only when a property of the group changed.
    assert heat.parameters["attempt"].startswith("back from ")
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_without_rollback_a_failed_update_stays(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", {**CHAT, "user_data": "broken", "rollback": False})

    assert answer["failed"] is True
    assert heat.writes == ["create", "update"]


@pytest.mark.parametrize("status", ["CREATE_FAILED", "UPDATE_FAILED", "ROLLBACK_COMPLETE"])
def test_a_failed_group_is_repaired_by_the_next_run(heat: Heat, run_module: RunModule, status: str) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["stack_status"] = status

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert answer["group"]["status"] == "UPDATE_COMPLETE"


def test_marks_of_replicas_that_are_well_again_are_taken_back(heat: Heat, conn: Mock, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    for resource in heat.resources:
        if resource["resource_name"] in ("r0", "r1", "group"):
            resource["resource_status"] = "CHECK_FAILED"
    for name in ("r0", "r1"):
        heat.resource(f"member_p1_808{name[1]}", "OS::Octavia::PoolMember", parent=name)
    broken = type("Member", (), {"id": "id-member_p1_8081", "operating_status": "ERROR"})
    well = type("Member", (), {"id": "id-member_p1_8080", "operating_status": "ONLINE"})
    conn.load_balancer.members.return_value = [broken, well]

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert heat.writes == ["create", "mark r0 False", "update", "patch {'pinned_1': 0}"]


def test_an_update_in_progress_is_waited_for(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["stack_status"] = "UPDATE_IN_PROGRESS"

    answer = run_module("autoscaling_group", CHAT)

    assert answer["changed"] is False
    assert answer["group"]["status"] == "UPDATE_COMPLETE"


@pytest.mark.usefixtures("heat")
def test_removes_what_is_its_own(run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)

    gone = run_module("autoscaling_group", {"name": "chat", "state": "absent"})
    again = run_module("autoscaling_group", {"name": "chat", "state": "absent"})

    assert gone["actions"] == ["delete autoscaling group 'chat'"]
    assert gone["group"]["status"] is None
    assert again["changed"] is False


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_stack_of_somebody_else_is_not_touched(heat: Heat, run_module: RunModule, state: str) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["tags"] = ["theirs"]
    heat.writes.clear()

    answer = run_module("autoscaling_group", {**CHAT, "state": state})

    assert "is no autoscaling group" in answer["msg"]
    assert heat.writes == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "1chat"}, "a letter first"),
        ({"min_size": 0}, "'min_size' (0) must be at least 1"),
        ({"min_size": 5}, "'max_size' (4) not less"),
        ({"desired_capacity": 5}, "must be between"),
        ({"availability_zones": list("abcde")}, "there are 5 zones"),
        ({"pools": [], "health_check_type": "load_balancer"}, "no pool to watch"),
        ({"readiness": {"url": "http://127.0.0.1/", "timeout": 0}}, "'readiness.timeout'"),
        ({"target_tracking": {"target_value": 99}}, "too near to the highest value"),
        ({"target_tracking": {"target_value": 50, "maximum": 90}}, "'target_tracking.maximum' is 100"),
    ],
)
def test_what_cannot_be_is_refused_before_anything(
    heat: Heat, run_module: RunModule, change: dict[str, Any], said: str
) -> None:
    answer = run_module("autoscaling_group", {**CHAT, **change})

    assert said in answer["msg"]
    assert heat.calls == 0


def test_all_missing_references_are_told_together(heat: Heat, run_module: RunModule) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "image": "none", "pools": [{"pool": "x", "protocol_port": 1}]})

    assert "there is no image 'none'" in answer["msg"]
    assert "there is no pool 'x'" in answer["msg"]
    assert heat.writes == []


def test_check_mode_takes_a_pool_that_is_still_to_be_made(heat: Heat, run_module: RunModule) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "pools": [{"pool": "x", "protocol_port": 1}]}, check=True)

    assert answer["changed"] is True
    assert heat.writes == []
    assert any("There is no pool 'x' yet" in warning for warning in answer["warnings"])


def test_info_lists_groups_with_their_servers(heat: Heat, run_module: RunModule) -> None:
    assert run_module("autoscaling_group_info")["groups"] == []

    run_module("autoscaling_group", CHAT)

    (found,) = run_module("autoscaling_group_info")["groups"]
    assert (found["name"], found["size"]) == ("chat", 2)
    assert run_module("autoscaling_group_info", {"name": "chat"})["groups"] == [found]
    assert run_module("autoscaling_group_info", {"name": "other"})["groups"] == []
    assert heat.writes == ["create"]
