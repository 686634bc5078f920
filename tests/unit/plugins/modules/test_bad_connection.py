# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the options of the connection are: a module ends with an answer.

Modules connect as they do for users, but the only address that there is belongs to a port at which nobody listens.
"""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.module_utils import _connection
from ansible_collections.model_serving.openstack.plugins.module_utils._options import CONNECTION

from ..documentation import MODULES
from ..hostile import HOSTILE, spoilt, subsets
from .test_bad_input import SETTINGS
from .world import ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ..conftest import RunModule

HERE = "127.0.0.1"
KINDS = ("password", "v3password", "v2password", "token", "v3applicationcredential", "v3totp", "none", "http_basic")
LOOK = "server_group_info"


@pytest.fixture
def connect() -> Callable[[Mapping[str, Any]], Any]:
    """The real one, in the place of the one that gives everybody a fake cloud."""
    return _connection.connect


@pytest.fixture
def dead() -> Iterator[str]:
    """An address at which nobody listens, and nobody else can while the test runs."""
    with socket.socket() as holder:
        holder.bind((HERE, 0))
        yield f"{HERE}:{holder.getsockname()[1]}"


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names lead nowhere, and no address but that of this machine's own is known."""
    known = socket.getaddrinfo

    def here(host: Any, *rest: Any, **named: Any) -> Any:
        if host != HERE:
            raise socket.gaierror(f"{host!r} is not this machine")
        return known(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", here)


def auth(url: str) -> dict[str, Any]:
    # The password is so long that no message has it by chance: what is in it of that is not shown.
    user = {"username": "somebody", "password": "not a word", "project_name": "serving", "user_domain_name": "domain"}
    return {**user, "auth_url": url}


@pytest.fixture
def good(dead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Options at which nothing is wrong but that nobody answers."""
    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)
    clouds = {
        "chat": {"auth": auth(f"http://{dead}/v3")},
        "broken": {"api_timeout": "soon"},
        "certified": {"cert": "/nowhere/c"},
        **{f"timeout {value}": {"api_timeout": value} for value in (0.0, "0", float("inf"), 10**25)},
    }
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": clouds}), encoding="utf-8")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    return {"cloud": "chat", "auth": auth(f"https://{dead}/v3"), "api_timeout": 5}


@pytest.fixture
def fails(run_module: RunModule) -> Callable[..., str]:
    """Run a module and return its message: there is no cloud, so it fails whatever it is told."""

    def run(arguments: Mapping[str, Any], name: str = LOOK) -> str:
        answer = run_module(name, {**ARGUMENTS[name], **arguments})
        json.dumps(answer)
        assert answer["failed"] is True
        said: str = answer["msg"]
        assert said
        return said

    return run


@pytest.mark.parametrize("name", MODULES)
def test_a_cloud_that_does_not_answer(name: str, good: dict[str, Any], fails: Callable[..., str]) -> None:
    assert "Check the address" in fails(good, name)


def test_spoilt_options(good: dict[str, Any], fails: Callable[..., str]) -> None:
    @SETTINGS
    @given(spoilt(good, CONNECTION))
    def each(options: dict[str, Any]) -> None:
        fails(options)

    each()


@pytest.mark.usefixtures("good")
def test_any_options(fails: Callable[..., str]) -> None:
    @SETTINGS
    @given(subsets(CONNECTION))
    def each(options: dict[str, Any]) -> None:
        fails(options)

    each()


def test_any_credentials(good: dict[str, Any], fails: Callable[..., str]) -> None:
    """What a plugin for authentication takes is known to the plugin alone, so no argument spec holds it back."""
    taken = [*good["auth"], "token", "endpoint", "application_credential_id", "project_domain_id", "system_scope"]
    odd = st.fixed_dictionaries({}, optional=dict.fromkeys(taken, HOSTILE))

    @SETTINGS
    @given(odd, st.sampled_from(KINDS), st.sampled_from(["", "ftp://x", "//", "http://[", good["auth"]["auth_url"]]))
    def each(changed: dict[str, Any], kind: str, url: str) -> None:
        known = {**good["auth"], "auth_url": url, "endpoint": url, "token": "token"}
        fails({"auth": {**known, **changed}, "auth_type": kind})

    each()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"api_timeout": 0}, "'api_timeout' is 0, but must be from 1 to 2147483"),
        ({"api_timeout": -1}, "'api_timeout' is -1, but must be from 1 to 2147483"),
        ({"api_timeout": 2147484}, "'api_timeout' is 2147484, but must be from 1 to 2147483"),
        ({"api_timeout": 10**25}, "'api_timeout' is beyond 2147483647"),
        ({"ca_cert": "/nowhere/ca.pem"}, "'ca_cert' is '/nowhere/ca.pem', but there is no such file"),
        ({"client_cert": "/nowhere/a"}, "'client_cert' is '/nowhere/a', but there is no such file"),
        ({"client_key": "/nowhere/" + "b" * 300}, "but there is no such file"),
        ({"cloud": "nowhere"}, "Could not connect to cloud 'nowhere'"),
        (
            {"cloud": "broken", "api_timeout": None},
            "Could not connect to cloud 'broken': could not convert string to float: 'soon'",
        ),
        ({"cloud": "timeout 0.0", "api_timeout": None}, "'api_timeout' is 0.0, but must be from 1 to 2147483"),
        # A text, as that of OS_API_TIMEOUT is.
        ({"cloud": "timeout 0", "api_timeout": None}, "'api_timeout' is 0.0, but must be from 1 to 2147483"),
        ({"cloud": "timeout inf", "api_timeout": None}, "'api_timeout' is inf, but must be a number"),
        ({"cloud": f"timeout {10**25}", "api_timeout": None}, "'api_timeout' is beyond 2147483647"),
        (
            {"cloud": "certified"},
            "'client_cert' of clouds.yaml ('cert' there) is '/nowhere/c', but there is no such file",
        ),
    ],
)
def test_what_is_wrong_is_said(
    options: dict[str, Any], said: str, good: dict[str, Any], fails: Callable[..., str]
) -> None:
    assert said in fails({**good, **options})


def test_files_that_are_there_are_taken(good: dict[str, Any], fails: Callable[..., str], tmp_path: Path) -> None:
    """A directory can have authorities, too; and what is no certificate is told by the connection."""
    (tmp_path / "file").touch()
    unused = {"ca_cert": "/nowhere", "validate_certs": False}
    assert "no such file" not in fails({**good, **unused})
    files = {"ca_cert": str(tmp_path), "client_cert": str(tmp_path / "file"), "client_key": str(tmp_path / "file")}
    assert "no such file" not in fails({**good, **files})
