# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a connection is made, and what it does and does not."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from keystoneauth1.exceptions import ConnectFailure

from ansible_collections.model_serving.openstack.plugins.module_utils import _connection, _retry
from ansible_collections.model_serving.openstack.plugins.module_utils._connection import connect, sdk_arguments
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    ModelServingError,
    attempt,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openstack.proxy import Proxy

    from .conftest import Flaky

AUTH = {"auth_url": "http://127.0.0.1:9/v3", "username": "u", "password": "p", "project_name": "p"}


def test_a_write_with_half_an_answer_is_told(flaky: Flaky) -> None:
    """Through keystoneauth it is an error that attempt() knows."""
    flaky.headers = {"Content-Type": "application/json"}
    flaky.bodies = [b'{"token": '] * 20
    conn = connect({"auth": {**AUTH, "auth_url": f"{flaky.url}v3"}})

    with pytest.raises(CloudError, match="no valid JSON") as told, attempt("create", "server group", "web"):
        conn.session.post(f"{flaky.url}os-server-groups", authenticated=False)
    assert "run again" in str(told.value)


def test_options_become_arguments_of_the_sdk() -> None:
    options = {"cloud": "c", "validate_certs": False, "ca_cert": "/ca", "client_cert": None, "name": "not for the SDK"}

    assert sdk_arguments(options) == {"cloud": "c", "verify": False, "insecure": True, "cacert": "/ca"}


@pytest.fixture
def proxy_of(flaky: Flaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Proxy]:
    """Connect to a service with these settings of its cloud in clouds.yaml and, by name, of all clouds."""

    def connected(service: str, cloud: dict[str, Any], **common: Any) -> Proxy:
        there = {"auth_type": "none", "auth": {"endpoint": flaky.url}, f"{service}_endpoint_override": flaky.url}
        path = tmp_path / "clouds.yaml"
        path.write_text(yaml.safe_dump({"clouds": {"flaky": {**there, **cloud}}, **common}), encoding="utf-8")
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
        version = {"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": flaky.url}]}
        flaky.bodies = [json.dumps({"versions": [version]}).encode()]
        proxy: Proxy = getattr(connect({"cloud": "flaky"}), service)
        flaky.requests = 0
        return proxy

    return connected


@pytest.mark.parametrize("setting", ["connect_retries", "compute_connect_retries"])
def test_a_write_whose_answer_is_lost_is_not_repeated_by_the_sdk(
    proxy_of: Callable[..., Proxy], flaky: Flaky, setting: str
) -> None:
    compute = proxy_of("compute", {setting: 2})
    flaky.cut_off = 1

    with pytest.raises(ConnectFailure):
        compute.post("/servers")
    assert flaky.requests == 1


@pytest.mark.parametrize(("service", "settings"), [("image", {}), ("compute", {"status_code_retries": 3})])
def test_a_read_is_not_repeated_by_the_sdk_on_top(
    proxy_of: Callable[..., Proxy],
    flaky: Flaky,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    settings: dict[str, Any],
) -> None:
    """For Glance, it has a number of tries of its own, between which it would wait for as long as Glance says."""
    proxy = proxy_of(service, settings)
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    flaky.statuses, flaky.headers = [503] * 50, {"Retry-After": "3600"}

    assert proxy.get("/things").status_code == 503
    assert flaky.requests == 1 + _retry.READ_RETRIES
    assert slept == [_retry.LONGEST_DELAY] * _retry.READ_RETRIES


def test_no_answer_is_an_old_one(proxy_of: Callable[..., Proxy], flaky: Flaky) -> None:
    compute = proxy_of("compute", {}, cache={"expiration_time": 600, "expiration": {"compute.servers": 600}})

    for _time in range(2):
        compute.get("/servers")
    assert flaky.requests == 2


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
