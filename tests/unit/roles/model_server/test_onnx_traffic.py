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
import time
from typing import Any

import pytest
import yaml

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import GROUP_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY

from .conftest import FILES, SAMPLE
from .running_server import DRAIN, INFER, Server

MONITORING = FILES / "monitoring"
BODY = json.dumps(SAMPLE["request"]).encode()
LARGEST = 64 << 20


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
    found = server.metrics()
    assert found['model_server_requests_total{model="digits",status="200",version="7"}'] == 1
    assert found['model_server_requests_total{model="digits",status="400",version="7"}'] == 1
    assert found['model_server_request_seconds_count{model="digits",version="7"}'] == 2
    assert found['model_server_requests_open{model="digits",version="7"}'] == 0
    assert found['model_server_model_ready{model="digits",version="7"}'] == 1
    # Clients cannot make labels.
    assert not [name for name in found if "other" in name and name.startswith("model_server")]


def test_a_replica_without_requests_counts_in_averages(server: Server) -> None:
    assert server.metrics()['model_server_requests_open{model="digits",version="7"}'] == 0


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


def test_the_version_that_a_model_has_can_be_named(server: Server) -> None:
    plain, versioned = "/v2/models/digits", "/v2/models/%64igits/versions/%37"
    for path in ("", "/ready"):
        assert server.ask(versioned + path) == server.ask(plain + path)
        assert server.ask(plain + path)[0] == 200
    status, answer = server.ask(f"{versioned}/infer", BODY)
    assert status == 200
    assert json.loads(answer)["model_version"] == "7"
    for path, body in (("", None), ("/ready", None), ("/infer", BODY)):
        status, answer = server.ask(f"{plain}/versions/%22{path}", body)
        assert (status, json.loads(answer)) == (404, {"error": 'Model with name digits has no version ".'})
        assert server.ask(f"/v2/models/other/versions/7{path}", body)[0] == 404
    found = server.metrics()
    counted = {name: value for name, value in found.items() if name.startswith("model_server_requests_total")}
    assert counted == {'model_server_requests_total{model="digits",status="200",version="7"}': 1}
    assert "Traceback" not in server.log.read_text()


def test_the_dashboard_shows_metrics_that_exist(server: Server) -> None:
    server.ask(INFER, BODY)
    names = {name.partition("{")[0] for name in server.metrics()} | {"up"}
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


@pytest.mark.parametrize("key", [SERVICE_KEY, GROUP_KEY])
def test_a_replica_is_one_target_however_many_addresses_it_has(key: str) -> None:
    """Prometheus makes one for each address of each network (C(discovery/openstack/instance.go))."""
    (job,) = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    replica = {"instance_status": "ACTIVE", f"tag_{key.replace('.', '_')}": "chat"}
    targets = [
        {f"__meta_openstack_{name}": value for name, value in replica.items()}
        | {"__meta_openstack_address_pool": network, "__address__": address}
        for network, address in (
            ("NETWORK", "192.0.2.7:8080"),
            ("NETWORK", "[2001:db8::7]:8080"),
            ("storage", "198.51.100.7:8080"),
        )
    ]
    for rule in job["relabel_configs"]:
        if rule.get("action") == "keep":
            pattern, labels = re.compile(rule["regex"]), rule["source_labels"]
            targets = [one for one in targets if pattern.fullmatch(";".join(one.get(name, "") for name in labels))]
    assert [one["__address__"] for one in targets] == ["192.0.2.7:8080"]


class Slow:
    """An inference request whose body comes in several parts."""

    def __init__(self, server: Server) -> None:
        self.socket, self.rest = server.connect(), BODY[100:]
        head = (
            f"POST {INFER} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + BODY[:100])

    def go_on(self) -> None:
        self.socket.sendall(self.rest[:1])
        self.rest = self.rest[1:]

    def finish(self) -> Any:
        self.socket.sendall(self.rest)
        with self.socket, self.socket.makefile("rb") as answer:
            return answer.read()


def test_bodies_that_are_too_large_are_refused(server: Server) -> None:
    text = f"POST {INFER} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
    head = text.encode()
    answer = server.answer_to(head + b"Content-Length: %d\r\n\r\n" % (LARGEST + 1))
    assert answer.startswith(b"HTTP/1.1 413 ")
    # Its length is not told before.
    chunk = b"%x\r\n%b\r\n" % (1 << 20, b"0" * (1 << 20))
    answer = server.answer_to(head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 64, b"1\r\n0\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    found = server.metrics()
    assert found['model_server_requests_total{model="digits",status="413",version="7"}'] == 2
    assert server.ask(INFER, BODY)[0] == 200


def test_after_sigterm_readiness_goes_first_and_no_request_is_lost(server: Server) -> None:
    slow = Slow(server)
    time.sleep(0.2)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert server.ask("/v2/health/ready")[0] == 503
    assert server.ask("/v2/models/digits/ready")[0] == 503
    assert server.ask("/v2/models/digits/versions/7/ready")[0] == 503
    assert server.ask("/v2/health/live")[0] == 200
    assert server.ask(INFER, BODY)[0] == 200
    assert server.metrics()["model_server_stopping"] == 1
    # The slow one is open until the server refuses others.
    while server.process.poll() is None:
        try:
            server.ask("/v2/health/live")
        except OSError:
            break
        slow.go_on()
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
