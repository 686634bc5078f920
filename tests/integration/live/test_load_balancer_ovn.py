# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What OVN has of load balancers, where its provider and Octavia do not agree."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from .balancers import directory, offered, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.connection import Connection

    from .conftest import Modules

PERSISTENCE = {"type": "SOURCE_IP", "persistence_timeout": 77}


def northbound(*words: str) -> str:
    """Return what the local cloud's OVN answers."""
    database = f"--db=unix:{directory() / 'run' / 'ovn' / 'nb.sock'}"
    command = ["ovn-nbctl", database, "--bare", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def checked_for(balancer: dict[str, Any], port: int) -> bool:
    """Return whether OVN checks the members for this port, and for none else.

    The provider goes on after the load balancer takes changes again.
    """
    vips = {
        f"[{vip}]" if ":" in vip else vip for vip in (balancer["vip_address"], balancer["floating_ip_address"]) if vip
    }
    mark = f'external_ids:"octavia:pool_id"={balancer["pools"][0]["id"]}'
    for _unused in range(20):
        found = northbound("--columns=vip", "find", "load_balancer_health_check", mark).split()
        if set(found) == {f"{vip}:{port}" for vip in vips}:
            return True
        time.sleep(1)
    return False


@pytest.fixture
def wanted(cloud: Connection, balancer_name: str) -> dict[str, Any]:
    directory()
    return tree(offered(cloud, "ovn"), balancer_name)


@pytest.fixture
def wanted_v6(cloud: Connection, modules: Modules, wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same on a subnet of IPv6."""
    name = wanted["name"]
    network = cloud.network.create_network(name=name)
    subnet = cloud.network.create_subnet(network_id=network.id, name=name, ip_version=6, cidr="fd00:77::/64")
    members = [{"address": "fd00:77::50", "protocol_port": 8080}]
    pools = [{**wanted["pools"][0], "members": members}]
    yield {**wanted, "vip_subnet": subnet.id, "floating_ip_network": None, "pools": pools}
    modules.run("load_balancer", {"name": name, "state": "absent"})
    cloud.network.delete_network(network.id)


def test_members_are_checked_for_a_listener_that_takes_the_place_of_another(
    modules: Modules, wanted_v6: dict[str, Any]
) -> None:
    before = modules.run("load_balancer", wanted_v6)["load_balancer"]
    assert checked_for(before, 80)
    (listener,) = wanted_v6["listeners"]

    after = modules.converges("load_balancer", {**wanted_v6, "listeners": [{**listener, "protocol_port": 81}]})

    assert checked_for(after["load_balancer"], 81)


@pytest.mark.parametrize("gone", [0, 1])
def test_members_are_checked_for_the_listener_that_stays(modules: Modules, wanted: dict[str, Any], gone: int) -> None:
    (listener,) = wanted["listeners"]
    both = [listener, {**listener, "name": "other", "protocol_port": 81}]
    modules.run("load_balancer", {**wanted, "listeners": both})
    stays = both[1 - gone]

    after = modules.converges("load_balancer", {**wanted, "listeners": [stays]})["load_balancer"]

    assert checked_for(after, stays["protocol_port"])


def test_a_pool_of_another_name_has_session_persistence(modules: Modules, wanted: dict[str, Any]) -> None:
    (pool,), (listener,) = wanted["pools"], wanted["listeners"]
    del pool["healthmonitor"]
    pool |= {"protocol": "UDP", "session_persistence": PERSISTENCE}
    listener["protocol"] = "UDP"
    made = modules.run("load_balancer", wanted)["load_balancer"]
    known = f"name={made['id']}"
    (row,) = northbound("--columns=_uuid", "find", "load_balancer", known).split()
    options = ("get", "load_balancer", row, "options")
    assert 'affinity_timeout="77"' in northbound(*options)

    pool["name"] = listener["default_pool"] = "renamed"
    modules.converges("load_balancer", wanted)

    assert 'affinity_timeout="77"' in northbound(*options)
