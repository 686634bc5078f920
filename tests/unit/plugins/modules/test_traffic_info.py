# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to a server on this machine, through C(main)."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.model_serving.openstack.plugins.module_utils._traffic import OWN_AUTHORITIES

from .world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from unittest.mock import Mock

    from ..conftest import RunModule


class Model(BaseHTTPRequestHandler):
    """Answers with a status, and remembers what it was asked."""

    status: ClassVar[int] = 200
    elsewhere: ClassVar[str] = ""
    asked: ClassVar[list[tuple[str, Any, str | None]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body, self.headers["Host"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        if self.elsewhere:
            self.send_header("Location", self.elsewhere)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None, handler: type[Model] = Model) -> Iterator[str]:
    handler.asked.clear()
    handler.status = 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/v2/models/digits/infer"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def url() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "models")])
    now = datetime.now(UTC)
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(addresses, critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_asks_as_it_is_told(conn: Mock, run_module: RunModule, url: str) -> None:
    make_world(conn, "traffic_info")
    asked = {"url": url, "body": {"inputs": [1]}, "headers": {"Host": "digits.example"}, "rate": 10, "duration": 2}

    answer = run_module("traffic_info", {**asked, "clients": 100})

    assert (answer["changed"], answer["failed_requests"], answer["errors"]) == (False, 0, [])
    assert answer["requests"] == len(Model.asked) == pytest.approx(20, abs=1)
    assert Model.asked[0] == ("/v2/models/digits/infer", {"inputs": [1]}, "digits.example")
    assert answer["recovered"]


@pytest.mark.parametrize(("known", "errors"), [(True, []), (False, ["SSLError"])])
def test_certificate_of_the_service_is_checked(
    conn: Mock, run_module: RunModule, certificate: Path, *, known: bool, errors: list[str]
) -> None:
    make_world(conn, "traffic_info")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    with serving(tls) as address:
        trusted = {"ca_path": str(certificate)} if known else {}
        answer = run_module("traffic_info", {"url": address, "body": {}, "duration": 1, **trusted})

    assert answer["errors"] == errors
    assert answer["requests"] > 0


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_system_and_the_environment_are_asked_whom_to_trust(
    conn: Mock, run_module: RunModule, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    make_world(conn, "traffic_info")
    for own in OWN_AUTHORITIES:
        monkeypatch.delenv(own, raising=False)
    monkeypatch.setenv(variable, str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    with serving(tls) as address:
        answer = run_module("traffic_info", {"url": address, "body": {}, "duration": 1})

    assert (answer["requests"] > 0, answer["errors"]) == (True, [])


def test_counts_what_fails(conn: Mock, run_module: RunModule, url: str) -> None:
    make_world(conn, "traffic_info")
    Model.status = 503

    answer = run_module("traffic_info", {"url": url, "body": {}, "duration": 1})

    assert 0 < answer["failed_requests"] == answer["requests"]
    assert answer["errors"] == ["status 503"]


class Other(Model):
    """Another host, which must not see the headers."""

    elsewhere = ""
    asked: ClassVar[list[tuple[str, Any, str | None]]] = []


def test_a_redirection_is_not_followed(
    conn: Mock, run_module: RunModule, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(conn, "traffic_info")
    Model.status = 307

    with serving(handler=Other) as other:
        monkeypatch.setattr(Model, "elsewhere", other)
        answer = run_module("traffic_info", {"url": url, "body": {}, "headers": {"X-Api-Key": "k3y"}, "duration": 1})

    assert Other.asked == []
    assert 0 < answer["failed_requests"] == answer["requests"]
    assert answer["errors"] == ["status 307"]


def test_ends_at_the_deadline_when_replicas_are_missing(conn: Mock, run_module: RunModule, url: str) -> None:
    make_world(conn, "traffic_info")
    asked = {"url": url, "body": {}, "duration": 1, "timeout": 3}

    answer = run_module("traffic_info", {**asked, "pool": "servers", "replicas": 2, "lost": ["10.0.0.1"]})

    assert not answer["recovered"]
    assert answer["capacity_back_at"] is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "ftp://x/"}, "must begin with http://"),
        ({"ca_path": "/nowhere/ca.pem"}, "'ca_path' is '/nowhere/ca.pem', which is no file"),
        ({"ca_path": "x" * 300}, "which is no file"),
        ({"url": "http://"}, "must begin with http://"),
        ({"url": "http://[::1"}, "must begin with http://"),
        ({"rate": 0}, "'rate' must be"),
        ({"rate": 1001}, "'rate' must be"),
        ({"clients": 0}, "'clients' must be at least 1"),
        ({"duration": -1}, "'duration' must not be negative"),
        ({"replicas": 2}, "'replicas' needs 'pool'"),
        ({"pool": "nobody"}, "there are 0 pools 'nobody'"),
    ],
)
def test_refuses_before_it_sends(
    conn: Mock, run_module: RunModule, url: str, change: dict[str, Any], said: str
) -> None:
    make_world(conn, "traffic_info")

    answer = run_module("traffic_info", {"url": url, **change})

    assert said in answer["msg"]
    assert not Model.asked
