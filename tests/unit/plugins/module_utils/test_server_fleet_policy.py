# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import (
    UpdatePolicy,
    batches,
    update_policy,
    update_problems,
)

GIVEN: dict[str, Any] = {
    "update_policy": "rolling",
    "max_surge": None,
    "max_unavailable": None,
    "min_healthy_percentage": None,
    "max_healthy_percentage": None,
    "pause": 0,
    "on_failure": "rollback",
    "skip_matching": True,
    "drain_timeout": 30,
}


@pytest.mark.parametrize(
    ("options", "replicas", "expected"),
    [
        ({}, 3, (1, 0)),
        ({"max_unavailable": 1}, 3, (0, 1)),
        ({"max_unavailable": 0}, 3, (1, 0)),
        ({"max_surge": 2, "max_unavailable": 1}, 3, (2, 1)),
        ({"min_healthy_percentage": 90, "max_healthy_percentage": 100}, 10, (0, 1)),
        ({"min_healthy_percentage": 90}, 3, (0, 1)),
        ({"min_healthy_percentage": 50, "max_healthy_percentage": 150}, 3, (1, 1)),
        ({"min_healthy_percentage": 100, "max_healthy_percentage": 110}, 3, (1, 0)),
        ({"min_healthy_percentage": 100, "max_healthy_percentage": 200}, 3, (3, 0)),
        ({"min_healthy_percentage": 0, "max_healthy_percentage": 100}, 3, (0, 3)),
        ({"min_healthy_percentage": 100, "max_healthy_percentage": 100}, 3, (0, 1)),
        ({"update_policy": "recreate"}, 3, (0, 3)),
        ({"update_policy": "in_place"}, 3, (0, 1)),
        ({"update_policy": "in_place", "max_unavailable": 2}, 3, (0, 2)),
        ({"update_policy": "in_place", "max_surge": 3}, 3, (0, 1)),
        ({"update_policy": "in_place", "min_healthy_percentage": 100, "max_healthy_percentage": 200}, 3, (0, 1)),
        ({"update_policy": "in_place", "min_healthy_percentage": 50}, 4, (0, 2)),
    ],
)
def test_room(options: dict[str, Any], replicas: int, expected: tuple[int, int]) -> None:
    given_options = {**GIVEN, **options}

    assert update_problems(given_options) == []
    assert update_policy(given_options).room(replicas) == expected


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max_surge": 0}, "nothing could ever be replaced"),
        ({"max_surge": 0, "max_unavailable": 0}, "nothing could ever be replaced"),
        ({"max_surge": -1}, "'max_surge' must not be negative"),
        ({"max_surge": 1, "min_healthy_percentage": 50}, "not both"),
        ({"min_healthy_percentage": 101}, "from 0 to 100"),
        ({"max_healthy_percentage": 99}, "from 100 to 200"),
    ],
)
def test_problems(options: dict[str, Any], problem: str) -> None:
    (found,) = update_problems({**GIVEN, **options})

    assert problem in found


def test_batches() -> None:
    planned = [(batch.first, batch.last) for batch in batches("abcde", 2, 1)]

    assert planned == [(("a",), ("b", "c")), ((), ("d", "e"))]


@given(st.integers(0, 30), st.integers(0, 5), st.integers(0, 5))
def test_a_roll_never_leaves_the_room_it_has(replicas: int, surge: int, unavailable: int) -> None:
    if surge + unavailable == 0:
        surge = 1
    ids = [str(number) for number in range(replicas)]
    present = set(ids)
    for number, batch in enumerate(batches(ids, surge, unavailable)):
        present -= set(batch.first)
        assert len(present) >= replicas - unavailable
        present |= {f"new-{number}-{replica}" for replica in batch.ids}
        assert len(present) <= replicas + surge
        present -= set(batch.last)
    assert len(present) == replicas
    assert present.isdisjoint(ids)


def test_the_default_is_rolling_with_one_too_many() -> None:
    assert update_policy(GIVEN) == UpdatePolicy()
