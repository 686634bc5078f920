# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs to the VIP beside its address: further addresses, QoS policy, security groups; and tags of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .balancers import addresses, offered, set_status, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.connection import Connection

    from .conftest import Modules

CIDRS = ("10.96.1.0/24", "10.96.2.0/24")


@pytest.fixture
def subnets(cloud: Connection, name: str) -> Iterator[list[str]]:
    """Two subnets of one network."""
    network = cloud.network.create_network(name=name)
    for index, cidr in enumerate(CIDRS):
        cloud.network.create_subnet(name=f"{name}-{index}", network_id=network.id, ip_version=4, cidr=cidr)
    yield [f"{name}-{index}" for index in range(len(CIDRS))]
    cloud.network.delete_network(network.id, ignore_missing=False)


def test_further_addresses(modules: Modules, subnets: list[str], balancer_name: str, provider: str) -> None:
    more = [{"subnet": subnets[1], "ip_address": "10.96.2.77"}]
    wanted = {**tree(provider, balancer_name), "vip_subnet": subnets[0], "additional_vips": more}
    del wanted["floating_ip_network"], wanted["pools"][0]["members"]

    made = modules.converges("load_balancer", wanted)["load_balancer"]
    assert [vip["ip_address"] for vip in made["additional_vips"]] == ["10.96.2.77"]
    assert made["vip_address"].startswith("10.96.1.")

    refused = modules.fails("load_balancer", {**wanted, "additional_vips": []})
    assert "'additional_vips'" in refused["msg"]
    set_status(made, "ERROR")
    healed = modules.converges("load_balancer", {**wanted, "additional_vips": [{"subnet": subnets[1]}]})[
        "load_balancer"
    ]
    assert healed["additional_vips"] == made["additional_vips"]
    assert addresses(healed) == addresses(made)

    modules.run("load_balancer", {"name": balancer_name, "state": "absent", "keep_address": True})
    without = modules.converges("load_balancer", {**wanted, "additional_vips": []})["load_balancer"]
    assert without["additional_vips"] == []
    assert without["vip_address"] == made["vip_address"]


def test_qos_policy(cloud: Connection, operator: Connection, modules: Modules, balancer_name: str) -> None:
    if not cloud.network.find_extension("qos", ignore_missing=True):
        pytest.skip("the cloud has no QoS policies")
    provider = offered(cloud, "amphora")
    # Policies are the operator's, who lets others use them.
    policy = operator.network.create_qos_policy(name=balancer_name, shared=True)
    wanted = tree(provider, balancer_name)
    try:
        made = modules.converges("load_balancer", {**wanted, "vip_qos_policy": balancer_name})["load_balancer"]
        assert made["vip_qos_policy_id"] == policy.id
        assert modules.run("load_balancer", wanted)["changed"] is False
        cleared = modules.converges("load_balancer", {**wanted, "vip_qos_policy": ""})["load_balancer"]
        assert cleared["vip_qos_policy_id"] == ""
    finally:
        modules.run("load_balancer", {"name": balancer_name, "state": "absent"})
        operator.network.delete_qos_policy(policy.id, ignore_missing=False)


def test_tags_of_parts(modules: Modules, balancer_name: str) -> None:
    wanted: dict[str, Any] = tree("ovn", balancer_name)
    modules.run("load_balancer", wanted)
    (listener,), (pool,) = wanted["listeners"], wanted["pools"]
    listener["tags"], pool["tags"] = ["l"], ["p"]
    pool["healthmonitor"] |= {"tags": ["h"], "name": "probe"}
    pool["members"] = [{**member, "tags": ["m"]} for member in pool["members"]]

    tagged = modules.converges("load_balancer", wanted)["load_balancer"]

    mark = f"model_serving.load_balancer={balancer_name}"
    assert tagged["listeners"][0]["tags"] == ["l", mark]
    assert tagged["pools"][0]["tags"] == sorted(["p", mark])
    assert tagged["pools"][0]["healthmonitor"]["tags"] == ["h"]
    assert tagged["pools"][0]["healthmonitor"]["name"] == "probe"
    assert all("m" in member["tags"] for member in tagged["pools"][0]["members"])
