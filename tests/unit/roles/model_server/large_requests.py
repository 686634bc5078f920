# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the largest requests cost the server of onnxruntime, for docs/runtimes.md: memory, and how long others wait.

Each kind of request gets a server of its own, which returns what it is given. Needs Linux (/proc), and a Python with
the packages of the model server: ``make large-requests``.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from .running_server import JSON, Server, running
from .small_models import FLOAT, identity

FILES = Path(__file__).resolve().parents[4] / "roles" / "model_server" / "files"
MIB = 1 << 20
BETWEEN = 0.02
"""Seconds between two looks at readiness."""

Request = tuple[bytes, dict[str, str]]


def as_json(number: str, size: int) -> Request:
    """As many numbers as fit into so many bytes, each written like this."""
    count = size // (len(number) + 1)
    head = f'{{"inputs":[{{"name":"x","datatype":"FP32","shape":[{count}],"data":['
    return f"{head}{','.join([number] * count)}]}}]}}".encode(), JSON


def as_binary(size: int) -> Request:
    """As many numbers as fit, in the protocol's extension for binary tensors, and the same in the answer."""
    count = size // 4
    described = {"name": "x", "datatype": "FP32", "shape": [count], "parameters": {"binary_data_size": 4 * count}}
    head = json.dumps({"inputs": [described], "parameters": {"binary_data_output": True}}).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
    return head + struct.pack("<f", 1) * count, headers


KINDS: dict[str, Callable[[int], Request]] = {
    "numbers of 17 digits": partial(as_json, repr(math.pi / 10)),
    "numbers of one digit": partial(as_json, "1"),
    "a binary tensor": as_binary,
    "each number in a list of its own": partial(as_json, "[1]"),
}


def memory(server: Server, field: str) -> int:
    """Bytes of memory of the server; VmRSS: now, VmHWM: the most it ever had."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return int(status.split(f"{field}:")[1].split()[0]) * 1024


def answer(server: Server, body: bytes, headers: dict[str, str]) -> None:
    """Ask the model; raise RuntimeError when it does not answer."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        connection.request("POST", "/v2/models/same/infer", body, headers)
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"{response.status} {response.read(500)!r}")
        response.read()
    finally:
        connection.close()


def measured(kind: str, size: int) -> tuple[float, float, float]:
    """Memory in times the body, seconds until the answer, and the longest time that readiness took meanwhile."""
    body, headers = KINDS[kind](size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "same").write_bytes(identity(FLOAT))
        with running(sys.executable, FILES, {"name": "same", "path": str(folder / "same")}, folder) as server:
            answer(server, b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}', JSON)
            before, waits, done = memory(server, "VmRSS"), [0.0], threading.Event()

            def look() -> None:
                while not done.wait(BETWEEN):
                    start = time.monotonic()
                    server.ask("/v2/health/ready")
                    waits.append(time.monotonic() - start)

            looking = threading.Thread(target=look)
            looking.start()
            start = time.monotonic()
            try:
                answer(server, body, headers)
                took = time.monotonic() - start
            finally:
                done.set()
                looking.join()
            return (memory(server, "VmHWM") - before) / len(body), took, max(waits)


def main() -> None:
    """Print a line for each kind: the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=60, help="size of each body; the server accepts 64")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(f"{'':34} memory, times the body   answer, s   readiness, s")
    for kind in KINDS:
        runs = [measured(kind, given.mib * MIB) for _run in range(given.runs)]
        used, took, waited = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"{kind:34} {used:22.1f} {took:11.1f} {waited:14.2f}", flush=True)


if __name__ == "__main__":
    main()
