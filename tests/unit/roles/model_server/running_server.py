# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real model server as a process, for tests with sockets and signals."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("local_server.py")
INFER = "/v2/models/digits/infer"
DRAIN = 12
JSON = {"Content-Type": "application/json"}


class Server:
    """A running model server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, address: str = "127.0.0.1"
    ) -> tuple[int, str]:
        """One request on a connection of its own: its status and body."""
        connection = HTTPConnection(address, self.port, timeout=10)
        try:
            connection.request("POST" if body else "GET", path, body, JSON if headers is None else headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def answer_to(self, *parts: bytes) -> bytes:
        """What comes back on a connection of its own, until the server closes it."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            answer = b""
            with suppress(ConnectionResetError):  # where it has not read everything
                while piece := connection.recv(1 << 16):
                    answer += piece
            return answer

    def metrics(self) -> dict[str, float]:
        """Metrics by their name and labels."""
        lines = self.ask("/metrics")[1].splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def wait_until_none_is_open(self) -> None:
        for _attempt in range(100):
            if not self.metrics()['model_server_requests_open{model="digits",version="7"}']:
                return
            time.sleep(0.1)
        raise AssertionError("a request is open after 10 s")

    def wait_until_ready(self) -> None:
        for _attempt in range(300):
            try:
                if self.ask("/v2/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError("not ready after 30 s")


@contextmanager
def running(
    python: str,
    files: Path,
    model: dict[str, Any],
    folder: Path,
    *others: dict[str, Any],
    drain_seconds: int = DRAIN,
    hangs: int = 300,
    room: int | None = None,
) -> Iterator[Server]:
    """A server that is ready, with the program of a folder, and with one model or several."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"http_port": port, "drain_seconds": drain_seconds, "models": [model, *others]}
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    command = [python, str(PROGRAM), str(files), str(file), str(hangs), *([str(room)] if room else [])]
    log = folder / "log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        server = Server(process, port, log)
        try:
            server.wait_until_ready()
            yield server
        finally:
            process.kill()
