# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics of the model server, what is made of them, and its end: the real program, with its sockets and signals."""

from __future__ import annotations

import json
import re
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import GROUP_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY

from .conftest import DIGITS, FILES, SAMPLE
from .local_server import SILENCE

PROGRAM = Path(__file__).with_name("local_server.py")
MONITORING = FILES / "monitoring"
INFER = "/v2/models/digits/infer"
BODY = json.dumps(SAMPLE["request"]).encode()
DRAIN = 12
LARGEST = 64 << 20
JSON = {"Content-Type": "application/json"}


class Server:
    """A running model server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

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

    def wait_until_ready(self) -> None:
        for _attempt in range(300):
            try:
                if self.ask("/v2/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError("not ready after 30 s")


@pytest.fixture
def server(python: str, tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    models = [{"name": "digits", "version": "7", "path": str(DIGITS)}]
    settings = {"http_port": port, "drain_seconds": DRAIN, "models": models}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    command = [python, str(PROGRAM), str(FILES), str(tmp_path / "settings.json")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        running = Server(process, port)
        try:
            running.wait_until_ready()
            yield running
        finally:
            process.kill()


def values(text: str) -> dict[str, float]:
    """Metrics by their name and labels."""
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_it_is_asked_by_ipv6_as_well(server: Server) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert server.ask("/v2/health/ready", address="::1")[0] == 200


def test_each_request_is_counted_by_model_version_and_status(server: Server) -> None:
    assert server.ask(INFER, BODY)[0] == 200
    assert server.ask(INFER, b"{}")[0] == 400
    assert server.ask("/v2/models/other/infer", BODY)[0] == 404
    found = values(server.ask("/metrics")[1])
    assert found['model_server_requests_total{model="digits",status="200",version="7"}'] == 1
    assert found['model_server_requests_total{model="digits",status="400",version="7"}'] == 1
    assert found['model_server_request_seconds_count{model="digits",version="7"}'] == 2
    assert found['model_server_requests_open{model="digits",version="7"}'] == 0
    assert found['model_server_model_ready{model="digits",version="7"}'] == 1
    # Clients cannot make labels.
    assert not [name for name in found if "other" in name and name.startswith("model_server")]


def test_what_clients_other_than_curl_send_is_understood(server: Server) -> None:
    # NVIDIA's client leaves the content type out, and sends tensors behind the JSON unless it is told not to.
    assert server.ask(INFER, BODY, {})[0] == 200
    (tensor,) = SAMPLE["request"]["inputs"]
    pixels = struct.pack(f"<{len(tensor['data'])}f", *tensor["data"])
    described = {key: tensor[key] for key in ("name", "datatype", "shape")}
    described["parameters"] = {"binary_data_size": len(pixels)}
    head = json.dumps({"inputs": [described], "outputs": [{"name": "label"}]}).encode()
    length = {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream"}
    status, answer = server.ask(INFER, head + pixels, length)
    assert status == 200
    assert json.loads(answer)["outputs"][0]["data"] == SAMPLE["expected"]["label"]
    status, answer = server.ask(INFER, head + pixels[:-4], length)
    assert status == 400


def test_the_dashboard_shows_metrics_that_exist(server: Server) -> None:
    server.ask(INFER, BODY)
    names = {name.partition("{")[0] for name in values(server.ask("/metrics")[1])} | {"up"}
    labels = set(re.findall(r"(\w+)=\"", server.ask("/metrics")[1])) | {"fleet", "replica"}
    dashboard = json.loads((MONITORING / "grafana.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [one["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    used = {name for text in asked for name in re.findall(r"\b(?:model_server_\w+|up)\b", text)}
    assert used <= names
    for needed in ("requests_total", "request_seconds_bucket", "requests_open", "model_ready"):
        assert f"model_server_{needed}" in used
    for text in asked:
        grouped = [label for group in re.findall(r"(?:by|on) \(([^)]*)\)", text) for label in group.split(", ")]
        assert set(grouped) <= labels, text
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_the_scrape_configuration_makes_the_labels_of_the_dashboard() -> None:
    (job,) = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    made = {rule["target_label"] for rule in job["relabel_configs"] if "target_label" in rule}
    # Aodh asks for the last one.
    assert made == {"fleet", "replica", "project"}
    kept = {label for rule in job["relabel_configs"] for label in rule["source_labels"]}
    # The keys of Nova's metadata that say whose a replica is; Prometheus writes them with underscores.
    for key in (SERVICE_KEY, GROUP_KEY):
        assert f"__meta_openstack_tag_{key.replace('.', '_')}" in kept
    assert job["metrics_path"] == "/metrics"


class Slow:
    """An inference request whose body comes in two parts."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        head = (
            f"POST {INFER} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + BODY[:100])

    def finish(self) -> Any:
        self.socket.sendall(BODY[100:])
        with self.socket, self.socket.makefile("rb") as answer:
            return answer.read()


def answer_to(server: Server, head: str, *parts: bytes) -> tuple[bytes, float]:
    """What comes back on a connection of its own, until the server closes it, and after how many seconds."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for part in (head.encode(), *parts):
            connection.sendall(part)
        with connection.makefile("rb") as answer:
            return answer.read(), time.monotonic() - began


def test_bodies_that_are_too_large_are_refused(server: Server) -> None:
    head = f"POST {INFER} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
    answer, _seconds = answer_to(server, f"{head}Content-Length: {LARGEST + 1}\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    # Its length is not told before.
    chunk = b"%x\r\n%b\r\n" % (1 << 20, b"0" * (1 << 20))
    answer, _seconds = answer_to(server, f"{head}Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 64, b"1\r\n0\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    found = values(server.ask("/metrics")[1])
    assert found['model_server_requests_total{model="digits",status="413",version="7"}'] == 2
    assert server.ask(INFER, BODY)[0] == 200


def test_a_connection_that_sends_nothing_is_closed(server: Server) -> None:
    answer, seconds = answer_to(server, "")
    assert answer == b""
    assert seconds == pytest.approx(SILENCE, abs=1)


def test_after_sigterm_readiness_goes_first_and_no_request_is_lost(server: Server) -> None:
    slow = Slow(server)
    time.sleep(0.2)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert server.ask("/v2/health/ready")[0] == 503
    assert server.ask("/v2/models/digits/ready")[0] == 503
    assert server.ask("/v2/health/live")[0] == 200
    assert server.ask(INFER, BODY)[0] == 200
    assert values(server.ask("/metrics")[1])["model_server_stopping"] == 1
    # The slow one is open until the server refuses others.
    while server.process.poll() is None:
        try:
            server.ask("/v2/health/live")
        except OSError:
            break
        assert time.monotonic() - began < DRAIN
        time.sleep(0.1)
    assert server.process.poll() is None
    answer = slow.finish()
    assert b"200 OK" in answer
    assert b'"data":[0,3,4,7]' in answer
    server.process.wait(DRAIN)
    assert time.monotonic() - began <= DRAIN + 1


def test_it_ends_early_when_nobody_comes(server: Server) -> None:
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(DRAIN + 5) == 0
    assert 4.5 <= time.monotonic() - began < DRAIN
