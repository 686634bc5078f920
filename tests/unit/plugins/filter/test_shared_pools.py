# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups of servers that share a pool, of which some have members that somebody else keeps."""

from __future__ import annotations

from typing import Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

from .test_routing import VISION, servers


def test_members_of_a_shared_pool_are_declared_all_or_none() -> None:
    """A group that goes keeps its members for now, and those of the fleet in its place are needed no less."""
    groups: list[dict[str, Any]] = [
        {"servers": None, "server_port": 8080, "weight": 9},
        {"name": "a.canary", "servers": servers(1, 4), "server_port": 8080, "weight": 1, "routes": []},
        {"name": "a.vision", "servers": servers(1, 5), "server_port": 8080, "routes": VISION["routes"]},
    ]

    for order in (groups, [{**groups[1], "routes": []}, groups[0], groups[2]]):
        named = [{**group, "name": group.get("name", "a")} for group in order]
        shared, own = balancer_tree(named, protocol="HTTP", port=80, service="a")["pools"]
        assert "members" not in shared
        assert [member["address"] for member in own["members"]] == ["10.0.0.5"]
