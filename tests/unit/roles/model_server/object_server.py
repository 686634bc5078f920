# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server with faults, for the tests of the program that fetches models."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Objects:
    """What the server has and does.

    :param objects: contents by path
    :param moved: where else objects are, by path
    :param move: the status that says so
    :param faults: what happens to the next requests for an object: a status, or after how many bytes it breaks off
    """

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects
        self.faults: list[tuple[str, int]] = []
        self.moved: dict[str, str] = {}
        self.move = 307
        self.ranges = True
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.url = ""
        self.token = "token-1"  # noqa: S105
        self.logins: list[Any] = []


class Handler(BaseHTTPRequestHandler):
    """Answers as the server's objects and faults say."""

    @property
    def _objects(self) -> Objects:
        return self.server.objects  # type: ignore[attr-defined,no-any-return]

    def do_GET(self) -> None:
        self._objects.requests.append((self.path, dict(self.headers)))
        content = self._objects.objects.get(self.path.partition("?")[0])
        if place := self._objects.moved.get(self.path):
            self._head(self._objects.move, 0, ("Location", place))
            return
        kind, number = self._objects.faults.pop(0) if self._objects.faults else ("", 0)
        if kind == "status" or content is None:
            self.send_error(number or 404)
            return
        begin = 0
        if self._objects.ranges and (asked := self.headers.get("Range")):
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            if begin >= len(content):
                self.send_error(416)
                return
            self._head(206, len(content) - begin, ("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}"))
        else:
            self._head(200, len(content))
        part = content[begin:]
        self.wfile.write(part[:number] if kind == "break" else part)

    def do_POST(self) -> None:
        """The identity service: a token for any application credential, with where the object store is."""
        self._objects.logins.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        endpoints = [
            {"interface": "internal", "region": "one", "url": "http://127.0.0.1:1/never"},
            {"interface": "public", "region": "zero", "url": "http://127.0.0.1:1/never"},
            {"interface": "public", "region": "one", "url": f"{self._objects.url}/v1/AUTH_p"},
        ]
        catalog = [{"type": "compute", "endpoints": []}, {"type": "object-store", "endpoints": endpoints}]
        body = json.dumps({"token": {"catalog": catalog}}).encode()
        self._head(201, len(body), ("X-Subject-Token", self._objects.token))
        self.wfile.write(body)

    def _head(self, status: int, length: int, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(length))):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@contextmanager
def objects_served(objects: Objects) -> Iterator[Objects]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.objects = objects  # type: ignore[attr-defined]
    objects.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield objects
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
