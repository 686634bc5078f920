# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan, differing
from ansible_collections.model_serving.openstack.plugins.module_utils._spread import spread


@pytest.mark.parametrize(
    ("wanted", "current", "different"),
    [
        ({"a": None}, {"a": 1}, {}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": ""}, {"a": "x"}, {"a": ""}),
        ({"a": 0}, {"a": 1}, {"a": 0}),
        ({"a": False}, {"a": None}, {"a": False}),
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"a": 1}, {}),
    ],
)
def test_differing(wanted: dict[str, Any], current: dict[str, Any], different: dict[str, Any]) -> None:
    assert differing(wanted, current) == different


def test_a_plan_without_actions_changes_nothing() -> None:
    assert not Plan(before={"a": 1}, after={"a": 1}).changed


def test_an_action_must_say_what_it_does() -> None:
    with pytest.raises(NotImplementedError):
        str(Action())


@pytest.mark.parametrize(
    ("hosts", "policy", "limit", "distinct", "violated"),
    [
        ([], "anti-affinity", None, 0, False),
        (["a", "b"], "anti-affinity", None, 2, False),
        (["a", "a"], "anti-affinity", None, 1, True),
        (["a", "a"], "anti-affinity", 2, 1, False),
        (["a", "a"], "soft-anti-affinity", None, 1, True),
        (["a", "a"], "affinity", None, 1, False),
        (["a", "b"], "soft-affinity", None, 2, True),
        ([None, None, ""], "anti-affinity", None, 0, False),
        (["a", "a"], None, None, 1, False),
    ],
)
def test_spread(hosts: list[str | None], policy: str | None, limit: int | None, distinct: int, violated: bool) -> None:
    found = spread(hosts, policy, limit)

    assert (found["servers"], found["distinct_hosts"], found["violated"]) == (len(hosts), distinct, violated)


def test_parallel_work_keeps_order_and_tries_all() -> None:
    tried: list[int] = []

    def work(number: int) -> int:
        tried.append(number)
        if number == 1:
            raise ValueError("one")
        return number * 2

    assert in_parallel(lambda number: number * 2, [3, 2]) == [6, 4]
    assert in_parallel(work, []) == []
    with pytest.raises(ValueError, match="one"):
        in_parallel(work, [1, 2, 3])
    assert sorted(tried) == [1, 2, 3]
