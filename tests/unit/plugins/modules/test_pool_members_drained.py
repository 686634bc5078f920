# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members that are taken out of rotation, and those that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .members_of_pool import FULL, ONE, THREE, TWO, found, pool_of_two, puts, set_members

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .fake_octavia import Octavia


@pytest.fixture
def octavia(conn: Mock) -> Octavia:
    return pool_of_two(conn)


def test_drained_member_stays_drained_and_keeps_all_it_has(octavia: Octavia, run_module: RunModule) -> None:
    before = dict(found(octavia)["10.0.0.1"])

    run_module("pool_members", set_members([{**ONE, "name": "renamed"}]))

    after = found(octavia)["10.0.0.1"]
    assert after["weight"] == 0
    assert {key: after[key] for key in FULL if key != "name"} == {key: before[key] for key in FULL if key != "name"}
    assert after["name"] == "renamed"


def test_drains(octavia: Octavia, run_module: RunModule) -> None:
    answer = run_module("pool_members", set_members([TWO, THREE], state="drained"))

    assert answer["actions"] == ["set members of pool 'replicas': change 10.0.0.2:80 (weight 1 -> 0)"]
    assert found(octavia)["10.0.0.2"]["weight"] == 0
    assert "10.0.0.3" not in found(octavia)


NO_BALANCER = "there is no load balancer 'chta' (there are: chat)"
NO_POOL = "there is no pool 'replcas' of load balancer 'chat' (there are: replicas)"
MISSPELT = [
    ({"load_balancer": "chta"}, NO_BALANCER),
    ({"load_balancer": "chat", "pool": "replcas"}, NO_POOL),
    ({"pool": "replcas"}, "there is no pool 'replcas' (there are: other, replicas)"),
]


@pytest.mark.parametrize(("where", "told"), MISSPELT)
def test_a_pool_that_is_not_there_is_told(
    octavia: Octavia, run_module: RunModule, where: dict[str, str], told: str
) -> None:
    """Whoever drains goes on to touch the replica: with a misspelt name, it would still get requests."""
    octavia.add("pools", name="other", protocol="TCP", lb_algorithm="ROUND_ROBIN", loadbalancer_id="")
    drain, remove = (set_members([TWO], state=state, **where) for state in ("drained", "absent"))

    assert run_module("pool_members", drain)["failure"]["problems"] == [told]
    absent = run_module("pool_members", remove)
    assert (absent["changed"], absent["warnings"]) == (False, [f"{told}; nothing is removed"])
    assert puts(octavia) == []
    looked_up = [
        query for _method, path, query in octavia.requests if path.endswith("/loadbalancers") and "name" in query
    ]
    assert len(looked_up) == (2 if "load_balancer" in where else 0)


def test_a_pool_that_an_earlier_task_would_have_made_has_nobody_to_drain(
    octavia: Octavia, run_module: RunModule
) -> None:
    answer = run_module("pool_members", set_members([TWO], state="drained", pool="to-be-made"), check=True)

    assert (answer["changed"], answer["pool"]) == (False, None)
    assert answer["warnings"] == ["there is no pool 'to-be-made'; going on as if an earlier task had made it"]
    assert puts(octavia) == []


@pytest.mark.parametrize("state", ["drained", "absent"])
@pytest.mark.parametrize(
    "more", [{"subnet": "gone before"}, {"weight": 300}, {"monitor_address": "x"}, {"tags": ["model_serving.owner=a"]}]
)
def test_all_but_address_and_port_mean_nothing(
    octavia: Octavia, run_module: RunModule, state: str, more: dict[str, Any]
) -> None:
    answer = run_module("pool_members", set_members([{**TWO, **more}], state=state))

    assert answer["changed"] is True
    assert len(puts(octavia)) == 1


def test_drains_by_disabling_where_there_are_no_weights(octavia: Octavia, run_module: RunModule) -> None:
    octavia.rows["loadbalancers"]["loadbalancer1"]["provider"] = "ovn"

    run_module("pool_members", set_members([TWO], state="drained"))

    assert found(octavia)["10.0.0.2"]["admin_state_up"] is False
    assert found(octavia)["10.0.0.2"]["weight"] == 1


@pytest.mark.parametrize(
    ("provider", "off"),
    [("amphora", {"weight": 0, "admin_state_up": True}), ("ovn", {"weight": 1, "admin_state_up": False})],
)
def test_notes_the_weight_until_the_member_is_brought_back_or_drained_by_hand(
    octavia: Octavia, run_module: RunModule, provider: str, off: dict[str, Any]
) -> None:
    octavia.rows["loadbalancers"]["loadbalancer1"]["provider"] = provider
    drained = set_members([TWO], state="drained")
    noted = {**drained, "note_weight": True}

    run_module("pool_members", noted)

    two = found(octavia)["10.0.0.2"]
    assert {key: two[key] for key in off} == off
    assert two["tags"] == ["model_serving.drained=1"]
    assert run_module("pool_members", noted)["changed"] is False

    assert run_module("pool_members", drained)["changed"] is True
    two = found(octavia)["10.0.0.2"]
    assert {key: two[key] for key in off} == off
    assert two["tags"] == []


def test_who_was_drained_by_hand_before_is_noted_as_such(octavia: Octavia, run_module: RunModule) -> None:
    run_module("pool_members", set_members([ONE], state="drained", note_weight=True))

    assert found(octavia)["10.0.0.1"]["tags"] == ["model_serving.drained=0", "x"]


def test_who_was_disabled_by_hand_before_is_noted_as_such(octavia: Octavia, run_module: RunModule) -> None:
    octavia.rows["loadbalancers"]["loadbalancer1"]["provider"] = "ovn"
    found(octavia)["10.0.0.2"]["admin_state_up"] = False

    run_module("pool_members", set_members([TWO], state="drained", note_weight=True))

    assert found(octavia)["10.0.0.2"]["tags"] == ["model_serving.drained=0"]


def test_a_weight_is_noted_of_drained_members_only(octavia: Octavia, run_module: RunModule) -> None:
    answer = run_module("pool_members", set_members([TWO], note_weight=True))

    assert "'note_weight' goes with 'state: drained' only" in answer["msg"]
    assert puts(octavia) == []


@pytest.mark.parametrize(
    ("provider", "status", "told"),
    [
        ("amphora", "DRAINING", ""),
        ("amphora", "ERROR", ""),
        ("ovn", "OFFLINE", ""),
        (
            "amphora",
            "ONLINE",
            "to have its members out of rotation: not so far: 10.0.0.2:80 ONLINE",
        ),
    ],
)
def test_waits_until_what_forwards_says_that_members_are_out_of_rotation(
    conn: Mock, octavia: Octavia, clock: FakeClock, run_module: RunModule, provider: str, status: str, told: str
) -> None:
    octavia.rows["loadbalancers"]["loadbalancer1"]["provider"] = provider
    octavia.add("healthmonitors", pool_id="pool2", type="TCP", delay=2, timeout=1, max_retries=1)
    get, member = conn.load_balancer.get.side_effect, found(octavia)["10.0.0.2"]

    def look(path: str, params: dict[str, Any] | None = None) -> Any:
        if clock.now > 20:
            member["operating_status"] = status
        return get(path, params)

    conn.load_balancer.get.side_effect = look

    answer = run_module("pool_members", set_members([TWO], state="drained", wait_for_members="all", timeout=60))

    assert told in answer.get("msg", "")
    assert clock.now > 20
    assert answer.get("failed", False) is bool(told)
