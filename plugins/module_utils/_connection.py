# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From module options to a connection of openstacksdk."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ansible.module_utils.compat.version import LooseVersion

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    InvalidInputError,
    MissingLibraryError,
    ModelServingError,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import request_problem, unreasonable
from ansible_collections.model_serving.openstack.plugins.module_utils._retry import retry_reads
from ansible_collections.model_serving.openstack.plugins.module_utils._secrets import is_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openstack.connection import Connection

MINIMUM_SDK = "openstacksdk >= 4.22"
DEFAULT_API_TIMEOUT = 120
"""Seconds for one request when neither the option nor clouds.yaml says anything; the SDK would wait for ever."""

_SDK_NAMES = {
    "cloud": "cloud",
    "auth": "auth",
    "auth_type": "auth_type",
    "region_name": "region_name",
    "interface": "interface",
    "validate_certs": "verify",
    "ca_cert": "cacert",
    "client_cert": "cert",
    "client_key": "key",
    "api_timeout": "api_timeout",
}

_NO_NAME = (
    "'cloud' is not the name of an entry of clouds.yaml; give what such an entry has as 'auth', 'region_name' and so on"
)
_HINT = "Name a cloud of clouds.yaml with option 'cloud' or OS_CLOUD, or give 'auth'."
_ALONE_HINT = "With 'auth' and without 'cloud', only the options count: clouds.yaml and OS_* variables are not read."


def sdk_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments for C(openstack.connect); options that are not given are left to clouds.yaml.

    Nor are those given that are empty: a variable that is not set is looked up as empty.
    """
    given = {sdk: value for option, sdk in _SDK_NAMES.items() if (value := params.get(option)) not in (None, "")}
    # For the SDK, a cloud that is 'insecure' is so whatever 'verify' says.
    return {**given, "insecure": not given["verify"]} if "verify" in given else given


def cloud_of(params: Mapping[str, Any]) -> str | None:
    """Return the name of the cloud, None when there is none."""
    return params.get("cloud") or None


def connect(params: Mapping[str, Any]) -> Connection:
    """Return a connection. No request is made before it is used.

    :raises MissingLibraryError: when openstacksdk is not installed
    :raises ModelServingError: when it is too old
    :raises CloudError: when the configuration names no cloud, lacks something or makes no sense
    :raises InvalidInputError: when no request could be made with it
    """
    if is_content(params.get("cloud")):
        # Not shown, because messages of the SDK and of ours would have the password.
        raise InvalidInputError([_NO_NAME])
    try:
        # Imported here: it takes half a second, which wrong options need not cost.
        import openstack  # noqa: PLC0415
    except ImportError:
        raise MissingLibraryError(MINIMUM_SDK, traceback.format_exc()) from None
    _refuse_old_sdk()
    # The SDK would lay 'auth' over the cloud of the environment: this one's user in that one's project.
    elsewhere = not _stands_alone(params)
    with _told(params):
        conn = openstack.connect(
            app_name="model_serving.openstack",
            load_yaml_config=elsewhere,
            load_envvars=elsewhere,
            **sdk_arguments(params),
        )
        session = conn.session
    if problems := list(_problems(conn.config.config, session.timeout, params)):
        raise InvalidInputError(problems)
    if session.timeout is None:
        session.timeout = DEFAULT_API_TIMEOUT
    _leave_to_us(conn)
    retry_reads(session.adapters)
    return conn


def _leave_to_us(conn: Connection) -> None:
    """Turn off what its defaults and C(clouds.yaml) can make the SDK do on top of what is done here.

    It would repeat writes whose answers were lost, too, and wait for as long as a service says. From its cache, whoever
    waits for a change would get old answers; and it is not made for threads (C(openstack/proxy.py)).
    """
    config = conn.config.config
    for name in config:
        if name.endswith(("connect_retries", "status_code_retries")):
            config[name] = 0
    conn.cache_enabled = False


def _refuse_old_sdk() -> None:
    """Say that the SDK is too old, because what it lacks would be found out in the middle of a run, one by one."""
    library, _at_least, oldest = MINIMUM_SDK.split()
    try:
        found = version(library)
    except PackageNotFoundError:
        # Without its metadata, nothing says that it is too old.
        return
    if LooseVersion(found) < LooseVersion(oldest):
        raise ModelServingError(
            f"{MINIMUM_SDK} is needed, but the Python that runs the module ({sys.executable}) has {found}"
        )


def _stands_alone(params: Mapping[str, Any]) -> bool:
    """Return whether the options are all that counts."""
    return params.get("auth") is not None and cloud_of(params) is None


@contextmanager
def _told(params: Mapping[str, Any]) -> Iterator[None]:
    """Turn whatever the SDK says to a configuration into our error: in clouds.yaml and in C(auth) can be anything."""
    try:
        yield
    except Exception as error:
        raise CloudError(
            "connect to",
            "cloud",
            cloud_of(params),
            answer=str(error) or type(error).__name__,
            hint=_ALONE_HINT if _stands_alone(params) else _HINT,
        ) from error


def _problems(config: Mapping[str, Any], timeout: float | None, params: Mapping[str, Any]) -> Iterator[str]:
    """Return what would break the first request, which has no error of the SDK's for it.

    :param timeout: seconds for a request, of the session: the SDK's configuration has some of them as a text
    """
    if problem := unreasonable(timeout) or request_problem(timeout):
        yield f"'api_timeout' {problem}"
    verified = config.get("verify", True) and not config.get("insecure")
    for option in ("ca_cert", "client_cert", "client_key") if verified else ("client_cert", "client_key"):
        path = config.get(_SDK_NAMES[option])
        # A directory can have certificates of authorities, too. pathlib raises errors about paths that are too long.
        if path and not os.path.exists(os.path.expanduser(str(path))):  # noqa: PTH110, PTH111
            origin = "" if params.get(option) else f" of clouds.yaml ({_SDK_NAMES[option]!r} there)"
            yield f"{option!r}{origin} is {path!r}, but there is no such file"
