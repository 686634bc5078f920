# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import Octavia, response
from .members_of_pool import FULL, ONE, THREE, TWO, found, pool_of_two, puts, set_members

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule


@pytest.fixture
def octavia(conn: Mock) -> Octavia:
    return pool_of_two(conn)


def test_adds_without_touching_the_others(octavia: Octavia, run_module: RunModule) -> None:
    answer = run_module("pool_members", set_members([THREE]))

    (sent,) = puts(octavia)
    assert [member["address"] for member in sent["members"]] == ["10.0.0.3"]
    assert answer["actions"] == ["set members of pool 'replicas': add 10.0.0.3:80"]
    assert [member["address"] for member in answer["pool"]["members"]] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


@pytest.mark.parametrize(("versions", "sent"), [(["v2.0", "v2.9"], 3), (["v2.10", "v2.2"], 3), (["v2.11", "v2.9"], 1)])
def test_an_octavia_that_cannot_add_members_is_told_all(
    octavia: Octavia, run_module: RunModule, monkeypatch: pytest.MonkeyPatch, versions: list[str], sent: int
) -> None:
    octavia.root = {"versions": [{"id": version} for version in versions]}
    change = octavia._set_members
    if sent > 1:
        monkeypatch.setattr(octavia, "_set_members", lambda *given, additive: change(*given, additive=False))  # noqa: ARG005

    run_module("pool_members", set_members([THREE]))

    assert [len(body["members"]) for body in puts(octavia)] == [sent]
    assert set(found(octavia)) == {"10.0.0.1", "10.0.0.2", "10.0.0.3"}
    assert found(octavia)["10.0.0.1"]["weight"] == 0


@pytest.mark.parametrize("root", [None, "hello", [], {}, {"versions": None}, {"versions": [{}]}, {"versions": ["v2"]}])
def test_an_octavia_that_does_not_tell_its_version_is_taken_for_a_new_one(
    octavia: Octavia, run_module: RunModule, root: Any
) -> None:
    octavia.root = root

    assert "failed" not in run_module("pool_members", set_members([THREE]))
    assert [len(body["members"]) for body in puts(octavia)] == [1]


def test_what_others_add_and_change_meanwhile_stays(octavia: Octavia, run_module: RunModule) -> None:
    """A Heat group adds a member, and somebody drains one, while the removal waits for the balancer."""

    def refuse_once(_method: str, _path: str) -> Response:
        octavia.add("members", owner="pool2", **THREE, weight=7, backup=False, name="heat")
        found(octavia)["10.0.0.1"]["weight"] = 3
        octavia.refuse = lambda _method, _path: None
        return response(409, {"faultstring": "Load Balancer loadbalancer1 is immutable and cannot be updated."})

    octavia.refuse = refuse_once

    answer = run_module("pool_members", set_members([TWO], state="absent"))

    assert "failed" not in answer
    assert {address: row["weight"] for address, row in found(octavia).items()} == {"10.0.0.1": 3, "10.0.0.3": 7}
    assert found(octavia)["10.0.0.1"]["backup"] is True


def test_a_member_that_never_reached_its_balancer_is_told_and_sent_again(
    octavia: Octavia, run_module: RunModule
) -> None:
    def lose(_balancer: dict[str, Any]) -> None:
        found(octavia)["10.0.0.3"]["provisioning_status"] = "ERROR"

    octavia.after = lose
    answer = run_module("pool_members", set_members([THREE]))
    assert "Octavia could not bring 10.0.0.3:80 to its load balancer" in answer["msg"]

    octavia.after = lambda _balancer: found(octavia)["10.0.0.3"].update(provisioning_status="ACTIVE")
    answer = run_module("pool_members", set_members([THREE]))
    assert answer["actions"] == ["set members of pool 'replicas': change 10.0.0.3:80 (again, its last change failed)"]
    assert run_module("pool_members", set_members([THREE]))["changed"] is False


def test_members_may_be_at_work_for_longer_than_their_balancer(octavia: Octavia, run_module: RunModule) -> None:
    """The provider ovn reports them one by one, and the balancer is ACTIVE after the first."""
    octavia.looks_until_active = 3

    answer = run_module("pool_members", set_members([THREE]))

    assert {member["provisioning_status"] for member in answer["pool"]["members"]} == {"ACTIVE"}


def test_second_run_sends_nothing(octavia: Octavia, run_module: RunModule) -> None:
    """The nearest peer crashes when the members of a pool of a named balancer are set for the second time."""
    arguments = set_members([ONE, THREE], load_balancer="chat")
    assert run_module("pool_members", arguments)["changed"] is True
    octavia.requests.clear()

    assert run_module("pool_members", arguments)["changed"] is False
    assert puts(octavia) == []


def test_purge_sets_exactly_these_in_one_request(octavia: Octavia, run_module: RunModule) -> None:
    run_module("pool_members", set_members([ONE, THREE], purge=True))

    assert len(puts(octavia)) == 1
    assert set(found(octavia)) == {"10.0.0.1", "10.0.0.3"}
    assert found(octavia)["10.0.0.1"]["weight"] == 0


def test_empty_purged_list_empties_the_pool(octavia: Octavia, run_module: RunModule) -> None:
    run_module("pool_members", set_members([], purge=True))

    assert found(octavia) == {}


def test_removes_and_leaves_the_others_as_they_are(octavia: Octavia, run_module: RunModule) -> None:
    before = {key: found(octavia)["10.0.0.1"][key] for key in FULL}

    run_module("pool_members", set_members([TWO, THREE], state="absent"))

    assert set(found(octavia)) == {"10.0.0.1"}
    assert {key: found(octavia)["10.0.0.1"][key] for key in FULL} == before


def test_check_mode_predicts_and_writes_nothing(octavia: Octavia, run_module: RunModule) -> None:
    predicted = run_module("pool_members", set_members([THREE]), check=True)

    assert puts(octavia) == []
    assert predicted["actions"] == run_module("pool_members", set_members([THREE]))["actions"]


def test_pool_that_an_earlier_task_would_have_made(octavia: Octavia, run_module: RunModule) -> None:
    arguments = {"pool": "to-be-made", "members": [ONE]}

    predicted = run_module("pool_members", arguments, check=True)
    assert (predicted["changed"], predicted["pool"]) == (True, None)
    assert "there is no pool 'to-be-made'" in run_module("pool_members", arguments)["msg"]
    assert run_module("pool_members", {**arguments, "state": "absent"})["changed"] is False
    assert puts(octavia) == []


def test_waits_while_the_balancer_is_changed_by_somebody_else(octavia: Octavia, run_module: RunModule) -> None:
    busy = iter([True, True, True])
    octavia.refuse = lambda _method, _path: (
        response(409, {"faultstring": "Load Balancer is immutable and cannot be updated."})
        if next(busy, None)
        else None
    )

    assert run_module("pool_members", set_members([THREE]))["changed"] is True
    assert "10.0.0.3" in found(octavia)


def test_refuses_what_the_provider_cannot_do(octavia: Octavia, run_module: RunModule) -> None:
    octavia.rows["loadbalancers"]["loadbalancer1"]["provider"] = "ovn"

    answer = run_module("pool_members", set_members([{**THREE, "weight": 5, "backup": True}]))

    assert len(answer["failure"]["problems"]) == 2
    assert puts(octavia) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (set_members([ONE, ONE]), "declared 2 times"),
        (set_members([{**ONE, "address": "web1"}]), "not an IP address"),
        (set_members([{**ONE, "weight": 257}]), "not between 0 and 256"),
        (set_members([ONE], state="absent", purge=True), "'state: present' only"),
        (set_members([ONE], wait_for_members="some"), "'all' or a number"),
    ],
)
def test_refuses_bad_options_before_any_call(
    octavia: Octavia, run_module: RunModule, arguments: dict[str, Any], message: str
) -> None:
    answer = run_module("pool_members", arguments)

    assert message in answer["msg"]
    assert octavia.requests == []


def test_refuses_to_wait_for_more_members_than_there_will_be(octavia: Octavia, run_module: RunModule) -> None:
    answer = run_module("pool_members", set_members([{**TWO, "weight": 3}, THREE], wait_for_members="3"))

    assert "2 members in rotation, and 3 are waited for" in answer["msg"]
    assert puts(octavia) == []


def test_says_which_pools_have_the_name(octavia: Octavia, run_module: RunModule) -> None:
    octavia.create_tree({"name": "other", "pools": [{"name": "replicas", "protocol": "TCP"}]})

    assert "say which with 'load_balancer'" in run_module("pool_members", set_members([ONE]))["msg"]
    assert run_module("pool_members", set_members([THREE], load_balancer="chat"))["changed"] is True


def test_says_which_load_balancers_have_the_name(octavia: Octavia, run_module: RunModule) -> None:
    octavia.create_tree({"name": "chat"})

    answer = run_module("pool_members", set_members([ONE], load_balancer="chat"))

    ids = ", ".join(octavia.rows["loadbalancers"])
    assert answer["msg"] == f"2 load balancers are named 'chat' ({ids}); give the id of the one that is meant"


def test_info_lists_pools_with_members(octavia: Octavia, run_module: RunModule) -> None:
    octavia.create_tree({"name": "other", "pools": [{"name": "spare", "protocol": "TCP"}]})

    (pool,) = run_module("pool_members_info", {"load_balancer": "chat"})["pools"]
    assert [member["address"] for member in pool["members"]] == ["10.0.0.1", "10.0.0.2"]
    assert len(run_module("pool_members_info")["pools"]) == 2
    assert run_module("pool_members_info", {"pool": "none"})["pools"] == []
    assert run_module("pool_members_info", {"load_balancer": "none"})["pools"] == []
