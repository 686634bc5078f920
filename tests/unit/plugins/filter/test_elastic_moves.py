# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling groups stay in the pool and behind the load balancer that they are behind."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic_moves import joining_groups, moved_groups

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


@pytest.mark.parametrize(
    ("given", "actions", "is_moved"),
    [
        ({"groups": (GROUP,)}, ["create pool 'p'", "delete pool 'q' (id)"], True),
        ({"groups": (GROUP,)}, ["change pool 'p' (id): lb_algorithm"], False),
        # A pool that was lost is only made again.
        ({"groups": (GROUP,)}, ["create pool 'p'"], False),
        # A load balancer that was lost comes back with what its members were.
        ({"groups": (GROUP,)}, ["create load balancer 'chat' (1 listeners, 1 pools)"], False),
        ({}, ["create pool 'p'"], False),
        ({"groups": (GROUP,), "options": {"enabled": False}}, ["create pool 'p'"], False),
    ],
)
def test_a_group_keeps_its_pool_until_it_is_in_another_one(
    given: dict[str, Any], actions: list[str], *, is_moved: bool
) -> None:
    assert bool(list(moved_groups([decided(**given)], actions))) is is_moved
