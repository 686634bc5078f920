# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool with members, and what the module pool_members is given for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fake_octavia import Octavia

if TYPE_CHECKING:
    from unittest.mock import Mock

FULL = {"name": "one", "weight": 0, "backup": True, "monitor_port": 8081, "tags": ["x"], "subnet_id": "s1"}
ONE = {"address": "10.0.0.1", "protocol_port": 80}
TWO = {"address": "10.0.0.2", "protocol_port": 80}
THREE = {"address": "10.0.0.3", "protocol_port": 80}


def pool_of_two(conn: Mock) -> Octavia:
    """Return an Octavia with a pool of two members, one of them drained."""
    made = Octavia(conn)
    made.create_tree(
        {
            "name": "chat",
            "provider": "amphora",
            "pools": [{"name": "replicas", "protocol": "HTTP", "members": [{**ONE, **FULL}, TWO]}],
        }
    )
    made.rows["loadbalancers"]["loadbalancer1"]["provisioning_status"] = "ACTIVE"
    return made


def set_members(members: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    return {"pool": "replicas", "members": members, **options}


def found(octavia: Octavia) -> dict[str, dict[str, Any]]:
    return {row["address"]: row for row in octavia.members("pool2")}


def puts(octavia: Octavia) -> list[Any]:
    return [body for method, _path, body in octavia.requests if method == "PUT"]
