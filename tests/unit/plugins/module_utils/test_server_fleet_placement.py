# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import (
    distribute,
    free_batch_numbers,
    names_of_batch,
    surplus,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica


def replica(name: str, zone: str, created_at: str) -> Replica:
    return Replica(id=name, name=name, status="ACTIVE", zone=zone, created_at=created_at)


@pytest.mark.parametrize(
    ("number", "zones", "present", "expected"),
    [
        (0, ["a", "b"], [], {}),
        (3, None, [], {None: 3}),
        (3, ["a", "b"], [], {"a": 2, "b": 1}),
        (2, ["a", "b"], ["a", "a"], {"b": 2}),
        (1, ["b", "a"], [], {"b": 1}),
        (2, ["a", "b", "c"], ["b"], {"a": 1, "c": 1}),
        (2, ["a", "b"], ["gone", "gone", None], {"a": 1, "b": 1}),
    ],
)
def test_distribute(number: int, zones: list[str] | None, present: list[str | None], expected: dict[str, int]) -> None:
    assert distribute(number, zones, present) == expected


@given(st.integers(0, 40), st.lists(st.sampled_from("abcd"), unique=True, min_size=1), st.integers(0, 9))
def test_distribution_from_balance_is_balanced(number: int, zones: list[str], rounds: int) -> None:
    present = zones * rounds

    created = distribute(number, zones, present)

    load = Counter({zone: rounds + created.get(zone, 0) for zone in zones})
    assert sum(created.values()) == number
    assert max(load.values()) - min(load.values()) <= 1


@pytest.mark.parametrize(
    ("replicas", "number", "drifted", "expected"),
    [
        pytest.param("a1 a2 b3", 0, "", "", id="none"),
        pytest.param("a1 a2 b3", -1, "", "", id="too few"),
        pytest.param("a2 a1 b0", 1, "", "a1", id="oldest of the fullest zone"),
        pytest.param("a1 a2 b0", 1, "a2", "a2", id="drifted before oldest"),
        pytest.param("a1 a2 b0", 1, "b0", "a1", id="balance before drift"),
        pytest.param("a1 a2 b3 b4", 2, "", "a1 b3", id="one of each zone"),
        pytest.param("a1 b2", 5, "", "a1 b2", id="all"),
    ],
)
def test_surplus(replicas: str, number: int, drifted: str, expected: str) -> None:
    placed = [replica(name, name[0], name[1]) for name in replicas.split()]

    assert [one.id for one in surplus(placed, number, drifted=drifted.split())] == expected.split()


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(0, 30))
def test_surplus_never_makes_balance_worse(zones: list[str], number: int) -> None:
    replicas = [replica(str(index), zone, str(index)) for index, zone in enumerate(zones)]
    chosen = surplus(replicas, number)
    left = [one for one in replicas if one not in chosen]

    def imbalance(some: list[Replica]) -> int:
        load = Counter(one.zone for one in some)
        counts = [load[zone] for zone in set(zones)]
        return max(counts, default=0) - min(counts, default=0)

    assert len(chosen) == len({one.id for one in chosen}) == min(number, len(replicas))
    assert imbalance(left) <= max(1, imbalance(replicas))


@pytest.mark.parametrize(
    ("taken", "count", "expected"),
    [
        ([], 2, [1, 2]),
        (["chat-1-1", "chat-1-2", "chat-3-1"], 2, [2, 4]),
        (["chat-2"], 2, [1, 3]),
        (["other-1-1", "chat", "chat-x-1", "chat-1-1-1", "xchat-1-1"], 1, [1]),
    ],
)
def test_free_batch_numbers(taken: list[str], count: int, expected: list[int]) -> None:
    assert free_batch_numbers("chat", taken, count) == expected


def test_service_names_may_look_like_patterns() -> None:
    assert free_batch_numbers("a.b", ["axb-1-1"], 1) == [1]
    assert names_of_batch("a.b", 2, 2) == ("a.b-2-1", "a.b-2-2")
