# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import SDKException

from .balancers import ADDRESSES, SUBNET, addresses, forwarded, left_behind, members, offered, set_status, tree

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules


def test_life(cloud: Connection, modules: Modules, balancer_name: str, provider: str) -> None:
    wanted = tree(provider, balancer_name)
    made = modules.converges("load_balancer", wanted)["load_balancer"]
    forwarded(cloud, made)

    set_status(made, "ERROR")
    healed = modules.converges("load_balancer", wanted)["load_balancer"]
    assert healed["id"] != made["id"]
    assert addresses(healed) == addresses(made)
    forwarded(cloud, healed)

    cloud.load_balancer.delete_load_balancer(healed["id"], ignore_missing=False, cascade=True)
    cloud.load_balancer.wait_for_delete(cloud.load_balancer.get_load_balancer(healed["id"]), interval=1, wait=120)
    again = modules.converges("load_balancer", wanted)["load_balancer"]
    kept = set(ADDRESSES) - ({"vip_port_id"} if provider == "ovn" else set())
    assert {key: again[key] for key in kept} == {key: made[key] for key in kept}
    forwarded(cloud, again)

    modules.converges("load_balancer", {"name": balancer_name, "state": "absent", "keep_address": True})
    assert not list(cloud.load_balancer.load_balancers(name=balancer_name))
    later = modules.converges("load_balancer", wanted)["load_balancer"]
    assert addresses(later) == addresses(again)
    forwarded(cloud, later)

    modules.converges("load_balancer", {"name": balancer_name, "state": "absent"})
    assert left_behind(cloud, balancer_name) == []


L7: dict[str, Any] = {
    "name": "canary",
    "action": "REDIRECT_TO_POOL",
    "redirect_pool": "canary",
    "rules": [
        {"type": "PATH", "compare_type": "STARTS_WITH", "value": "/v2/models/new"},
        {"type": "HEADER", "key": "X-Canary", "compare_type": "EQUAL_TO", "value": "yes"},
    ],
}
REJECT: dict[str, Any] = {
    "name": "forbid",
    "action": "REJECT",
    "rules": [{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/admin"}],
}


def fill(wanted: dict[str, Any]) -> None:
    """Use about every option."""
    (listener,), (pool,) = wanted["listeners"], wanted["pools"]
    wanted |= {"description": "of a test", "tags": ["a", "b"]}
    listener |= {
        "timeout_client_data": 60000,
        "timeout_member_data": 120000,
        "connection_limit": 500,
        "insert_headers": {"X-Forwarded-For": True, "X-Forwarded-Proto": "true"},
        "allowed_cidrs": ["198.51.100.0/24", "10.0.0.0/8"],
        "l7policies": [L7, REJECT],
    }
    pool |= {"lb_algorithm": "LEAST_CONNECTIONS", "session_persistence": {"type": "APP_COOKIE", "cookie_name": "s"}}
    pool["healthmonitor"] |= {"url_path": "/v2/health/ready", "http_version": "1.1", "domain_name": "model.example"}
    pool["members"] = [{**members(3)[2], "weight": 0, "monitor_port": 8081, "name": "x"}, members(1)[0]]
    wanted["pools"].append({"name": "canary", "protocol": "HTTP", "members": members(1)})


def clear(wanted: dict[str, Any]) -> None:
    """Take back what can be taken back, and change the order of the policies."""
    listener, pool = wanted["listeners"][0], wanted["pools"][0]
    listener |= {"l7policies": [REJECT, {**L7, "rules": L7["rules"][:1]}], "insert_headers": {}, "allowed_cidrs": []}
    pool |= {"session_persistence": {}, "healthmonitor": {"type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2}}
    pool["members"] = members(3)


def move(wanted: dict[str, Any]) -> None:
    """Another port, another pool, no policies, no monitor."""
    wanted["listeners"][0] |= {"protocol_port": 8000, "l7policies": [], "default_pool": "fresh"}
    wanted["pools"] = [{"name": "fresh", "protocol": "HTTP", "members": members(1), "healthmonitor": {}}]


def test_changes_in_place(cloud: Connection, modules: Modules, balancer_name: str) -> None:
    wanted = tree(offered(cloud, "amphora"), balancer_name)
    seen = [modules.converges("load_balancer", wanted)["load_balancer"]]
    for change in (fill, clear, move):
        change(wanted)
        seen.append(modules.converges("load_balancer", deepcopy(wanted))["load_balancer"])

    assert len({balancer["id"] for balancer in seen}) == 1
    _made, _filled, cleared, moved = seen
    assert [policy["name"] for policy in cleared["listeners"][0]["l7policies"]] == ["forbid", "canary"]
    # A drained member stays drained when its weight is not given.
    weights = {member["address"]: member["weight"] for member in cleared["pools"][1]["members"]}
    assert weights == {members(3)[0]["address"]: 1, members(3)[1]["address"]: 1, members(3)[2]["address"]: 0}
    assert [pool["name"] for pool in moved["pools"]] == ["fresh"]
    assert [(each["protocol_port"], each["default_pool"]) for each in moved["listeners"]] == [(8000, "fresh")]


def test_two_runs_at_once(cloud: Connection, modules: Modules, balancer_name: str, provider: str) -> None:
    """Octavia takes one change at a time and answers 409 meanwhile."""
    wanted = tree(provider, balancer_name)
    wanted["pools"][0].pop("members")
    modules.run("load_balancer", wanted)

    def start(member: dict[str, Any]) -> subprocess.Popen[str]:
        return modules.start("pool_members", {"load_balancer": balancer_name, "pool": "replicas", "members": [member]})

    running = [start(member) for member in members(3)]
    answers = [process.communicate()[0] for process in running]

    assert all('"changed": true' in answer for answer in answers), answers
    (pool,) = modules.run("pool_members_info", {"load_balancer": balancer_name})["pools"]
    assert len(pool["members"]) == 3
    assert len(list(cloud.load_balancer.members(pool["id"]))) == 3


def test_members(cloud: Connection, modules: Modules, balancer_name: str, provider: str) -> None:
    wanted = tree(provider, balancer_name)
    wanted["pools"][0].pop("members")
    modules.run("load_balancer", wanted)
    pool = {"load_balancer": balancer_name, "pool": "replicas"}
    one, two, three = members(3)

    def addresses_of(answer: dict[str, Any]) -> set[str]:
        return {member["address"] for member in answer["pool"]["members"]}

    modules.converges("pool_members", {**pool, "members": [one, {**two, "name": "two", "subnet": SUBNET}]})
    modules.converges("pool_members", {**pool, "members": [one], "state": "drained", "wait_for_members": "all"})
    assert modules.run("load_balancer", wanted)["changed"] is False
    refused = modules.fails("pool_members", {**pool, "members": [two], "wait_for_members": "all", "timeout": 15})
    assert two["address"] in refused["msg"]
    added = modules.converges("pool_members", {**pool, "members": [three]})
    assert addresses_of(added) == {each["address"] for each in (one, two, three)}
    exact = modules.converges("pool_members", {**pool, "members": [one, three], "purge": True})
    assert addresses_of(exact) == {one["address"], three["address"]}
    # The provider ovn reports members one by one: a balancer that is ACTIVE need not be done with all of them.
    listed = cloud.load_balancer.members(exact["pool"]["id"])
    assert {member.address for member in listed} == addresses_of(exact)
    gone = modules.converges("pool_members", {**pool, "members": [one], "state": "absent"})
    assert addresses_of(gone) == {three["address"]}


@pytest.mark.parametrize("write", [1, 2, 3])
def test_killed_run_is_completed(cloud: Connection, modules: Modules, balancer_name: str, write: int) -> None:
    wanted = tree("ovn", balancer_name)

    modules.killed_after_write(write, "load_balancer", wanted)
    balancer = modules.run("load_balancer", wanted)["load_balancer"]

    assert len(left_behind(cloud, balancer_name)) == 3
    forwarded(cloud, balancer)
    assert modules.run("load_balancer", wanted)["changed"] is False


def test_bad_input_is_told_before_anything_is_made(cloud: Connection, modules: Modules, balancer_name: str) -> None:
    refused = modules.fails(
        "load_balancer", {**tree("amphora", balancer_name), "provider": "nobody", "vip_subnet": "nowhere"}
    )

    assert all(word in refused["msg"] for word in ("nobody", "nowhere"))
    assert left_behind(cloud, balancer_name) == []
    with pytest.raises(SDKException):
        cloud.load_balancer.find_load_balancer(balancer_name, ignore_missing=False)
