# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose settings a connection has: those of the options, of a cloud in clouds.yaml, of variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.model_serving.openstack.plugins.module_utils._connection import connect
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError

if TYPE_CHECKING:
    from pathlib import Path

OVERRIDE = "compute_endpoint_override"
URL = "http://127.0.0.1:9/v3"
AUTH = {"auth_url": URL, "username": "deployer", "password": "p", "project_name": "staging", "user_domain_id": "d"}
PROD: dict[str, Any] = {
    "auth": {"auth_url": URL, "username": "admin", "password": "q", "project_id": "prod", "user_domain_id": "e"},
    "region_name": "north",
    "interface": "internal",
    "verify": False,
    "api_timeout": 7,
    OVERRIDE: URL,
}
OPENRC = {
    "OS_AUTH_URL": URL,
    "OS_USERNAME": "admin",
    "OS_PASSWORD": "q",
    "OS_PROJECT_ID": "prod",
    "OS_USER_DOMAIN_ID": "e",
    "OS_REGION_NAME": "north",
    "OS_INTERFACE": "internal",
    "OS_INSECURE": "true",
    "OS_CACERT": "/nowhere/ca.pem",
    "OS_CERT": "/nowhere/cert.pem",
    "OS_KEY": "/nowhere/key.pem",
    "OS_API_TIMEOUT": "7",
    "OS_COMPUTE_ENDPOINT_OVERRIDE": URL,
}
ENVIRONMENTS: dict[str, tuple[list[str], dict[str, str]]] = {
    "the only entry": (["prod"], {}),
    "one that is named": (["prod", "other"], {"OS_CLOUD": "prod"}),
    "one that is not there": (["prod"], {"OS_CLOUD": "nowhere"}),
    "variables": ([], OPENRC),
    "variables of another plugin": ([], {"OS_AUTH_TYPE": "v3applicationcredential"}),
}
FIELDS = ("region_name", "interface", "verify", "insecure", "cacert", "cert", "key", "api_timeout", OVERRIDE)


@pytest.fixture
def surround(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make an environment with the entries of clouds.yaml, all of them alike, and the variables."""

    def make(entries: list[str], variables: dict[str, str], **changed: Any) -> None:
        for name in [name for name in os.environ if name.startswith("OS_")]:
            monkeypatch.delenv(name)
        path = tmp_path / "clouds.yaml"
        clouds = {name: {**PROD, **changed} for name in entries}
        path.write_text(yaml.safe_dump({"clouds": clouds}), encoding="utf-8")
        for name, value in {"OS_CLIENT_CONFIG_FILE": str(path), **variables}.items():
            monkeypatch.setenv(name, value)

    return make


def settings(**options: Any) -> dict[str, Any]:
    config = connect(options).config.config
    return {"auth": config["auth"], **{name: config.get(name) for name in FIELDS}}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_with_auth_alone_nothing_comes_from_elsewhere(environment: str, surround: Any) -> None:
    surround(*ENVIRONMENTS[environment])

    unsaid = {**dict.fromkeys(FIELDS), "region_name": "", "interface": "public", "verify": True}
    assert settings(auth=AUTH) == {"auth": AUTH, **unsaid}
    assert settings(auth=AUTH, cloud="") == {"auth": AUTH, **unsaid}


def test_with_auth_alone_the_other_options_say_the_rest(surround: Any, tmp_path: Path) -> None:
    surround(["prod"], {})
    file = str(tmp_path / "clouds.yaml")

    said = {"region_name": "south", "interface": "admin", "api_timeout": 9}
    files = {"cert": file, "key": file}
    unsaid = {"auth": AUTH, OVERRIDE: None}
    found = settings(auth=AUTH, client_cert=file, client_key=file, validate_certs=False, **said)
    assert found == {**unsaid, **said, **files, "cacert": None, "verify": False, "insecure": True}
    found = settings(auth=AUTH, client_cert=file, client_key=file, ca_cert=file, **said)
    assert found == {**unsaid, **said, **files, "cacert": file, "verify": True, "insecure": None}


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ("the only entry", {}),
        ("variables", {}),
        ("one that is named", {}),
        ("the only entry", {"cloud": "prod"}),
        # A playbook looks up a variable that is not set.
        ("the only entry", {"cloud": ""}),
        ("variables", {"cloud": ""}),
        ("one that is named", {"cloud": ""}),
    ],
)
def test_without_auth_they_come_from_there(environment: str, options: dict[str, Any], surround: Any) -> None:
    entries, variables = ENVIRONMENTS[environment]
    surround(entries, {name: value for name, value in variables.items() if "/nowhere" not in value})

    found = settings(**options)
    assert (found["auth"], found["region_name"], found[OVERRIDE]) == (PROD["auth"], "north", URL)


def test_auth_is_laid_over_a_cloud_that_is_named(surround: Any) -> None:
    surround(["prod", "other"], {})

    found = settings(cloud="prod", auth={"password": "changed"})
    assert found["auth"] == {**PROD["auth"], "password": "changed"}
    assert found["region_name"] == "north"


@pytest.mark.parametrize("of_cloud", [{"insecure": True, "verify": True}, {"insecure": False}, {"verify": True}, {}])
@pytest.mark.parametrize("wanted", [True, False])
def test_the_option_decides_whether_certificates_are_verified(
    surround: Any, of_cloud: dict[str, bool], *, wanted: bool
) -> None:
    surround(["prod"], {}, **of_cloud)

    assert connect({"cloud": "prod", "validate_certs": wanted}).session.verify is wanted


@pytest.mark.parametrize("option", ["region_name", "ca_cert", "client_cert", "client_key", "auth_type"])
def test_an_empty_option_is_none(surround: Any, tmp_path: Path, option: str) -> None:
    """A playbook looks up a variable that is not set."""
    file = str(tmp_path / "clouds.yaml")
    surround(["prod"], {}, verify=True, cacert=file, cert=file, key=file)

    assert settings(cloud="prod", **{option: ""}) == settings(cloud="prod")


def test_a_password_of_digits_is_a_text(surround: Any) -> None:
    """The SDK makes one of it. Keystone would quote a number in its answer, where nothing masks it."""
    written, read = ({**PROD["auth"], "password": password} for password in (48151623, "48151623"))
    surround(["prod"], {}, auth=written)

    assert settings(cloud="prod")["auth"] == settings(auth=written)["auth"] == read


def test_what_the_environment_would_have_had_is_asked_for(surround: Any) -> None:
    surround([], OPENRC)

    with pytest.raises(CloudError, match=r"OS_\* variables are not read"):
        connect({"auth": {"username": "deployer"}})
