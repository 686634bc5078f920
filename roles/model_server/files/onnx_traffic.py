# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes through the server: limits of connections and bodies, metrics of each request, and an end that loses none.

After SIGTERM readiness is refused while everything else is still answered, so that a load balancer has time to notice.
The server ends when no request has come for a while, at the latest when its time is over; requests that are open then
are finished by uvicorn.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi.responses import JSONResponse
from prometheus_client import Counter, Gauge, Histogram
from starlette.exceptions import HTTPException
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

LOG = logging.getLogger("kserve")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Counter(
    "model_server_requests_total", "Inference requests that were answered.", ["model", "version", "status"]
)
SECONDS = Histogram(
    "model_server_request_seconds", "Time until an answer was sent.", ["model", "version"], buckets=BUCKETS
)
OPEN = Gauge("model_server_requests_open", "Inference requests that are being answered.", ["model", "version"])
READY = Gauge("model_server_model_ready", "1 when the model answers.", ["model", "version"])
STOPPING = Gauge("model_server_stopping", "1 from SIGTERM on.")
VERSIONED = re.compile(r"(/v2/models/([^/]+))/versions/([^/]+)(/infer|/ready)?")
INFER = re.compile(r"/v2/models/([^/]+)/infer")
READINESS = re.compile(r"/v2/(health|models/[^/]+)/ready")
QUIET = 5.0
"""Seconds without an inference request after which nobody is expected to come any more."""
RESERVE = 0.25
"""Part of the time that is left to uvicorn for requests that are still open then."""

SILENCE = 65.0
"""Seconds that a client may let the server wait, as KServe has it between two requests."""
LARGEST_HEAD = 64 << 10
"""Bytes of a request's URL and headers, as uvicorn has it with h11. HAProxy's default is a quarter of it."""
LARGEST = 64 << 20
"""Bytes that the body of a request may have; read, it takes 5 to 32 times as much."""
ROOM = max(LARGEST, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 32)
"""Bytes that all bodies may have together, so that the memory is enough for them when they are read."""
SMALL = 64 << 10
"""Bytes of a body that is taken all the same: uvicorn takes as many before anybody asks it for them."""

App = Callable[[Any, Any, Any], Awaitable[None]]


class Impatient(HttpToolsProtocol):  # type: ignore[misc]
    """uvicorn itself waits for the rest of a request for ever, and takes any number of headers."""

    unparsed = 0
    """Bytes that came after the last complete part of a request."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.wait()

    def connection_lost(self, exc: Any) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # which keeps what has come

    def data_received(self, data: bytes) -> None:
        self.unparsed += len(data)
        super().data_received(data)
        if self.unparsed > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("")
        self.wait()

    def on_headers_complete(self) -> None:
        """Start to answer; raise ValueError, which ends in send_400_response, when the head is too large."""
        self.unparsed = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if self.unparsed > LARGEST_HEAD:
            raise ValueError
        self.unparsed = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.unparsed = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.wait()

    def send_400_response(self, msg: str) -> None:
        """Answer what is malformed, or too large (RFC 6585)."""
        if self.unparsed > LARGEST_HEAD:
            self.transport.write(STATUS_LINE[431] + b"content-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()
        else:
            super().send_400_response(msg)

    def _should_upgrade(self) -> bool:
        return False  # WebSockets have other limits

    def wait(self) -> None:
        """Begin to wait for the client, unless it is the client that waits."""
        self._unset_keepalive_if_required()
        last = self.cycle
        if not self.pipeline and (not last or last.response_complete or last.more_body):
            self.timeout_keep_alive_task = self.loop.call_later(SILENCE, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, but not when it is the server that does not read."""
        if self.flow.read_paused:
            self.wait()
        else:
            super().timeout_keep_alive_handler()


@dataclass
class Traffic:
    """ASGI middleware around the whole application.

    :param versions: the version of each model, which is a label of its metrics
    :param drain_seconds: how long the server may go on after SIGTERM
    """

    app: App
    versions: dict[str, str]
    drain_seconds: float
    stopping: bool = False
    open: int = 0
    held: int = 0
    last: float = 0.0
    kept: list[Any] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one connection of the ASGI protocol."""
        if scope["type"] == "lifespan":
            self._listen()
        elif scope["type"] == "http":
            found = VERSIONED.fullmatch(scope["path"])
            if found:  # KServe knows no versions
                path, model, version, rest = found.groups("")
                if self.versions.get(model, version) != version:
                    refuse = _error(404, f"Model with name {model} has no version {version}.")
                    return await refuse(scope, receive, send)
                scope = {**scope, "path": path + rest}
            if self.stopping and READINESS.fullmatch(scope["path"]):
                return await _error(503, "the server is stopping")(scope, receive, send)
            found = INFER.fullmatch(scope["path"])
            if found and found[1] in self.versions:
                return await self._count(found[1], scope, receive, send)
            return await self._bound(scope, receive, send)
        return await self.app(scope, receive, send)

    async def _bound(self, scope: Any, receive: Any, send: Any) -> None:
        """Go on as long as there is room for the body. Clients may send it as slowly as they like."""
        size = 0

        async def bounded() -> Any:
            nonlocal size
            message = await receive()
            came = len(message.get("body", b""))
            size += came
            self.held += came
            if size > SMALL and self.held > ROOM:
                raise HTTPException(503, "other requests take all the room", {"Retry-After": "1"})
            return message

        try:
            await self.app(scope, bounded, send)
        finally:
            self.held -= size

    async def _count(self, model: str, scope: Any, receive: Any, send: Any) -> None:
        labels = {"model": model, "version": self.versions[model]}
        status = ["500"]

        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start":
                status[0] = str(message["status"])
            await send(message)

        self.open += 1
        self.last = begin = time.monotonic()
        try:
            with OPEN.labels(**labels).track_inprogress():
                await self._bound(scope, receive, watched)
        finally:
            self.open -= 1
            self.last = time.monotonic()
            SECONDS.labels(**labels).observe(self.last - begin)
            REQUESTS.labels(**labels, status=status[0]).inc()

    def _listen(self) -> None:
        """Take SIGTERM from uvicorn, which would stop to listen at once."""
        loop = asyncio.get_running_loop()
        usual = signal.getsignal(signal.SIGTERM)

        def stop() -> None:
            if not self.stopping:
                self.stopping = True
                STOPPING.set(1)
                LOG.info("Stopping: no longer ready, %d requests are open", self.open)
                self.kept.append(loop.create_task(self._drain(usual)))

        loop.add_signal_handler(signal.SIGTERM, stop)

    async def _drain(self, usual: Any) -> None:
        """Go on until nobody comes any more, then let uvicorn stop."""
        self.last = max(self.last, time.monotonic())
        end = time.monotonic() + self.drain_seconds * (1 - RESERVE)
        while time.monotonic() < end and (self.open or time.monotonic() - self.last < min(QUIET, self.drain_seconds)):
            await asyncio.sleep(0.05)
        LOG.info("Ending: %d requests are open", self.open)
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, usual)
        os.kill(os.getpid(), signal.SIGTERM)


def _error(status: int, text: str) -> App:
    answer: App = JSONResponse({"error": text}, status)
    return answer
