# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling groups stay behind the load balancer that they are behind."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import joining_groups

from .test_elastic import GROUP, decided


@pytest.mark.parametrize(
    ("given", "former", "entered", "refused"),
    [
        ({"groups": (GROUP,)}, ["chat"], "q", True),
        ({"groups": (GROUP,)}, [], "", False),
        # What is new, or takes the place of a group, serves before anything is removed; a killed run gets there, too.
        ({}, ["chat"], "", False),
        ({"groups": (GROUP,), "options": {"enabled": False}}, ["chat"], "", False),
        ({"groups": (GROUP,)}, ["chat"], "p", False),
    ],
)
def test_a_group_does_not_change_its_load_balancer(
    given: dict[str, Any], former: list[str], entered: str, *, refused: bool
) -> None:
    joined = {"pools": [{"name": pool, "members": [{}]} for pool in entered]}
    found = list(joining_groups([decided(**given)], [{"name": name, "service": ""} for name in former], joined))

    assert bool(found) is refused
    assert all("autoscaling.enabled: false" in problem for problem in found)
