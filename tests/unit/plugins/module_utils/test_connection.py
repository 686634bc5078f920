# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Against a small HTTP server on the loopback interface: what is retried is decided below the SDK."""

from __future__ import annotations

import http.server
import socket
import sys
import threading
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING, Any

import pytest
import requests

from ansible_collections.model_serving.openstack.plugins.module_utils import _connection, _retry
from ansible_collections.model_serving.openstack.plugins.module_utils._connection import connect, sdk_arguments
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    ModelServingError,
    attempt,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._retry import retry_reads

if TYPE_CHECKING:
    from collections.abc import Iterator

AUTH = {"auth_url": "http://127.0.0.1:9/v3", "username": "u", "password": "p", "project_name": "p"}


class Flaky(http.server.ThreadingHTTPServer):
    """Answers with the given statuses, then with 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.cut_off = 0
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
        self.wfile.write(body)

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


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    monkeypatch.setattr(_retry, "BACKOFF", 0.01)
    with requests.Session() as session:
        retry_reads(session.adapters)
        yield session


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reads_are_repeated(session: requests.Session, flaky: Flaky, status: int) -> None:
    flaky.statuses = [status, status]

    assert session.get(flaky.url, timeout=5).status_code == 200
    assert flaky.requests == 3


@pytest.mark.parametrize(("method", "status"), [("POST", 503), ("POST", 500), ("GET", 404), ("GET", 409)])
def test_nothing_else_is_repeated(session: requests.Session, flaky: Flaky, method: str, status: int) -> None:
    flaky.statuses = [status]

    assert session.request(method, flaky.url, timeout=5).status_code == status
    assert flaky.requests == 1


def test_a_write_that_came_too_early_is_repeated(session: requests.Session, flaky: Flaky) -> None:
    flaky.statuses, flaky.headers = [429, 429], {"Retry-After": "0"}

    assert session.post(flaky.url, timeout=5).status_code == 200
    assert flaky.requests == 3


@pytest.mark.parametrize("status", [500, 503])
def test_a_service_that_is_busy_for_long_does_not_get_the_same_write_twice(
    session: requests.Session, flaky: Flaky, status: int
) -> None:
    flaky.statuses, flaky.headers = [status], {"Retry-After": "0"}

    assert session.post(flaky.url, timeout=5).status_code == status
    assert flaky.requests == 1


def test_a_token_is_asked_for_again(session: requests.Session, flaky: Flaky) -> None:
    flaky.statuses = [503]

    assert session.post(f"{flaky.url}v3/auth/tokens", timeout=5).status_code == 200


@pytest.mark.parametrize(("method", "path", "requests_made"), [("GET", "", 3), ("POST", "v3/auth/tokens", 3)])
def test_reads_survive_a_lost_connection(
    session: requests.Session, flaky: Flaky, method: str, path: str, requests_made: int
) -> None:
    flaky.cut_off = 2

    assert session.request(method, f"{flaky.url}{path}", timeout=5).status_code == 200
    assert flaky.requests == requests_made


def test_a_write_whose_answer_is_lost_is_not_repeated(session: requests.Session, flaky: Flaky) -> None:
    flaky.cut_off = 1

    with pytest.raises(requests.exceptions.ConnectionError):
        session.post(flaky.url, timeout=5)
    assert flaky.requests == 1


def test_a_read_whose_json_is_cut_off_is_repeated(session: requests.Session, flaky: Flaky) -> None:
    flaky.headers = {"Content-Type": "application/json"}
    flaky.bodies = [b'{"servers": [', b'{"servers": []}']

    assert session.get(flaky.url, timeout=5).json() == {"servers": []}
    assert flaky.requests == 2


@pytest.mark.parametrize(("method", "requests_made"), [("GET", 1 + _retry.READ_RETRIES), ("POST", 1)])
def test_json_that_is_never_whole_is_an_error_with_the_request_id(
    session: requests.Session, flaky: Flaky, method: str, requests_made: int
) -> None:
    flaky.headers = {"Content-Type": "application/json; charset=utf-8", "x-openstack-request-id": "req-1"}
    flaky.bodies = [b'{"server": {"id'] * 20

    with pytest.raises(requests.exceptions.ContentDecodingError, match="status 200, request id req-1"):
        session.request(method, flaky.url, timeout=5)
    assert flaky.requests == requests_made


def test_a_stream_is_left_alone(session: requests.Session, flaky: Flaky) -> None:
    flaky.headers = {"Content-Type": "application/json"}
    flaky.bodies = [b"{"]

    with session.get(flaky.url, timeout=5, stream=True) as answer:
        assert answer.raw.read() == b"{"


def test_a_write_with_half_an_answer_is_told(flaky: Flaky) -> None:
    """Through keystoneauth it is an error that attempt() knows."""
    flaky.headers = {"Content-Type": "application/json"}
    flaky.bodies = [b'{"token": '] * 20
    conn = connect({"auth": {**AUTH, "auth_url": f"{flaky.url}v3"}})

    with pytest.raises(CloudError, match="no valid JSON") as told, attempt("create", "server group", "web"):
        conn.session.post(f"{flaky.url}os-server-groups", authenticated=False)
    assert "run again" in str(told.value)


def test_the_last_answer_is_kept_for_its_request_id(session: requests.Session, flaky: Flaky) -> None:
    flaky.statuses = [503] * 20
    flaky.headers = {"x-openstack-request-id": "req-1"}

    answer = session.get(flaky.url, timeout=5)

    assert answer.status_code == 503
    assert answer.headers["x-openstack-request-id"] == "req-1"
    assert flaky.requests == 1 + _retry.READ_RETRIES


def test_retry_after_is_honoured_up_to_a_limit(
    session: requests.Session, flaky: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    for asked in (7, 3600):
        flaky.statuses, flaky.headers = [429], {"Retry-After": str(asked)}
        session.get(flaky.url, timeout=5)

    assert slept == [7, _retry.LONGEST_DELAY]


def test_options_become_arguments_of_the_sdk() -> None:
    options = {"cloud": "c", "validate_certs": False, "ca_cert": "/ca", "client_cert": None, "name": "not for the SDK"}

    assert sdk_arguments(options) == {"cloud": "c", "verify": False, "cacert": "/ca"}


def test_requests_have_a_timeout() -> None:
    assert connect({"auth": AUTH}).session.timeout == _connection.DEFAULT_API_TIMEOUT
    assert connect({"auth": AUTH, "api_timeout": 7}).session.timeout == 7


@pytest.mark.parametrize("found", ["4.22", "4.22.0", "4.30.1", "10.0", "4.22.0.dev3", None])
def test_an_sdk_that_is_new_enough(monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    monkeypatch.setattr(_connection, "version", lambda _library: found or unknown())

    assert connect({"auth": AUTH}).session.timeout


def unknown() -> str:
    raise PackageNotFoundError


@pytest.mark.parametrize("found", ["4.9.1", "4.21", "0.61.3"])
def test_an_sdk_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    monkeypatch.setattr(_connection, "version", lambda _library: found)

    with pytest.raises(ModelServingError, match=r"openstacksdk >= 4\.22 is needed") as told:
        connect({"auth": AUTH})
    assert told.value.message.endswith(f"({sys.executable}) has {found}")


def test_unknown_cloud_is_told() -> None:
    with pytest.raises(CloudError, match=r"Could not connect to cloud 'nowhere'.*OS_CLOUD"):
        connect({"cloud": "nowhere"})
