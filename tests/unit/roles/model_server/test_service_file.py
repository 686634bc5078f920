# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service file says about models and runtimes is what the role takes."""

from __future__ import annotations

from typing import Any

import pytest

from ...plugins.documentation import role_options

SERVICE = role_options("preflight", "service")["model_service"]["options"]
OPTIONS = role_options("model_server")


def bare(option: dict[str, Any]) -> dict[str, Any]:
    """An option without the words that describe it."""
    kept = {key: value for key, value in option.items() if key not in ("description", "options")}
    return kept | {"options": {name: bare(inner) for name, inner in option.get("options", {}).items()}}


@pytest.mark.parametrize(
    ("option", "role_option"),
    [
        ("runtime", "model_server_runtime"),
        ("runtime_options", "model_server_runtime_options"),
        ("models", "model_server_models"),
        ("object_storage", "model_server_object_storage"),
        ("drain_seconds", "model_server_drain_seconds"),
        ("log_to_console", "model_server_log_to_console"),
    ],
)
def test_both_take_the_same(option: str, role_option: str) -> None:
    assert bare(SERVICE[option]) == bare(OPTIONS[role_option])


@pytest.mark.parametrize("option", ["runtime", "runtime_options", "models"])
def test_a_fleet_takes_what_its_service_takes(option: str) -> None:
    fleet, service = bare(SERVICE["fleets"]["options"][option]), bare(SERVICE[option])
    # What a fleet does not say is as for the service, so it has no default and nothing is required.
    assert {**fleet, "default": 0, "required": 0} == {**service, "default": 0, "required": 0}
