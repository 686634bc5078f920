# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load balancers that do not take changes, are broken, or are used by several services, for real."""

from __future__ import annotations

import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from cloud import here

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arrival import NOBODY, held_tree
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

from .balancers import (
    SUBNET,
    addresses,
    directory,
    forwarded,
    hold_status,
    members,
    offered,
    set_status,
    supervise,
    tree,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openstack.connection import Connection

    from .conftest import Modules

HEADERS = {"X-Forwarded-For": "true"}


def changed(wanted: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {**wanted, "pools": [{**wanted["pools"][0], "members": members(3)}], **options}


def test_pending_is_waited_for(modules: Modules, balancer_name: str) -> None:
    wanted = tree("ovn", balancer_name)
    made = modules.run("load_balancer", wanted)["load_balancer"]
    hold_status(made, "PENDING_UPDATE")

    stuck = modules.fails("load_balancer", changed(wanted, timeout=4))
    assert "PENDING_UPDATE" in stuck["msg"]
    assert "only the operator of the cloud can free it" in stuck["msg"]
    assert made["id"] in stuck["msg"]

    later = threading.Timer(4, set_status, (made, "ACTIVE"))
    later.start()
    began = time.monotonic()
    done = modules.run("load_balancer", changed(wanted))
    later.join()
    assert time.monotonic() - began >= 4
    assert done["changed"] is True
    assert addresses(done["load_balancer"]) == addresses(made)
    assert len(done["load_balancer"]["pools"][0]["members"]) == 3


@pytest.mark.parametrize(("table", "kind"), [("listener", "listeners"), ("pool", "pools")])
def test_part_in_error_is_healed(modules: Modules, balancer_name: str, table: str, kind: str) -> None:
    wanted = tree("ovn", balancer_name)
    made = modules.run("load_balancer", wanted)["load_balancer"]
    hold_status(made[kind][0], "ERROR", table)

    healed = modules.converges("load_balancer", wanted)["load_balancer"]

    assert healed["id"] == made["id"]
    assert healed[kind][0]["provisioning_status"] == "ACTIVE"


@pytest.fixture
def amphora_name(cloud: Connection, balancer_name: str) -> str:
    offered(cloud, "amphora")
    return balancer_name


@pytest.fixture
def worker() -> Iterator[str]:
    """The program that does what Octavia's API takes; it runs again after the test."""
    directory()
    yield "octavia-worker"
    supervise("start", "octavia-worker")


def test_worker_that_stands_still(modules: Modules, amphora_name: str, worker: str) -> None:
    wanted = tree("amphora", amphora_name)
    made = modules.run("load_balancer", wanted)["load_balancer"]

    supervise("stop", worker)
    stuck = modules.fails("load_balancer", changed(wanted, timeout=15))
    assert "its status was PENDING_UPDATE" in stuck["msg"]
    assert "has lost its worker" in stuck["msg"]

    later = threading.Timer(5, supervise, ("start", worker))
    later.start()
    done = modules.run("load_balancer", changed(wanted, description="later"))["load_balancer"]
    later.join()

    assert done["provisioning_status"] == "ACTIVE"
    assert done["description"] == "later"
    assert len(done["pools"][0]["members"]) == 3
    assert addresses(done) == addresses(made)
    assert modules.run("load_balancer", changed(wanted, description="later"))["changed"] is False


def test_amphora_that_was_deleted(cloud: Connection, operator: Connection, modules: Modules, amphora_name: str) -> None:
    directory()
    wanted = tree("amphora", amphora_name)
    made = modules.run("load_balancer", wanted)["load_balancer"]
    for amphora in operator.load_balancer.amphorae(loadbalancer_id=made["id"]):
        operator.compute.delete_server(amphora.compute_id, ignore_missing=True)

    done = modules.run("load_balancer", changed(wanted, description="later", timeout=900))["load_balancer"]

    assert done["provisioning_status"] == "ACTIVE"
    assert done["description"] == "later"
    assert addresses(done) == addresses(made)
    forwarded(cloud, done)


def guest(owner: str, service: str) -> dict[str, Any]:
    rule = {"type": "PATH", "compare_type": "REGEX", "value": f"^/v2/models/{service}(/|$)"}
    policy = {"name": service, "action": "REDIRECT_TO_POOL", "redirect_pool": service, "rules": [rule]}
    listener = {"name": "in", "protocol": "HTTP", "protocol_port": 80, "l7policies": [policy]}
    pool = {"name": service, "protocol": "HTTP", "members": members(1)}
    return {"name": owner, "service": service, "listeners": [listener], "pools": [pool]}


def test_services_come_and_go_one_by_one(cloud: Connection, modules: Modules, amphora_name: str) -> None:
    wanted = tree("amphora", amphora_name)
    one, two = (guest(amphora_name, name) for name in ("one", "two"))
    lonely = modules.fails("load_balancer", one)
    assert f"there is no load balancer '{amphora_name}'" in lonely["msg"]

    made = modules.run("load_balancer", wanted)["load_balancer"]
    for each in (one, two):
        modules.converges("load_balancer", each)
    for each in (wanted, {**wanted, "purge": True}, one, two):
        assert modules.run("load_balancer", each)["actions"] == []
    modules.converges("load_balancer", {"name": amphora_name, "service": "one", "state": "absent"})

    left = modules.converges("load_balancer", {"name": amphora_name, "state": "absent"})
    assert left["warnings"]
    there = modules.run("load_balancer", two)["load_balancer"]
    assert addresses(there) == addresses(made)
    assert [pool["name"] for pool in there["pools"]] == ["two"]

    modules.converges("load_balancer", wanted)
    assert modules.run("load_balancer", two)["changed"] is False
    modules.run("load_balancer", {"name": amphora_name, "state": "absent"})
    last = modules.converges("load_balancer", {"name": amphora_name, "service": "two", "state": "absent"})
    assert last["load_balancer"] is None
    assert not list(cloud.load_balancer.load_balancers(name=amphora_name))


def group(number: int, **more: Any) -> dict[str, Any]:
    """A group of one server, at an address where nobody answers."""
    address = members(number)[-1]["address"]
    server = {"name": f"s{number}", "status": "ACTIVE", "addresses": {"private": [address]}}
    return {"name": f"group{number}", "server_port": 8080, "servers": [server], **more}


def test_pools_of_held_routes_are_tested(modules: Modules, amphora_name: str) -> None:
    def wanted(*groups: dict[str, Any], held: Mapping[str, Any] | None = None) -> dict[str, Any]:
        monitor = {"type": "HTTP", "delay": 2, "timeout": 2, "max_retries": 1, "max_retries_down": 1}
        listeners = balancer_tree(groups, "HTTP", 80, healthmonitor=monitor)
        return {
            "name": amphora_name,
            "provider": "amphora",
            "vip_subnet": SUBNET,
            **(held_tree(listeners, held) if held else listeners),
        }

    both = (group(1), group(2, routes=[{"path": "/v2/models/letters"}]))
    made = modules.run("load_balancer", wanted(both[0]))["load_balancer"]
    modules.converges("load_balancer", wanted(*both, held=made))

    # Until it was tested, Octavia calls a member OFFLINE, and ONLINE for a moment between that and the first failure.
    end, statuses = time.monotonic() + 60, [""]
    while statuses != ["ERROR"] and time.monotonic() < end:
        (found,) = modules.run("load_balancer_info", {"name": amphora_name})["load_balancers"]
        (pool,) = [one for one in found["pools"] if one["name"] == "group2-http"]
        statuses = [member["operating_status"] for member in pool["members"]]
        time.sleep(1)
    assert statuses == ["ERROR"]
    done = modules.converges("load_balancer", wanted(*both))
    (action,) = done["actions"]
    assert action.startswith("delete ")
    assert NOBODY["value"] in action


def test_metrics_of_an_amphora(modules: Modules, amphora_name: str) -> None:
    directory()
    metrics = {"name": "metrics", "protocol": "PROMETHEUS", "protocol_port": 8080}
    wanted = tree("amphora", amphora_name)
    wanted["listeners"].append(metrics)
    made = modules.converges("load_balancer", wanted)["load_balancer"]

    address = here(made["floating_ip_address"])
    with urllib.request.urlopen(f"http://{address}:8080/metrics", timeout=20) as answer:
        assert b"octavia_loadbalancer_cpu" in answer.read()


def test_statuses_of_many_members(cloud: Connection, modules: Modules, balancer_name: str) -> None:
    """An amphora tells of all its members in one message, which is longer than a packet."""
    many = [{"address": "10.20.0.254", "protocol_port": 8000 + number} for number in range(100)]
    wanted = tree("amphora", balancer_name)
    wanted["pools"][0]["members"] = many
    made = modules.converges("load_balancer", wanted)["load_balancer"]

    told: set[str] = set()
    end = time.monotonic() + 50
    while told != {"ERROR"} and time.monotonic() < end:
        time.sleep(2)
        told = {each.operating_status for each in cloud.load_balancer.members(made["pools"][0]["id"])}
    assert told == {"ERROR"}
