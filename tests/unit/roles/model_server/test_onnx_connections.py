# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one connection to the model server may take, in bytes and in time."""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path

import pytest

from .conftest import SAMPLE
from .local_server import LATE, SILENCE
from .running_server import INFER, Server

LARGEST_HEAD = 64 << 10
BODY = json.dumps(SAMPLE["request"]).encode()
LIVE = b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n"
POST = f"POST {INFER} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n".encode()
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
MANY = LARGEST_HEAD // len(b"X: yz\r\n")


def status(connection: socket.socket) -> int:
    """The status of the next answer, all of which is read."""
    with HTTPResponse(connection) as answer:
        answer.begin()
        answer.read()
        return answer.status


def test_urls_and_headers_may_have_64_kib(server: Server) -> None:
    close = b"Connection: close\r\n\r\n"
    assert server.answer_to(LIVE + b"X: %b\r\n" % (b"x" * (LARGEST_HEAD - 200)) + close).startswith(OK)
    assert server.answer_to(LIVE + b"X: %b\r\n" % (b"x" * LARGEST_HEAD) + close).startswith(TOO_LARGE)
    assert server.answer_to(LIVE + b"X: yz\r\n" * (MANY - 20) + close).startswith(OK)
    assert server.answer_to(LIVE + b"X: yz\r\n" * (MANY + 20) + close).startswith(TOO_LARGE)
    assert server.answer_to(LIVE.replace(b" HTTP", b"?%b HTTP" % (b"x" * LARGEST_HEAD)) + close).startswith(TOO_LARGE)
    assert "Traceback" not in server.log.read_text()


def test_the_first_request_of_a_connection_is_not_counted_for_the_second_one(server: Server) -> None:
    large = LIVE + b"X: %b\r\n" % (b"x" * (LARGEST_HEAD // 2 + 1))
    with server.connect() as connection:
        connection.sendall(large + b"\r\n")
        assert status(connection) == 200
        connection.sendall(large)
        server.ask("/v2/health/live")  # it has read what there is
        connection.sendall(b"\r\n")
        assert status(connection) == 200


ENDLESS = {
    "URL": (b"GET /", b"x"),
    "one header": (LIVE + b"X: ", b"x"),
    "headers": (LIVE, b"X: yz\r\n"),
    "empty lines": (b"", b"\r\n"),
    "extension of a chunk": (CHUNKED + b"1;", b"x"),
    "trailers": (CHUNKED + b"1\r\n{\r\n0\r\n", b"X: yz\r\n"),
    "headers of the second request": (LIVE + b"\r\n" + LIVE, b"X: yz\r\n"),
}


def send_repeatedly(connection: socket.socket, piece: bytes) -> None:
    for _times in range(1024):
        connection.sendall(piece)


def test_a_head_without_end_is_refused(server: Server) -> None:
    for what, (first, more) in ENDLESS.items():
        with server.connect() as connection:
            connection.sendall(first)
            with pytest.raises((BrokenPipeError, ConnectionResetError)):
                send_repeatedly(connection, more * (LARGEST_HEAD // len(more)))
        assert server.ask(INFER, BODY)[0] == 200, what
    server.wait_until_none_is_open()
    assert "Traceback" not in server.log.read_text()


SILENT = {
    "nothing": b"",
    "one byte": b"G",
    "an empty line": b"\r\n",
    "half a request line": b"GET /v2/hea",
    "half of the headers": LIVE + b"X: ",
    "no body": POST + LENGTH % len(BODY),
    "half a body": POST + LENGTH % len(BODY) + BODY[:100],
    "half a chunked body": CHUNKED + b"1\r\n{\r\n",
    "no body after 100 Continue": POST + b"Expect: 100-continue\r\n" + LENGTH % len(BODY),
    "nothing after an answer": LIVE + b"\r\n",
    "half a body that is not read": POST.replace(b"/infer", b"/other") + LENGTH % len(BODY) + BODY[:100],
}
AGAIN = "an empty line after an answer"


def is_closed(connection: socket.socket, end: float) -> bool:
    """Whether the server closes it by that time."""
    try:
        while True:
            connection.settimeout(max(0.1, end - time.monotonic()))
            if not connection.recv(1 << 16):
                return True
    except TimeoutError:
        return False


def test_connections_that_say_nothing_are_closed(server: Server) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        connections = {what: stack.enter_context(server.connect()) for what in (*SILENT, AGAIN)}
        for what, sent in SILENT.items():
            connections[what].sendall(sent)
        connections[AGAIN].sendall(LIVE + b"\r\n")
        assert status(connections[AGAIN]) == 200
        connections[AGAIN].sendall(b"\r\n")
        end = time.monotonic() + SILENCE + 2
        for what, connection in connections.items():
            assert is_closed(connection, end), what
            assert time.monotonic() - began > SILENCE - 0.1, what
    server.wait_until_none_is_open()
    assert "Traceback" not in server.log.read_text()


def test_a_client_that_the_server_keeps_waiting_is_not_silent(server: Server) -> None:
    # More than the kernel and the server keep of a body that nobody reads.
    spaces = b" " * (16 << 20)
    close = b"Connection: close\r\nLate: 1\r\n"
    assert server.answer_to(POST + close + LENGTH % (len(spaces + BODY)), spaces + BODY).startswith(OK)


def test_requests_before_one_that_never_ends_are_answered(server: Server) -> None:
    began = time.monotonic()
    complete = POST + b"Late: 1\r\n" + LENGTH % len(BODY) + BODY
    answer = server.answer_to(complete + complete + POST + LENGTH % len(BODY) + BODY[:100])
    assert answer.count(OK) == 2
    assert time.monotonic() - began == pytest.approx(2 * LATE + SILENCE, abs=2)


def memory(server: Server) -> int:
    """Bytes that the server has in memory."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return 1024 * int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])


WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"


@pytest.mark.parametrize(("first", "last"), [(b"", b""), (WEBSOCKET, b"\r\n")])
def test_what_a_lost_connection_has_sent_is_forgotten(server: Server, first: bytes, last: bytes) -> None:
    head = LIVE + first + b"X: yz\r\n" * (MANY - 30) + last
    before = memory(server)
    for _connection in range(200):
        with server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset it
            connection.sendall(head)
            server.ask("/v2/health/live")  # it has read the head
    # As objects of Python, the headers of one connection take more than a megabyte.
    assert memory(server) - before < 100 << 20
