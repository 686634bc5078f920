# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a zone's template tells Heat the size of its group."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import zone_template

from .autoscaling_values import FULL

ZONE: dict[str, Any] = zone_template(FULL, "replica-1.yaml")["resources"]
NAMES = ("server_group_1_anti_affinity_1", "server_group_2_anti_affinity_1")
SIZE = ZONE["group"]["properties"]["desired_capacity"]["yaql"]


def test_both_server_groups_count_for_the_size() -> None:
    for name in NAMES:
        assert ZONE[name]["properties"]["policies"] == [FULL.policy]
        assert SIZE["data"][name] == {"get_attr": [name, "show", "members"]}


def test_the_size_iterates_over_nothing() -> None:
    """Heat's YAQL iterates over 200 elements at most, and a zone may have more servers (decision 11)."""
    assert set(re.findall(r"(\w+)\(", SIZE["expression"])) == {
        "let",
        "switch",
        "coalesce",
        "len",
        "max",
        "min",
        "assert",
    }


def test_a_zone_without_servers_gets_them_though_no_member_of_the_pool_is_well() -> None:
    size, well = SIZE["expression"].split(".assert(")
    there = " + ".join(f"coalesce($data.{name}, []).len()" for name in NAMES)

    assert f"({there}) = 0 => $data.desired" in size
    assert f" or ({there}) = 0 or " in well


@pytest.mark.parametrize("change", [{"policy": "soft-anti-affinity"}, {"max_server_per_host": 2}], ids=str)
def test_a_server_group_that_does_something_else_is_another_one(change: dict[str, Any]) -> None:
    """By the same name Heat would make a third one when the change is taken back, and its servers anew."""
    after = zone_template(replace(FULL, **change), "replica-1.yaml")["resources"]

    assert not set(after) & set(NAMES)
    assert len(after) == len(ZONE)
