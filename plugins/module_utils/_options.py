# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs that several modules share. Each one has a doc fragment of the same name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

OptionType = Literal["str", "int", "float", "bool", "list", "dict", "path", "raw", "jsonarg", "json", "bytes", "bits"]


class Option(TypedDict, total=False):
    """One option of a module, as AnsibleModule understands it."""

    type: OptionType
    elements: OptionType
    required: bool
    default: Any
    choices: Sequence[Any]
    aliases: Sequence[str]
    no_log: bool
    options: Mapping[str, Option]
    mutually_exclusive: Sequence[Sequence[str]]


ArgumentSpec = Mapping[str, Option]

CONNECTION: ArgumentSpec = {
    "cloud": {"type": "str", "no_log": True},
    "auth": {"type": "dict", "no_log": True},
    "auth_type": {"type": "str"},
    "region_name": {"type": "str"},
    "interface": {"type": "str", "choices": ["public", "internal", "admin"]},
    "validate_certs": {"type": "bool"},
    "ca_cert": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "api_timeout": {"type": "int"},
}
STATE: ArgumentSpec = {"state": {"type": "str", "default": "present", "choices": ["present", "absent"]}}


def wait_options(timeout: int) -> ArgumentSpec:
    """Return C(wait) and C(timeout), the latter with a default in seconds that suits the resource."""
    return {"wait": {"type": "bool", "default": True}, "timeout": {"type": "int", "default": timeout}}


INSTANCE_TEMPLATE: ArgumentSpec = {
    "image": {"type": "str"},
    "flavor": {"type": "str"},
    "networks": {"type": "list", "elements": "str"},
    "security_groups": {"type": "list", "elements": "str"},
    "key_name": {"type": "str", "no_log": False},
    "user_data": {"type": "str", "no_log": True},
    "config_drive": {"type": "bool"},
    "metadata": {"type": "dict"},
}
REPLICA: ArgumentSpec = {
    "networks": {"type": "list", "elements": "raw"},
    "boot_volume": {
        "type": "dict",
        "options": {
            "size": {"type": "int", "required": True},
            "volume_type": {"type": "str"},
            "delete_on_termination": {"type": "bool", "default": True},
        },
    },
    "tags": {"type": "list", "elements": "str"},
    "description": {"type": "str"},
    "lock": {"type": "bool"},
}
"""What fleets and autoscaling groups take beside INSTANCE_TEMPLATE; C(networks) can have more than names."""
