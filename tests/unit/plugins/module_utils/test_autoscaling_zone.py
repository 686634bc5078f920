# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a zone's template tells Heat the size of its group."""

from __future__ import annotations

from typing import Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import zone_template

from .autoscaling_values import FULL

ZONE: dict[str, Any] = zone_template(FULL, "replica-1.yaml")["resources"]
SIZE = ZONE["group"]["properties"]["desired_capacity"]["yaql"]


def test_both_server_groups_count_for_the_size() -> None:
    for name in ("server_group", "server_group_2"):
        assert ZONE[name]["properties"]["policies"] == [FULL.policy]
        assert SIZE["data"][name] == {"get_attr": [name, "show", "members"]}


def test_a_zone_without_servers_gets_them_though_no_member_of_the_pool_is_well() -> None:
    size, well = SIZE["expression"].split(".assert(")
    there = "(coalesce($data.server_group, []).len() + coalesce($data.server_group_2, []).len()) = 0"

    assert f"{there} => $data.desired" in size
    assert f" or {there} or " in well
