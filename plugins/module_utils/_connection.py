# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From module options to a connection of openstacksdk."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    MissingLibraryError,
    sdk_errors,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._retry import retry_reads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openstack.connection import Connection

MINIMUM_SDK = "openstacksdk >= 4.5.0"
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


def sdk_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments for C(openstack.connect); options that are not given are left to clouds.yaml."""
    return {sdk: params[option] for option, sdk in _SDK_NAMES.items() if params.get(option) is not None}


def connect(params: Mapping[str, Any]) -> Connection:
    """Return a connection. No request is made before it is used.

    :raises MissingLibraryError: when openstacksdk is not installed
    :raises CloudError: when the configuration names no cloud or lacks something
    """
    try:
        # Imported here: it takes half a second, which wrong options need not cost.
        import openstack  # noqa: PLC0415
    except ImportError:
        raise MissingLibraryError(MINIMUM_SDK, traceback.format_exc()) from None
    try:
        conn = openstack.connect(app_name="model_serving.openstack", **sdk_arguments(params))
        session = conn.session
    except sdk_errors() as error:
        raise CloudError(
            "connect to",
            "cloud",
            params.get("cloud"),
            answer=str(error),
            hint="Name a cloud of clouds.yaml with option 'cloud' or OS_CLOUD, or give 'auth'.",
        ) from error
    if session.timeout is None:
        session.timeout = DEFAULT_API_TIMEOUT
    retry_reads(session.adapters)
    return conn
