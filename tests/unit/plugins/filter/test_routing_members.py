# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that have no address."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

from .test_routing import servers


@pytest.mark.parametrize("addresses", [{}, {"private": []}])
@pytest.mark.parametrize("status", ["BUILD", "ERROR"])
def test_a_server_that_was_never_placed_is_no_member_yet(status: str, addresses: dict[str, list[str]]) -> None:
    """A check finds such servers; the run that follows makes others in their place, with the same weights."""
    lost = {"name": "s9", "status": status, "addresses": addresses}
    groups = [
        {"servers": [*servers(2), lost], "server_port": 8080, "weight": 9},
        {"name": "a.canary", "servers": servers(1, 4), "server_port": 8080, "weight": 1},
    ]

    (pool,) = balancer_tree(groups, protocol="HTTP", port=80)["pools"]

    assert [(m["name"], m["weight"]) for m in pool["members"]] == [("s1", 3), ("s2", 3), ("s4", 1)]


@pytest.mark.parametrize("addresses", [["fd00::1", "10.0.0.9"], ["10.0.0.9", "fd00::1"]])
def test_a_member_has_the_address_of_ipv4(addresses: list[str]) -> None:
    server = {"name": "s9", "status": "ACTIVE", "addresses": {"private": addresses, "storage": ["10.9.0.9"]}}

    (pool,) = balancer_tree([{"servers": [server], "server_port": 8080}], protocol="HTTP", port=80)["pools"]

    assert [member["address"] for member in pool["members"]] == ["10.0.0.9"]


def test_servers_that_somebody_else_lists_are_members() -> None:
    """As Nova has them, and with the subnet that the load balancer reaches them on."""
    listed = [
        {"name": "vm1", "addresses": {"lan": [{"addr": "10.0.0.5", "version": 4}]}, "subnet": "inner"},
        {"name": "vm2", "addresses": {"lan": ["10.0.0.6"]}},
    ]

    (pool,) = balancer_tree([{"servers": listed, "server_port": 80}], protocol="HTTP", port=80)["pools"]

    assert pool["members"] == [
        {"name": "vm1", "address": "10.0.0.5", "protocol_port": 80, "weight": 1, "subnet": "inner"},
        {"name": "vm2", "address": "10.0.0.6", "protocol_port": 80, "weight": 1},
    ]


@pytest.mark.parametrize(
    "server", [{"name": "vm1"}, {"addresses": {"lan": ["10.0.0.5"]}}, {"name": "vm1", "addresses": ["10.0.0.5"]}, "vm1"]
)
def test_the_form_of_servers_is_told(server: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"does not have 'name' and 'addresses', for example \{name: web-1"):
        balancer_tree([{"servers": [server], "server_port": 80}], protocol="HTTP", port=80)


def test_a_server_whose_address_the_cloud_does_not_tell_keeps_its_member() -> None:
    """Nova may not know a server's addresses for a moment."""
    serving = {"name": "s9", "status": "ACTIVE", "addresses": {}}

    with pytest.raises(InvalidInputError, match=r"no address of server 's9' \(ACTIVE\) at the moment.*run this again"):
        balancer_tree([{"servers": [*servers(1), serving], "server_port": 8080}], protocol="HTTP", port=80)
