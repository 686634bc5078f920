# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that have no address."""

from __future__ import annotations

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


def test_a_server_whose_address_the_cloud_does_not_tell_keeps_its_member() -> None:
    """Nova may not know a server's addresses for a moment."""
    serving = {"name": "s9", "status": "ACTIVE", "addresses": {}}

    with pytest.raises(InvalidInputError, match=r"no address of server 's9' \(ACTIVE\) at the moment.*run this again"):
        balancer_tree([{"servers": [*servers(1), serving], "server_port": 8080}], protocol="HTTP", port=80)
