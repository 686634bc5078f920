# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Heat with one stack, whose servers appear in Nova."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openstack.compute.v2.server import Server

from . import heat_zones
from .answers import ago, answer

if TYPE_CHECKING:
    from collections.abc import Collection
    from unittest.mock import Mock

    from requests import Response

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


class Heat:
    """Answers requests. What is begun has ended at the next look, as C(fates) say, else well."""

    def __init__(self, conn: Mock) -> None:
        self.conn = conn
        self.stack: dict[str, Any] | None = None
        self.template: dict[str, Any] = {}
        self.files: dict[str, str] = {}
        self.resources: list[dict[str, Any]] = []
        self.hidden: list[dict[str, Any]] = []  # resources of a stack that is nested and that Heat lists by itself only
        self.events: list[dict[str, str]] = []
        self.changed_at: str | None = None  # of the last event that is no signal
        self.properties: dict[str, dict[str, Any]] = {}  # by resource, as its events tell them
        self.parameters: dict[str, Any] = {}
        self.fates: list[str] = []
        self.writes: list[str] = []
        self.previews: list[dict[str, Any]] = []
        self.calls = 0
        self.sizes: list[int] = []
        self.statuses: dict[str, list[str]] = {}
        self.metadata: dict[str, dict[str, Any]] = {}
        self.failed_zone = False
        self.replacing: list[str] = []
        self.busy_zone = 0
        self.engine_died = False  # what is in progress stays so until the next update
        self.nested_updated: str | None = None
        self.looks_until_gone = 0
        for method in ("get", "post", "put", "patch", "delete"):
            getattr(conn.orchestration, method).side_effect = getattr(self, method)
        conn.compute.servers.side_effect = self.servers

    @property
    def size(self) -> int:
        return sum(self.sizes)

    @size.setter
    def size(self, size: int) -> None:
        self.sizes = [size]

    def servers(self, **_query: Any) -> list[Server]:
        made: dict[str, Any] = {"status": "ACTIVE", "metadata": {KEY: "chat"}}
        return [Server(id=f"s{number}", name=f"chat-{number}", **made) for number in range(self.size)]

    def resource(
        self, name: str, kind: str, status: str = "CREATE_COMPLETE", parent: str = "", stack: str = ""
    ) -> None:
        self.resources.append(heat_zones.resource_row(name, kind, status, parent, stack))

    def nested(self) -> list[dict[str, Any]]:
        """The stacks of the zones, their groups and the replicas."""
        if self.stack is None:
            return []
        self._move_on()
        return [
            {
                "id": stack_id,
                "stack_name": name,
                "stack_status": self._status(stack_id),
                "parent": parent,
                "updated_time": self.nested_updated,
            }
            for stack_id, name, parent in heat_zones.nested_rows(self.sizes, self.replacing)
        ]

    def _status(self, stack_id: str) -> str:
        if stack_id == "zone" and self.failed_zone:
            return "UPDATE_FAILED"
        if stack_id == "zone" and self.busy_zone:
            self.busy_zone -= 1
            return "UPDATE_IN_PROGRESS"
        # What it is at the next looks; the last of it stays.
        coming = self.statuses.get(stack_id, ["CREATE_COMPLETE"])
        return coming.pop(0) if len(coming) > 1 else coming[0]

    def _move_on(self) -> dict[str, Any] | None:
        assert self.stack is not None
        status = self.stack["stack_status"]
        if self.engine_died:
            return self.stack
        if status == "DELETE_IN_PROGRESS":
            self._bury()
        elif status.endswith("_IN_PROGRESS"):
            self.stack["stack_status"] = status.replace("IN_PROGRESS", self.fates.pop(0) if self.fates else "COMPLETE")
        return self.stack

    def get(self, path: str, params: dict[str, str] | None = None, **_more: Any) -> Response:
        self.calls += 1
        if path == "/stacks":
            nested = self.nested() if (params or {}).get("show_nested") else []
            return answer({"stacks": [self.stack, *nested] if self.stack else []})
        unknown = path.endswith("/events") and "/resources/" in path and not self.changed_at
        if self.stack is None or unknown:
            return answer({}, 404)
        parts = {
            "template": json.loads(self.files["zone.yaml"]) if "-zone_" in path else self.template,
            "files": self.files,
            "events": {"events": self._events(**(params or {}))},
            "e1": {"event": {"resource_properties": self.properties.get(path.rsplit("/", 3)[1])}},
            "resources": {"resources": heat_zones.with_servers(self.resources) if "/st1/" in path else self.hidden},
        }
        if path.endswith("/metadata"):
            return answer({"metadata": self.metadata.get(path.rsplit("/", 2)[1], {})})
        if (part := path.rsplit("/", 1)[1]) in parts:
            return answer(parts[part])
        if (found := self._move_on()) is None:
            return answer({}, 404)
        return answer({"stack": {**found, "parameters": heat_zones.parameters_of(self.template, self.parameters)}})

    def _events(self, limit: str = "", resource_action: Collection[str] = (), **_more: str) -> list[dict[str, str]]:
        if not limit:
            return self.events
        assert "SIGNAL" not in resource_action
        return [{"id": "e1", "event_time": self.changed_at}] if self.changed_at else []

    def post(self, path: str, json: dict[str, Any], **_more: Any) -> Response:
        if path == "/stacks/preview":
            self.previews.append(json)
            member = {"resource_type": "OS::Nova::Server", "resource_name": "x"}
            return answer({"stack": {"resources": [{"resource_type": "OS::Aodh::X"}, [member, [member]]]}})
        assert self.stack is None
        self.writes.append("create")
        self.stack = {
            "id": "st1",
            "stack_name": json["stack_name"],
            "stack_status": "CREATE_IN_PROGRESS",
            "stack_status_reason": "",
            "creation_time": ago(),
            "updated_time": None,
        }
        self.sizes = []
        self._take(json)
        return answer({"stack": {"id": "st1"}}, 201)

    def put(self, path: str, json: dict[str, Any], **_more: Any) -> Response:
        if path.endswith("/preview"):
            self.previews.append(json)
            names = json["template"]["resources"]
            updated = [{"resource_name": name, "resource_type": one["type"]} for name, one in names.items()]
            nothing: dict[str, Any] = {"added": [], "replaced": [], "deleted": [], "unchanged": []}
            return answer({"resource_changes": {**nothing, "updated": updated}})
        assert path == "/stacks/chat/st1"
        if refusal := heat_zones.refused(self.stack, json):
            return answer({"error": {"message": refusal}}, 400)
        self.writes.append("update")
        self._begin()
        self._take(json)
        return answer(None, 202)

    def _begin(self) -> None:
        assert self.stack is not None
        busy = self.stack["stack_status"].endswith("_IN_PROGRESS")
        assert self.engine_died or not busy, "nobody has waited for what Heat is at"
        self.engine_died = False
        self.stack["stack_status"] = "UPDATE_IN_PROGRESS"

    def _take(self, body: dict[str, Any]) -> None:
        assert self.stack is not None
        self.stack |= {"tags": body["tags"].split(","), "updated_time": ago()}
        self.stack["timeout_mins"] = body["timeout_mins"]
        self.template, self.files = body["template"], body["files"]
        self.failed_zone, self.statuses = False, {}
        self.parameters = body["parameters"]
        self.sizes = heat_zones.sizes_after(self.sizes, body)
        self.resources = []
        for number in heat_zones.zones_in(body["template"]):
            self.resource(f"zone_{number}", "zone.yaml")
            self.resource("group", "OS::Heat::AutoScalingGroup", parent=f"zone_{number}")
        self._members()

    def patch(self, path: str, json: dict[str, Any], **_more: Any) -> Response:
        if "/resources/" in path:
            self.writes.append(f"mark {path.rsplit('/', 1)[1]} {json['mark_unhealthy']}")
            return answer(None)
        self.writes.append(f"patch {json['parameters']}")
        self.parameters = {**self.parameters, **json["parameters"]}
        if self.stack is not None and "tags" in json:
            self.stack["tags"] = json["tags"].split(",")
        if "sized" in json["parameters"]:
            number = int(path.split("-zone_")[1][0])
            assert path == f"/stacks/chat-zone_{number}-abc/{heat_zones.nested_id('zone', number)}"
            pinned = int(self.parameters.get(f"pinned_{number}", 0))
            self.sizes[number - 1] = pinned or json["parameters"]["sized"]
            self.statuses[heat_zones.nested_id("zone", number)] = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
            self._members()
        else:
            self._begin()
            self.statuses = {key: coming for key, coming in self.statuses.items() if coming != ["CHECK_FAILED"]}
        return answer(None, 202)

    def scale(self, *sizes: int) -> None:
        self.sizes = [*sizes]
        self._members()

    def _members(self) -> None:
        replica = next(name for name in self.files if name.startswith("replica-"))
        self.resources = [one for one in self.resources if not one["resource_type"].startswith("replica-")]
        groups = [
            heat_zones.nested_id("group", zone) for zone, size in enumerate(self.sizes, start=1) for _one in range(size)
        ]
        for number, group in enumerate(groups):
            self.resource(f"r{number}", replica, parent="group", stack=group)

    def delete(self, _path: str, **_more: Any) -> Response:
        self.writes.append("delete")
        assert self.stack is not None
        self.engine_died = False
        self.stack["stack_status"] = "DELETE_IN_PROGRESS"
        self._bury()
        return answer(None, 204)

    def _bury(self) -> None:
        if not self.looks_until_gone:
            self.stack, self.size = None, 0
        self.looks_until_gone = max(0, self.looks_until_gone - 1)
