# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an autoscaling group is as Heat templates.

To renew the golden files after a change that is meant: C(UPDATE_GOLDEN=1 pytest THIS FILE), and read their diff.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_move import pools_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import PoolMember
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    as_it_is,
    next_side,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    Group,
    Healing,
    shares,
    templates,
    version_of,
    written,
)

from .autoscaling_values import FULL, GOLDEN, READINESS, REPLICA, SMALLEST, TEMPLATE, made_from, side_of, sides

HERE = Path(__file__).parent / "golden"


def replica_of(group: Group) -> dict[str, Any]:
    made = templates(group)
    (name,) = [name for name in made.files if name.startswith("replica-")]
    content: dict[str, Any] = json.loads(made.files[name])
    return content


def zone_of(group: Group) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(templates(group).files["zone.yaml"])
    return content


def replica_file(group: Group) -> str:
    return str(zone_of(group)["resources"]["group"]["properties"]["resource"]["type"])


@pytest.mark.parametrize("name", GOLDEN)
def test_templates_are_those_that_were_reviewed(name: str) -> None:
    made = templates(GOLDEN[name])
    content = {"template": made.template, "files": {file: text.splitlines() for file, text in made.files.items()}}
    # Threads of Heat's engine disturb each other in YAQL's parser: nothing that each replica evaluates is in it.
    assert json.dumps(content).count("yaql") == 1
    path = HERE / f"autoscaling_{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written(content) + "\n", encoding="utf-8")

    assert json.loads(path.read_text(encoding="utf-8")) == content


@pytest.mark.parametrize(
    "change", [{"zones": ("az2", "az1")}, {"policy": "anti-affinity"}, {"max_server_per_host": 2}, {"side": 1}]
)
def test_another_place_is_another_version(change: dict[str, Any]) -> None:
    """Within one version Heat would replace each server before its new one is ready."""
    before = replace(FULL, policy="soft-anti-affinity")

    assert replica_file(replace(before, **change)) != replica_file(before)


def test_the_order_of_a_replica_is_server_ready_drain_members() -> None:
    resources = replica_of(FULL)["resources"]
    by_kind = {name.split("_")[0]: name for name in resources}

    assert resources[by_kind["ready"]]["depends_on"] == by_kind["server"]
    assert resources[by_kind["drain"]]["depends_on"] == by_kind["ready"]
    members = {name: resource for name, resource in resources.items() if name.startswith("member_")}
    assert len(members) == 2
    assert all(member["depends_on"] == by_kind["drain"] for member in members.values())
    assert set(resources["settled"]["depends_on"]) == set(resources) - {"settled"}


@pytest.mark.parametrize(
    ("change", "gone"),
    [({"readiness": None}, {"ready", "handle"}), ({"drain": 0}, {"drain"}), ({"members": ()}, {"member", "drain"})],
)
def test_what_is_not_asked_for_is_not_there(change: dict[str, Any], gone: set[str]) -> None:
    kinds = {name.split("_")[0] for name in replica_of(replace(FULL, replica=replace(REPLICA, **change)))["resources"]}

    assert kinds == {"server", "handle", "ready", "drain", "member", "settled"} - gone


@pytest.mark.parametrize(
    "changed",
    [
        replace(REPLICA, template=replace(TEMPLATE, user_data="#cloud-config\n{}\n")),
        replace(REPLICA, template=replace(TEMPLATE, metadata={"stage": "test"})),
        replace(REPLICA, readiness=replace(READINESS, url="http://127.0.0.1:8080/other")),
        replace(REPLICA, members=(*REPLICA.members, PoolMember(pool="pool-3", protocol_port=8080))),
        replace(REPLICA, drain=31),
    ],
)
def test_each_change_of_a_replica_gives_the_group_another_type_of_member(changed: Any) -> None:
    """Heat replaces in batches only when a property of the group changed."""
    after = replace(FULL, replica=changed)

    assert replica_file(after) != replica_file(FULL)
    assert not {name for name in replica_of(FULL)["resources"] if name.startswith("server_")} & set(
        replica_of(after)["resources"]
    )


@pytest.mark.parametrize("change", [{"max_size": 20}, {"scaling": ()}, {"healing": None}])
def test_a_change_of_the_group_alone_replaces_no_replica(change: dict[str, Any]) -> None:
    after = replace(FULL, **change)

    assert replica_file(after) == replica_file(FULL)
    assert templates(after).digest() != templates(FULL).digest()


def test_zones_are_updated_one_after_another() -> None:
    root = templates(FULL).template["resources"]

    assert "depends_on" not in root["zone_1"]
    assert root["zone_2"]["depends_on"] == "zone_1"
    assert [root[f"zone_{number}"]["properties"]["max_size"] for number in (1, 2)] == [4, 4]
    assert [root[f"zone_{number}"]["properties"]["min_size"] for number in (1, 2)] == [2, 1]


def test_a_zone_that_goes_is_deleted_after_the_others_have_its_share() -> None:
    """Heat deletes at once what nothing needs, and without alarms nothing else needs all zones."""
    root = templates(FULL).template["resources"]

    assert root["all_zones"] == {
        "type": "OS::Heat::Value",
        "depends_on": ["zone_1", "zone_2"],
        "properties": {"value": ""},
    }


def test_every_alarm_signals_all_zones_alike() -> None:
    root = templates(FULL).template["resources"]
    alarms = {name: resource for name, resource in root.items() if name.startswith("alarm_")}

    assert alarms
    for name, alarm in alarms.items():
        step = name.removeprefix("alarm_")
        urls = [action["str_replace"]["params"]["URL"] for action in alarm["properties"]["alarm_actions"]]
        assert urls == [{"get_attr": ["zone_1", step]}, {"get_attr": ["zone_2", step]}]
        assert step in zone_of(FULL)["resources"]


def test_user_data_is_no_part_of_the_templates_themselves() -> None:
    secret = replace(SMALLEST, replica=replace(SMALLEST.replica, template=replace(TEMPLATE, user_data="#!secret")))
    files = {name: text for name, text in templates(secret).files.items() if "secret" in text}

    assert [name.split("-")[0] for name in files] == ["user_data"]


@pytest.mark.parametrize("side", [0, 1])
def test_in_another_pool_there_are_other_members_of_the_same_servers(side: int) -> None:
    """Otherwise a load balancer that was made again would cost every server."""
    members = tuple(replace(member, pool=f"new-{member.pool}") for member in REPLICA.members)
    after = replace(FULL, replica=replace(REPLICA, members=members), healing=Healing(pool="new-pool-1"))

    there = next_side(made_from(sides(FULL)[side]), sides(after))

    assert side_of(there) == side + 1
    assert replica_file(after) != replica_file(FULL)
    assert version_of(replica_file(after)) == version_of(replica_file(FULL))
    old, new = (replica_of(group)["resources"] for group in (FULL, after))
    assert {name for name in old if not name.startswith("member_")} == {
        name for name in new if not name.startswith("member_")
    }
    # Heat takes no other external id for a resource that is there.
    watched = [
        {name for name in zone_of(group)["resources"] if name.startswith("watched_pool")} for group in (FULL, after)
    ]
    assert not watched[0] & watched[1]


def test_members_that_change_places_are_the_same_version() -> None:
    """Two pools on one port are told apart by their order alone."""
    one, two = PoolMember(pool="b", protocol_port=8080), PoolMember(pool="a", protocol_port=8080)
    first, second = (replace(FULL, replica=replace(REPLICA, members=members)) for members in ((one, two), (two, one)))

    assert pools_of(replica_of(first)) == ["b", "a"]
    assert pools_of(replica_of(second)) == ["a", "b"]
    assert version_of(replica_file(first)) == version_of(replica_file(second))


def test_what_a_stack_was_made_from_is_found_on_either_side() -> None:
    first = sides(FULL)

    for made in first:
        stack = SimpleNamespace(tags=(f"model_serving.digest={made.digest()}",))
        assert as_it_is(cast("Any", stack), first) == made
    assert as_it_is(None, first) == first[0]


@given(total=st.integers(0, 200), zones=st.integers(1, 7))
def test_zones_get_balanced_shares(total: int, zones: int) -> None:
    found = shares(total, zones)
    assert sum(found) == total
    assert max(found) - min(found) <= 1
