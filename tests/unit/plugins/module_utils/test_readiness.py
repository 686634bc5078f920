# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas are asked over real connections; each listens on a loopback address of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils import _readiness
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import WaitTimeoutError
from ansible_collections.model_serving.openstack.plugins.module_utils._readiness import (
    asked,
    problem_of,
    unready,
    wait_until_answering,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..conftest import FakeClock

STATUS = {"127.0.0.1": 200, "127.0.0.2": 200, "127.0.0.3": 503, "127.0.0.4": 302}
SILENT = "127.0.0.9"


class Handler(BaseHTTPRequestHandler):
    credentials: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        address, port = self.connection.getsockname()
        self.credentials.extend(self.headers.get_all("Authorization", []))
        self.send_response(STATUS[address])
        if STATUS[address] == 302:
            self.send_header("Location", f"http://127.0.0.1:{port}/login")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that the library gives it
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Serve on the same port of all addresses; that of a silent replica is not among them."""
    first = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = first.server_address[1]
    servers = [first, *(ThreadingHTTPServer((address, port), Handler) for address in (*STATUS,)[1:])]
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in servers]
    for thread in threads:
        thread.start()
    yield f"http://{{address}}:{port}/ready"
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def deadline(clock: FakeClock) -> Deadline:
    return Deadline(20, clock=clock.time, sleep=clock.sleep)


def replicas(*addresses: str) -> list[Replica]:
    return [
        Replica(id=f"s{address[-1]}", name=f"chat-1-{address[-1]}", status="ACTIVE", addresses={"net": (address,)})
        for address in addresses
    ]


def test_all_are_ready(deadline: Deadline, url: str) -> None:
    assert asked(deadline, url, replicas("127.0.0.1", "127.0.0.2")) == {"s1": None, "s2": None}
    wait_until_answering(deadline, url, replicas("127.0.0.1", "127.0.0.2"))


def test_some_are_asked(deadline: Deadline, url: str, clock: FakeClock) -> None:
    found = asked(deadline, url, replicas("127.0.0.1", "127.0.0.3", SILENT))

    assert found
    assert found.keys() == {"s1", "s3", "s9"}
    assert found["s1"] is None
    assert "503" in str(found["s3"])
    assert "does not answer" in str(found["s9"])
    assert len(clock.slept) == 2


def test_a_health_monitor_is_believed_about_silence_only(deadline: Deadline, url: str) -> None:
    found = asked(deadline, url, replicas("127.0.0.1", "127.0.0.3", SILENT), {"s3", "s9"})

    assert found
    assert "503" in str(found["s3"])
    assert found["s9"] is None


def test_a_replica_that_redirects_is_not_ready(deadline: Deadline, url: str) -> None:
    found = asked(deadline, url, replicas("127.0.0.1", "127.0.0.4"))

    assert found
    assert found["s1"] is None
    assert "302" in str(found["s4"])


def test_a_replica_gets_no_credentials(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert unready(url, replicas("127.0.0.1")) == frozenset()
    assert Handler.credentials == []


def test_when_none_is_ready_nothing_is_known(deadline: Deadline, url: str) -> None:
    assert asked(deadline, url, replicas(SILENT, "127.0.0.3")) is None


def test_no_replicas(deadline: Deadline, url: str) -> None:
    assert asked(deadline, url, []) == {}


def test_those_that_are_silent_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take seconds, and a fleet may have hundreds."""
    together = threading.Barrier(40)

    def wait(_url: str, _address: str | None) -> None:
        together.wait(timeout=5)

    monkeypatch.setattr(_readiness, "answer", wait)

    assert unready("http://{address}/", replicas(SILENT) * 40) == frozenset()


def test_waiting_ends_with_names_and_reasons(deadline: Deadline, url: str) -> None:
    with pytest.raises(WaitTimeoutError, match=r"'chat-1-3' answers with .*503"):
        wait_until_answering(deadline, url, replicas("127.0.0.1", "127.0.0.3"))


def test_what_is_not_http_is_no_answer(clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:  # closed by the test
                    return
                with connection:
                    connection.sendall(b"SSH-2.0-x\r\n")
                    connection.recv(1024)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        url = f"http://{{address}}:{listener.getsockname()[1]}/ready"
        with pytest.raises(WaitTimeoutError, match=r"SSH-2\.0-x"):
            wait_until_answering(Deadline(0.1, clock=clock.time, sleep=clock.sleep), url, replicas("127.0.0.1"))
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_replica_without_address_is_silent(deadline: Deadline, url: str) -> None:
    nowhere = Replica(id="s5", name="chat-1-5", status="ACTIVE")

    assert asked(deadline, url, [*replicas("127.0.0.1"), nowhere]) == {
        "s1": None,
        "s5": f"it has no address at {url}, though other replicas are ready",
    }


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (None, True),
        ("http://{address}:8080/v2/health/ready", True),
        ("https://{address}/", True),
        ("http://10.0.0.1/ready", False),
        ("ftp://{address}/", False),
    ],
)
def test_problem_of(given: str | None, right: bool) -> None:
    assert (problem_of(given) == []) is right


def test_fleets_that_are_not_asked_do_not_load_what_asks() -> None:
    module = "ansible_collections.model_serving.openstack.plugins.modules.server_fleet"
    program = f"import sys, {module}; raise SystemExit('ansible.module_utils.urls' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
