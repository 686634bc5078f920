# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of `make faults` that runs inside mitmproxy: makes requests fail that it was told to, and says which.

POST /_faults gives it the faults to come and makes it count from nought; GET /_faults returns what it has seen.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from mitmproxy import http

CONTROL = "/_faults"
TOKENS = "/auth/tokens"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SLOW = 3.0  # seconds
SILENT = 22.0  # seconds: longer than the api_timeout of the runs
# Said by a gateway in front of a service, or by the service itself without doing anything.
REFUSALS = {"500", "502", "503", "429", "409"}
JSON = {"Content-Type": "application/json"}


def nova(text: str, status: int) -> Any:
    return {"computeFault": {"message": text, "code": status}}


def neutron(text: str, _status: int) -> Any:
    return {"NeutronError": {"type": "Injected", "message": text, "detail": ""}}


def octavia(text: str, _status: int) -> Any:
    return {"faultcode": "Server", "faultstring": text, "debuginfo": None}


def heat(text: str, status: int) -> Any:
    return {"explanation": text, "code": status, "title": "Injected", "error": {"message": text, "type": "Injected"}}


def keystone(text: str, status: int) -> Any:
    return {"error": {"message": text, "code": status, "title": "Injected"}}


# How each service words its errors, by its port.
WORDS: dict[int, Callable[[str, int], Any]] = {8774: nova, 9696: neutron, 9876: octavia, 8004: heat, 5000: keystone}


class Injector:
    """Counts requests; those whose turn it is fail. A fault that one cannot meet waits for the next one that can."""

    def __init__(self) -> None:
        self.faults: list[dict[str, Any]] = []
        self.fired: list[dict[str, Any]] = []
        self.counted = {"requests": 0, "writes": 0}
        self.asked: Counter[int] = Counter()  # by the ports of the services

    async def request(self, flow: http.HTTPFlow) -> None:
        if flow.request.path == CONTROL:
            self._control(flow)
            return
        fault = self._due(flow.request)
        if fault is None:
            return
        flow.metadata["fault"] = fault
        kind = fault["kind"]
        if kind in REFUSALS:
            flow.response = refusal(flow.request, int(kind), fault)
        elif kind == "reset_before":
            flow.kill()
        elif kind == "slow":
            await asyncio.sleep(SLOW)
        elif kind == "expired":
            flow.request.headers["X-Auth-Token"] = "expired"

    async def response(self, flow: http.HTTPFlow) -> None:
        fault = flow.metadata.get("fault")
        if fault is None or flow.response is None:
            return
        kind = fault["kind"]
        fault["executed_with"] = flow.response.status_code
        if kind == "502_after":
            flow.response = refusal(flow.request, 502, fault)
        elif kind == "reset_after":
            flow.kill()
        elif kind == "silent":
            await asyncio.sleep(SILENT)
        elif kind == "truncated" and flow.response.content:
            fault["request_id"] = flow.response.headers.get("x-openstack-request-id")
            flow.response.content = flow.response.content[: len(flow.response.content) // 2]
        elif kind == "truncated":
            # There is nothing to cut: it waits for the next answer.
            self.fired.remove(fault)
            self.faults.append(fault)

    def _control(self, flow: http.HTTPFlow) -> None:
        if flow.request.method == "POST":
            self.__init__()  # type: ignore[misc]  # as at the beginning
            self.faults = json.loads(flow.request.get_text() or "[]")
        seen = {"counted": self.counted, "asked": self.asked, "fired": self.fired}
        flow.response = http.Response.make(200, json.dumps(seen), JSON)

    def _due(self, request: http.Request) -> dict[str, Any] | None:
        self.counted["requests"] += 1
        self.asked[request.port] += 1
        writing = request.method in WRITING and not request.path.endswith(TOKENS)
        self.counted["writes"] += writing
        for fault in self.faults:
            possible = fault["kind"] != "expired" or "X-Auth-Token" in request.headers
            if possible and self.counted[fault["of"]] >= fault["at"] and (writing or fault["of"] == "requests"):
                self.faults.remove(fault)
                fault |= {"method": request.method, "path": request.path, "port": request.port, "writing": writing}
                self.fired.append(fault)
                return fault
        return None


def refusal(request: http.Request, status: int, fault: dict[str, Any]) -> http.Response:
    """Return an error in the words of the service."""
    fault["request_id"] = f"req-{uuid.uuid4()}"
    text = f"This {status} was injected"
    if status == 409 and request.port == 9876:
        text = f"Load Balancer {uuid.uuid4()} is immutable and cannot be updated."
    headers = {**JSON, "x-openstack-request-id": fault["request_id"]}
    if status == 429:
        headers["Retry-After"] = "1"
    words = WORDS.get(request.port, keystone)
    return http.Response.make(status, json.dumps(words(text, status)), headers)


addons = [Injector()]
