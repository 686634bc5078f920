# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused of any option, with where it is.

Values at which Ansible's own validator breaks, numbers that no service keeps, names that are empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import LARGEST, number_problems

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

SPEC: dict[str, Any] = {
    "timeout": {"type": "int"},
    "ports": {"type": "list", "elements": "int"},
    "rules": {"type": "list", "elements": "dict", "options": {"port": {"type": "int"}}},
    "volume": {"type": "dict", "options": {"size": {"type": "float"}}},
}


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"timeout": LARGEST + 1}, "'timeout' is beyond 2147483647"),
        ({"timeout": -1}, "'timeout' is -1, but must not be negative"),
        ({"ports": [1, 10**400]}, "'ports[1]' is beyond"),
        ({"rules": [{"port": 1}, {"port": -(10**30)}]}, "'rules[1].port' is beyond"),
        ({"volume": {"size": float("nan")}}, "'volume.size' is nan, but must be a number"),
    ],
)
def test_numbers_beyond_reason(params: dict[str, Any], problem: str) -> None:
    (found,) = number_problems(SPEC, params)
    assert found.startswith(problem)


def test_other_numbers_are_fine() -> None:
    params = {"timeout": LARGEST, "ports": [0, -1], "rules": [{"port": 1}, {}], "volume": None}
    assert number_problems(SPEC, params) == []


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("security_group", {"name": "a", "rules": [{"port_range_min": float("inf")}]}, "'rules' is [{'port_range_min'"),
        ("server_fleet", {"name": "a", "boot_volume": -1}, "'boot_volume' is -1, which cannot be read as dict"),
        ("server_fleet", {"name": "a", "replicas": 2**40}, "'replicas' is beyond"),
        ("server_fleet", {"name": "a", "replicas": 10001}, "'replicas' is 10001, but 10000 are the most"),
        ("replica", {"service": "", "server": "a", "state": "absent"}, "'service' is empty"),
        ("server_group", {"name": None, "policy": "affinity"}, "'name' is empty"),
        (
            "server_fleet",
            {"name": "a", "replicas": 1, "pools": [{"pool": "", "protocol_port": 1}]},
            "'pools[0].pool' is empty",
        ),
        ("server_group", {"name": "a", "policy": "affinity", "max_server_per_host": 10**400}, "is beyond"),
    ],
)
def test_modules_refuse_them(
    conn: Mock, run_module: RunModule, name: str, arguments: dict[str, Any], problem: str
) -> None:
    given = {"image": "a", "flavor": "b", "networks": ["c"], **arguments} if name == "server_fleet" else arguments
    answer = run_module(name, given)

    assert answer["failed"] is True
    assert problem in answer["msg"]
    assert conn.compute.method_calls == conn.network.method_calls == []


def test_a_secret_that_cannot_be_read_is_not_shown(run_module: RunModule) -> None:
    answer = run_module("server_group", {"name": "a", "policy": "affinity", "auth": 12345, "max_server_per_host": "x"})

    assert "12345" not in str(answer)
