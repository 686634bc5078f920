# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model server with more than it can answer at once: large requests, many, and calls that hang or fail."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from .conftest import FILES, ROOT
from .local_server import WAITING
from .running_server import Server, running
from .small_models import FLOAT, identity, sum_with

TURNS = len(os.sched_getaffinity(0)) + 1
"""Requests to a model that are computed at the same time, where one takes one thread."""
DRAIN = 20
SLOW, OTHER, PAIR = (f"/v2/models/{name}/infer" for name in ("slow", "other", "pair"))
Served = tuple[Server, Path]


def body(numbers: list[float]) -> bytes:
    return json.dumps(
        {"inputs": [{"name": "x", "datatype": "FP32", "shape": [len(numbers)], "data": numbers}]}
    ).encode()


ONE = body([1])


@pytest.fixture
def served(python: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    """A server with two models that return what they are given, and one that takes two numbers only."""
    for name in ("slow", "other"):
        (tmp_path / name).write_bytes(identity(FLOAT))
    (tmp_path / "pair").write_bytes(sum_with("weights", 2))
    (tmp_path / "weights").write_bytes(bytes(8))
    known = {"request": json.loads(body([1, 2])), "expected": {"y": [1, 2]}}
    (tmp_path / "known.json").write_text(json.dumps(known), encoding="utf-8")
    models = [{"name": name, "path": str(tmp_path / name)} for name in ("slow", "other", "pair")]
    models[-1]["known_answer"] = str(tmp_path / "known.json")
    hangs = getattr(request, "param", 300)
    with running(python, FILES, models[0], tmp_path, *models[1:], drain_seconds=DRAIN, hangs=hangs) as server:
        yield server, tmp_path / "slow"


def wait(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def send(server: Server, path: str, content: bytes, more: int = 0) -> socket.socket:
    """Send a request, and wait for nothing; some more bytes are promised only."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content) + more}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + content)
    return connection


def received(connection: socket.socket) -> tuple[int, str | None]:
    """What is answered to a request that was sent: its status, and after how many seconds to try again."""
    with connection, HTTPResponse(connection) as answer:
        answer.begin()
        answer.read()
        return answer.status, answer.headers["Retry-After"]


def calls(model: Path) -> int:
    """How many calls have begun, without the one by which it is tried."""
    return len(Path(f"{model}.calls").read_text(encoding="utf-8").splitlines()) - 1


def hold(model: Path) -> Path:
    """Let the calls of a model hang until the file is deleted."""
    file = Path(f"{model}.hold")
    file.touch()
    return file


def open_requests(server: Server) -> float:
    return server.metrics()['model_server_requests_open{model="slow",version=""}']


def seconds_of_processor(folder: Path) -> int:
    """Ticks that a process or a thread has computed (proc_pid_stat(5))."""
    fields = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_large_requests_are_read_computed_and_answered_beside_the_event_loop(served: Served) -> None:
    server, _model = served
    process = Path("/proc", str(server.process.pid))
    # What answers readiness is the main thread.
    folders = (process, process / "task" / process.name)
    large = body([number / 7 for number in range(400_000)])
    before = [seconds_of_processor(folder) for folder in folders]
    for _time in range(3):
        assert received(send(server, SLOW, large))[0] == 200
    whole, main = (seconds_of_processor(folder) - begun for folder, begun in zip(folders, before, strict=True))
    assert main < whole / 2


@pytest.mark.parametrize("served", [4], indirect=True)
def test_a_model_that_hangs_keeps_no_other_from_answering(served: Served) -> None:
    server, model = served
    held = hold(model)
    # As many as asyncio's own threads are (ThreadPoolExecutor), and more.
    waiting = [send(server, SLOW, ONE) for _request in range(TURNS + 5)]
    wait(lambda: calls(model) == TURNS)
    assert received(send(server, OTHER, ONE))[0] == 200
    wait(lambda: server.ask("/v2/models/slow/ready")[0] == 503)
    assert server.ask("/v2/models/other/ready")[0] == 200
    assert server.ask("/v2/health/ready")[0] == 503
    found = server.metrics()
    assert found['model_server_model_ready{model="slow",version=""}'] == 0
    assert found['model_server_model_ready{model="other",version=""}'] == 1
    assert received(send(server, OTHER, ONE))[0] == 200
    held.unlink()
    assert [received(request)[0] for request in waiting] == [200] * len(waiting)
    assert server.ask("/v2/health/ready")[0] == 200


def test_what_nobody_waits_for_is_not_computed(served: Served) -> None:
    server, model = served
    held = hold(model)
    begun = [send(server, SLOW, ONE) for _request in range(TURNS)]
    wait(lambda: calls(model) == TURNS)
    gone = [send(server, SLOW, ONE) for _request in range(10)]
    wait(lambda: open_requests(server) == TURNS + len(gone))
    for request in gone:
        request.close()
    # The server has then noticed: it came later.
    assert server.ask("/v2/health/live")[0] == 200
    held.unlink()
    assert [received(request)[0] for request in begun] == [200] * TURNS
    wait(lambda: open_requests(server) == 0)
    assert calls(model) == TURNS
    assert server.metrics()['model_server_requests_total{model="slow",status="499",version=""}'] == len(gone)


def test_a_client_that_goes_in_the_middle_of_its_request_is_no_error(served: Served) -> None:
    server, _model = served
    before = server.log.read_text(encoding="utf-8")
    send(server, SLOW, ONE, more=1).close()
    wait(lambda: server.metrics().get('model_server_requests_total{model="slow",status="499",version=""}') == 1)
    assert server.log.read_text(encoding="utf-8") == before


def test_more_than_a_burst_is_refused_at_once(served: Served) -> None:
    server, model = served
    held = hold(model)
    burst = [send(server, SLOW, ONE) for _request in range(TURNS + WAITING)]
    wait(lambda: open_requests(server) == len(burst))
    assert received(send(server, SLOW, ONE)) == (503, "1")
    assert received(send(server, OTHER, ONE))[0] == 200
    # It has much to do, but it does not hang.
    assert server.ask("/v2/health/ready")[0] == 200
    held.unlink()
    assert [received(request)[0] for request in burst] == [200] * len(burst)


def test_a_burst_that_comes_all_at_once_is_no_larger(served: Served) -> None:
    server, model = served
    held = hold(model)
    server.process.send_signal(signal.SIGSTOP)
    try:
        burst = [send(server, SLOW, ONE) for _request in range(3 * (TURNS + WAITING))]
    finally:
        server.process.send_signal(signal.SIGCONT)
    wait(lambda: open_requests(server) == TURNS + WAITING)
    held.unlink()
    statuses = [received(request)[0] for request in burst]
    assert (statuses.count(200), statuses.count(503)) == (TURNS + WAITING, 2 * (TURNS + WAITING))


def test_requests_that_wait_are_answered_after_sigterm(served: Served) -> None:
    server, model = served
    held = hold(model)
    waiting = [send(server, SLOW, ONE) for _request in range(TURNS + 5)]
    wait(lambda: open_requests(server) == len(waiting))
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    wait(lambda: server.ask("/v2/health/ready")[0] == 503)
    held.unlink()
    assert [received(request)[0] for request in waiting] == [200] * len(waiting)
    assert server.process.wait(DRAIN) == 0
    assert time.monotonic() - began <= DRAIN + 1


def test_sizes_that_do_not_fit_inside_the_model_are_the_clients_mistake(served: Served) -> None:
    server, _model = served
    before = server.log.read_text(encoding="utf-8")
    status, answer = server.ask(PAIR, body([1, 2, 3]))
    assert status == 400
    assert "Add" in json.loads(answer)["error"]
    assert len(answer) < 600
    assert server.ask("/v2/health/live")[0] == 200
    # ONNX Runtime's own line, and the end of its colour.
    written = server.log.read_text(encoding="utf-8")[len(before) :]
    assert "onnxruntime:pair," in written
    assert "Traceback" not in written
    assert len(written) < 1000
    assert len(written.splitlines()) <= 2


def test_an_error_of_the_server_is_logged_once(served: Served) -> None:
    server, model = served
    Path(f"{model}.error").write_text("out of order", encoding="utf-8")
    status, answer = server.ask(SLOW, ONE)
    assert status == 500
    assert "out of order" in json.loads(answer)["error"]
    # What is logged after the answer is there when the next one comes.
    assert server.ask("/v2/health/live")[0] == 200
    assert server.log.read_text(encoding="utf-8").count("RuntimeError: out of order") == 1


def test_what_large_requests_cost_is_measured(python: str) -> None:
    command = [python, "-m", "tests.unit.roles.model_server.large_requests", "--mib", "1", "--runs", "1"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    figures = [line.split()[-3:] for line in printed.splitlines()[1:]]
    assert len(figures) == 4
    assert all(float(memory) > 1 for memory, _answer, _readiness in figures)
