# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins for a domain or for the system, with which services list what is in any project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ..conftest import PROXIES
from ..documentation import MODULES

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

ABSENT: dict[str, Any] = {"name": "chat", "state": "absent"}
OPTIONS: dict[str, dict[str, Any]] = {
    "autoscaling_capacity": {"name": "chat", "desired_capacity": 3},
    "autoscaling_group": ABSENT,
    "autoscaling_group_info": {},
    "capacity_info": {},
    "load_balancer": ABSENT,
    "load_balancer_info": {},
    "pool_members": {"load_balancer": "chat", "pool": "chat", "members": []},
    "pool_members_info": {"load_balancer": "chat"},
    "replica": {"service": "chat", "server": "chat-1-1", "state": "absent"},
    "security_group": ABSENT,
    "security_group_info": {},
    "server_fleet": ABSENT,
    "server_fleet_info": {},
    "server_group": ABSENT,
    "server_group_info": {},
    "service_info": {},
    "traffic_info": {"url": "http://127.0.0.1", "load_balancer": "chat", "pool": "chat", "duration": 1},
}


@pytest.mark.parametrize("module", OPTIONS)
def test_no_module_begins_without_a_project(
    conn: Mock, run_module: RunModule, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr(type(conn), "current_project_id", None)

    told = run_module(module, OPTIONS[module])

    assert "and not for a project" in told["msg"]
    assert not [call for name in PROXIES for call in getattr(conn, name).mock_calls]


def test_that_is_all_modules() -> None:
    assert sorted(OPTIONS) == MODULES
