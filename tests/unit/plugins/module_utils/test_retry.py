# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent again below the SDK, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from ansible_collections.model_serving.openstack.plugins.module_utils import _retry
from ansible_collections.model_serving.openstack.plugins.module_utils._retry import retry_reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Flaky


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


def test_a_read_whose_answer_stalls_is_repeated(session: requests.Session, flaky: Flaky) -> None:
    flaky.headers = {"Content-Type": "application/json"}
    flaky.bodies, flaky.stalled = [b'{"servers": []}'] * 2, 1

    assert session.get(flaky.url, timeout=1).json() == {"servers": []}
    assert flaky.requests == 2


def test_a_write_whose_answer_stalls_is_not_repeated(session: requests.Session, flaky: Flaky) -> None:
    flaky.headers = {"Content-Type": "application/json"}
    flaky.bodies, flaky.stalled = [b'{"server": {}}'] * 2, 1

    with pytest.raises(requests.exceptions.ConnectionError, match="timed out"):
        session.post(flaky.url, timeout=1)
    assert flaky.requests == 1


def test_tries_do_not_multiply(session: requests.Session, flaky: Flaky) -> None:
    flaky.cut_off = 50

    with pytest.raises(requests.exceptions.ConnectionError):
        session.get(flaky.url, timeout=5)
    assert flaky.requests == 1 + _retry.READ_RETRIES


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


@pytest.mark.parametrize(
    "asked", ["0.5", "soon", "", "9" * 5000, "Mon, 01 Jan 99999 00:00:00 GMT", f"Mon, 01 Jan {10**30} 00:00:00 GMT"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_retry_after_that_cannot_be_read_is_none(
    session: requests.Session, flaky: Flaky, method: str, asked: str
) -> None:
    flaky.statuses, flaky.headers = [429], {"Retry-After": asked}

    assert session.request(method, flaky.url, timeout=5).status_code == 200
    assert flaky.requests == 2
