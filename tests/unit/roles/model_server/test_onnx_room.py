# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model server with more bodies than its memory is enough for."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .conftest import FILES
from .running_server import Server, running
from .small_models import FLOAT, identity
from .test_onnx_load import ONE, SLOW, calls, hold, open_requests, received, wait

ROOM = 1 << 20
LARGE = ONE + b" " * (ROOM * 2 // 5)
"""Two of them fit, and a small one with them."""
V1 = "/v1/models/slow:predict"
"""Of version 1 of the protocol, which KServe itself reads."""


@pytest.fixture
def server(python: str, tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "slow").write_bytes(identity(FLOAT))
    with running(python, FILES, {"name": "slow", "path": str(tmp_path / "slow")}, tmp_path, room=ROOM) as server:
        yield server


def send(server: Server, path: str, content: bytes, more: int = 0) -> socket.socket:
    """Send a request on a connection that stays, so that nothing breaks off what is still being sent."""
    connection = server.connect()
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content) + more}\r\n\r\n".encode())
    connection.sendall(content)
    return connection


def test_bodies_have_no_more_than_their_room_together(server: Server, tmp_path: Path) -> None:
    model = tmp_path / "slow"
    held = hold(model)
    computed = [send(server, SLOW, LARGE) for _request in range(2)]
    wait(lambda: calls(model) == len(computed))
    for path in (SLOW, V1):
        # It is refused before all of it has come.
        assert received(send(server, path, LARGE, more=1)) == (503, "1"), path
    small = send(server, SLOW, ONE)
    wait(lambda: open_requests(server) == len(computed) + 1)
    held.unlink()
    assert [received(request)[0] for request in (*computed, small)] == [200] * 3
    # They gave their room back.
    assert [received(send(server, SLOW, LARGE))[0] for _request in range(3)] == [200] * 3
    assert server.metrics()['model_server_requests_total{model="slow",status="503",version=""}'] == 1


@pytest.mark.parametrize("path", [SLOW, V1])
def test_bodies_that_do_not_come_to_their_end_take_room_too(server: Server, path: str) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(send(server, path, LARGE, more=1)) for _request in range(3)]
        refused = [connection for connection in select.select(silent, [], [], 30)[0] if received(connection)[0] == 503]
        assert refused
        assert received(send(server, SLOW, ONE))[0] == 200
    wait(lambda: received(send(server, SLOW, LARGE))[0] == 200)
