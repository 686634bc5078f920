# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small HTTP server on the loopback interface, because what is retried is decided below the SDK."""

from __future__ import annotations

import http.server
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


PATIENCE = 10
"""Seconds at most that a client may take to give up."""


class Flaky(http.server.ThreadingHTTPServer):
    """Answers with the given statuses, then with 200.

    The first C(cut_off) requests get no answer, and of the next C(stalled) answers, the second half never comes.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.cut_off = 0
        self.stalled = 0
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Flaky

    def answer(self) -> None:
        self.server.requests += 1
        if self.server.cut_off:
            self.server.cut_off -= 1
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        body = self.server.bodies.pop(0) if self.server.bodies else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not self.server.stalled:
            self.wfile.write(body)
            return
        self.server.stalled -= 1
        self.wfile.write(body[: len(body) // 2])
        # Until the client gives up.
        self.connection.settimeout(PATIENCE)
        self.connection.recv(1)
        self.close_connection = True

    do_GET = do_POST = answer  # noqa: N815  # names given by http.server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # likewise
        pass


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    with Flaky() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
