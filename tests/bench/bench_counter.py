# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mitmproxy addon that writes down the requests that pass, in the words of fault_proxy.py."""

from __future__ import annotations

import json

from mitmproxy import http

CONTROL = "/_faults"


class Counter:
    """Knows each request by port, method and path with query, in their order."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, str, str]] = []

    async def request(self, flow: http.HTTPFlow) -> None:
        if flow.request.path == CONTROL:
            if flow.request.method == "POST":
                self.calls = []
            seen = json.dumps({"calls": self.calls})
            flow.response = http.Response.make(200, seen, {"Content-Type": "application/json"})
            return
        self.calls.append((flow.request.port, flow.request.method, flow.request.path))


addons = [Counter()]
