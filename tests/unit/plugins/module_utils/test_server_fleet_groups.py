# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_groups import (
    Seats,
    alike,
    fallback_of,
    fallback_problem,
    family,
    first_name,
    namesakes,
    suitable,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

if TYPE_CHECKING:
    from collections.abc import Iterable


def group(name: str, *members: str, policy: str = "anti-affinity", rule: int | None = None) -> Group:
    return Group(id=f"id-{name}", name=name, policy=policy, max_server_per_host=rule, member_ids=members)


BASE = group("chat", "a", "b")
UNMADE: dict[str, Any] = {"id": "", "name": "chat_2", "member_ids": ()}


def names(groups: Iterable[Group]) -> list[str]:
    return [one.name for one in groups]


def test_further_groups_are_called_like_the_first() -> None:
    others = [group("chat_3"), group("chat_2"), BASE, group("chat_soft"), group("chat_2_1"), group("chatter_2")]

    found = namesakes(BASE, [*others, group("chat-2"), group("chat_x")])

    assert names(found) == ["chat_soft", "chat_2", "chat_3"]
    assert {first_name(one.name) for one in (BASE, *found, group("chat_soft2"))} == {"chat"}
    assert first_name("chat_soft_2") == "chat_soft"


def test_family_is_known_by_its_members() -> None:
    named = [
        group("chat_soft", "c", policy="soft-anti-affinity"),
        group("chat_2", "d", "of somebody else"),
        group("chat_3", "of somebody else"),
        group("chat_4"),
        group("chat_5", "e", policy="affinity"),
    ]

    assert names(family(BASE, named, "chat", ["a", "b", "c", "d", "e"])) == ["chat", "chat_soft", "chat_2", "chat_5"]


def test_replicas_may_be_where_they_are_kept_apart_as_the_first_group_says() -> None:
    groups = [
        BASE,
        group("chat_soft", policy="soft-anti-affinity"),
        group("chat_2", rule=1),
        group("chat_soft2", policy="soft-anti-affinity"),
        group("chat_3", rule=2),
        group("chat_4", policy="soft-anti-affinity"),
    ]

    assert names(suitable(BASE, groups)) == ["chat", "chat_soft", "chat_2", "chat_soft2"]
    assert names(suitable(BASE, [group("chat_soft")])) == []
    # As check mode knows a first group that is still to be made.
    assert names(suitable(group("chat", policy=""), groups[1:3])) == ["chat_soft", "chat_2"]


def test_only_what_keeps_its_members_apart_in_the_same_way_takes_the_place_of_a_group() -> None:
    """And only where the next run lets them be."""
    soft, soft2 = (group(name, policy="soft-anti-affinity") for name in ("chat_soft", "chat_soft2"))
    groups = [BASE, soft, soft2, group("chat_2"), group("chat_3", policy="soft-anti-affinity"), group("chat_soft3")]

    assert names(alike(BASE, BASE, groups)) == ["chat", "chat_2"]
    assert names(alike(BASE, soft, groups)) == ["chat_soft", "chat_soft2"]


def test_an_empty_group_is_the_fleets_behind_a_name_that_nobody_else_gives() -> None:
    """Otherwise what a run that was killed left would pile up."""
    base, empty = group("model_serving.chat"), group("model_serving.chat_2")

    assert names(family(base, [empty], "chat", [])) == ["model_serving.chat", "model_serving.chat_2"]
    assert names(family(base, [empty], "search", [])) == ["model_serving.chat"]


def test_a_new_group_has_a_name_of_its_own() -> None:
    seats = Seats(BASE, [BASE], 2, taken=["chat_2"])

    assert names(one for one, _count in seats.take(1)) == ["chat_3"]


def test_new_replicas_join_the_others() -> None:
    seats = Seats(BASE, [BASE, group("chat_2")], 10)

    assert seats.take(2) == [(BASE, 2)]


def test_new_replicas_do_not_join_a_group_of_another_policy() -> None:
    """The group that some fell back to has room, and would not keep them apart."""
    seats = Seats(BASE, [BASE, group("chat_soft", "c", policy="soft-anti-affinity")], 2)

    assert names(one for one, _count in seats.take(1)) == ["chat_2"]


def test_new_replicas_do_not_join_a_group_of_another_rule() -> None:
    seats = Seats(group("chat", rule=2), [group("chat", rule=2), group("chat_2", "a", "b")], 10)

    assert names(one for one, _count in seats.take(1)) == ["chat"]


def test_a_full_group_is_left_and_a_new_one_made() -> None:
    seats = Seats(BASE, [BASE], 3)

    taken = [(one.name, count) for one, count in seats.take(5)]

    assert taken == [("chat", 1), ("chat_2", 3), ("chat_3", 1)]
    assert [one.name for one in seats.made] == ["chat_2", "chat_3"]


def test_what_is_kept_apart_gets_another_group_once() -> None:
    seats = Seats(BASE, [BASE], 10)

    first = seats.take(1, apart_from=("a", "b"))
    seats.leave(["a"])
    second = seats.take(1, apart_from=("b",))

    assert [one.name for one, _count in first + second] == ["chat_2", "chat_2"]
    assert len(seats.made) == 1


def test_where_others_stay_a_new_replica_is_kept_apart_from_these_if_it_can_be() -> None:
    both, spare = group("chat", "a", "b"), group("chat_2")
    seats = Seats(both, [both, spare], 10)

    ((taken, _count),) = seats.take(1, apart_from=["a"], beside=["b"])

    assert taken == both
    assert seats.otherwise(both, ["a"], 1) == spare
    assert seats.otherwise(spare, ["a"], 1) is None
    assert Seats(both, [both, spare], 2).take(1, apart_from=["a"], beside=["b"]) == [(spare, 1)]


def test_the_group_for_those_that_find_no_host_is_made_only_for_them() -> None:
    seats = Seats(BASE, [BASE], 10)
    seats.take(1, apart_from=["a"], beside=["b"])

    assert [seats.otherwise(BASE, ["a"], 1) for _batch in range(2)] == [replace(BASE, **UNMADE)] * 2
    assert seats.made == []


def test_back_and_forth_between_two_groups() -> None:
    twin = group("chat_2", "a", "b")
    seats = Seats(group("chat"), [group("chat"), twin], 10)

    ((taken, count),) = seats.take(2, apart_from=("a", "b"))
    assert (taken.name, count) == ("chat", 2)
    assert seats.unused() == []
    seats.leave(["a", "b"])
    assert seats.unused() == [twin]


def test_the_group_of_the_user_is_never_unused() -> None:
    assert Seats(group("chat"), [group("chat")], None).unused() == []


@given(st.integers(0, 40), st.integers(1, 12))
def test_no_group_has_more_members_than_nova_takes(count: int, limit: int) -> None:
    seats = Seats(group("chat"), [group("chat")], limit)

    taken = seats.take(count)

    assert sum(number for _group, number in taken) == count
    assert max((len(members) for members in seats.members.values()), default=0) <= limit


def test_memberships_are_counted_when_old_members_leave_first() -> None:
    old = [f"s{number}" for number in range(25)]
    groups = [group("chat", *old[:10]), group("chat_2", *old[10:20]), group("chat_3", *old[20:])]
    seats = Seats(groups[0], groups, 10)
    given: dict[str, int] = {one.name: len(one.member_ids) for one in groups}

    for number, key in enumerate(old):
        seats.leave([key])
        given[groups[number // 10].name] -= 1
        for chosen, count in seats.take(1):
            given[chosen.name] = given.get(chosen.name, 0) + count
        assert max(given.values()) <= 10


@pytest.mark.parametrize(("policy", "expected"), [("anti-affinity", "chat_soft"), ("soft-anti-affinity", None)])
def test_fallback(policy: str, expected: str | None) -> None:
    found = fallback_of(group("chat", policy=policy), [])

    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (["soft-anti-affinity"], "id-chat_soft"),
        (["affinity"], None),
        (["anti-affinity"], None),
        (["affinity", "soft-anti-affinity"], "id-chat_soft"),
    ],
)
def test_a_group_that_is_there_is_a_fallback_when_it_is_soft(policies: list[str], expected: str | None) -> None:
    found = fallback_of(BASE, [group("chat_soft", policy=policy) for policy in policies])

    assert (found and (found.id, found.policy)) == (expected and (expected, "soft-anti-affinity"))


def test_of_several_soft_groups_the_emptiest_of_the_fleet_is_used() -> None:
    soft = group("chat_soft", "a", "b", policy="soft-anti-affinity")
    second, theirs = (group(f"chat_soft{n}", *"c" * n, policy="soft-anti-affinity") for n in (1, 0))

    assert fallback_of(BASE, [soft, second, theirs], own=[BASE, soft, second]) == second
    assert fallback_of(BASE, [second], own=[BASE, second]) == second
    # What the warning is about is so whatever else there is.
    foreign = group("chat_soft", policy="affinity")
    assert fallback_of(BASE, [foreign, second], own=[BASE, second]) is None
    assert fallback_problem(BASE, [foreign, second])
    assert fallback_problem(BASE, [second]) is None
