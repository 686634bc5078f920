# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Heat with one stack of one zone, whose servers appear in Nova."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openstack.compute.v2.server import Server
from requests import Response

if TYPE_CHECKING:
    from unittest.mock import Mock

KEY = "model_serving.autoscaling_group"
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


def answer(body: Any, status: int = 200) -> Response:
    response = Response()
    response.status_code = status
    response._content = json.dumps(body).encode()
    response.headers["Content-Type"] = "application/json"
    return response


def desired(body: dict[str, Any]) -> int:
    return sum(value for name, value in body["parameters"].items() if name.startswith("desired_"))


class Heat:
    """Answers requests. What is begun has ended at the next look, as C(fates) say, else well."""

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
        self.previews: list[dict[str, Any]] = []
        self.calls = 0
        self.size = 0
        self.failed_zone = False
        self.busy_zone = 0
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

    def nested(self) -> list[dict[str, Any]]:
        """The stacks of the zone, its group and the replicas."""
        if self.stack is None:
            return []
        self._move_on()
        rows = [("zone", "chat-zone_1-abc", "st1"), ("group", "chat-zone_1-abc-group-def", "zone")]
        rows += [(f"r{number}", f"chat-zone_1-abc-group-def-r{number}", "group") for number in range(self.size)]
        return [
            {
                "id": stack_id,
                "stack_name": name,
                "stack_status": self._status(stack_id),
                "parent": parent,
            }
            for stack_id, name, parent in rows
        ]

    def _status(self, stack_id: str) -> str:
        if stack_id == "zone" and self.failed_zone:
            return "UPDATE_FAILED"
        if stack_id == "zone" and self.busy_zone:
            self.busy_zone -= 1
            return "UPDATE_IN_PROGRESS"
        return "CREATE_COMPLETE"

    def _move_on(self) -> None:
        assert self.stack is not None
        status = self.stack["stack_status"]
        if status.endswith("_IN_PROGRESS"):
            self.stack["stack_status"] = status.replace("IN_PROGRESS", self.fates.pop(0) if self.fates else "COMPLETE")

    def get(self, path: str, params: dict[str, str] | None = None, **_more: Any) -> Response:
        self.calls += 1
        if path == "/stacks":
            nested = self.nested() if (params or {}).get("show_nested") else []
            return answer({"stacks": [self.stack, *nested] if self.stack else []})
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
        self._move_on()
        return answer({"stack": {**self.stack, "parameters": self.parameters}})

    def post(self, path: str, json: dict[str, Any], **_more: Any) -> Response:
        if path == "/stacks/preview":
            self.previews.append(json)
            member = {"resource_type": "OS::Nova::Server", "resource_name": "x"}
            return answer({"stack": {"resources": [{"resource_type": "OS::Aodh::X"}, [member, [member]]]}})
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
        if path.endswith("/preview"):
            self.previews.append(json)
            names = json["template"]["resources"]
            updated = [{"resource_name": name, "resource_type": one["type"]} for name, one in names.items()]
            nothing: dict[str, Any] = {"added": [], "replaced": [], "deleted": [], "unchanged": []}
            return answer({"resource_changes": {**nothing, "updated": updated}})
        assert path == "/stacks/chat/st1"
        if refusal := self._refusal(json):
            return answer({"error": {"message": refusal}}, 400)
        self.writes.append("update")
        self._take(json)
        return answer(None, 202)

    def _refusal(self, body: dict[str, Any]) -> str | None:
        """What Heat finds wrong with a request; it judges sizes before it knows the servers."""
        declared = body["template"]["parameters"]
        for name in body["parameters"]:
            if name not in declared:
                return f"The Parameter ({name}) was not defined in template."
        for name, zone in body["template"]["resources"].items():
            if name.startswith("zone_"):
                sizes = [body["parameters"].get(f"{what}_{name[5:]}", 0) for what in ("pinned", "desired")]
                low, high = zone["properties"]["min_size"], zone["properties"]["max_size"]
                if not low <= (sizes[0] or sizes[1]) <= high:
                    return "DesiredCapacity must be between MinSize and MaxSize"
        return None

    def _take(self, body: dict[str, Any]) -> None:
        assert self.stack is not None
        self.stack |= {"tags": body["tags"].split(","), "updated_time": "2026-01-02T00:00:00Z"}
        if self.stack["stack_status"].endswith(("COMPLETE", "FAILED")):
            self.stack["stack_status"] = "UPDATE_IN_PROGRESS"
        self.template, self.files = body["template"], body["files"]
        self.failed_zone = False
        self.parameters = body["parameters"]
        self.resources = []
        self.resource("zone_1", "zone.yaml")
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
        if self.stack is not None and "tags" in json:
            self.stack["tags"] = json["tags"].split(",")
        if "sized" in json["parameters"]:
            assert path == "/stacks/chat-zone_1-abc/zone"
            self.scale(json["parameters"]["sized"])
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
