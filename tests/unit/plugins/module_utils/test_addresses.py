# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._addresses import (
    Subnet,
    both_families,
    replica_address,
)

V4 = Subnet(id="4", name="v4", ip_version=4)
OTHER = Subnet(id="5", name="", ip_version=4)
V6 = Subnet(id="6", name="v6", ip_version=6)
SLAAC = Subnet(id="7", name="slaac", ip_version=6, automatic=True)


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ({"private": ["10.0.0.1"]}, "10.0.0.1"),
        ({"private": ["fd00::1", "10.0.0.1", "10.0.0.2"]}, "10.0.0.1"),
        ({"private": ["10.0.0.1", "fd00::1"]}, "10.0.0.1"),
        ({"private": ["fd00::1", "fd00::2"]}, "fd00::1"),
        # Another network is another place, whatever it has.
        ({"private": ["fd00::1"], "storage": ["10.0.0.1"]}, "fd00::1"),
        ({"private": [], "storage": ["10.0.0.1"]}, "10.0.0.1"),
        ({"private": []}, None),
        ({}, None),
    ],
)
def test_the_address_of_a_replica(addresses: dict[str, list[str]], expected: str | None) -> None:
    assert replica_address(addresses) == expected


@pytest.mark.parametrize(
    ("subnets", "named", "said"),
    [
        ([], None, None),
        ([V4, OTHER], None, None),
        ([V6, SLAAC], None, None),
        ([V6, V4], None, "name the subnet of IPv4: subnet=v4"),
        ([V6, OTHER], None, "name the subnet of IPv4: subnet=5"),
        ([V6, V4], "v4", None),
        ([V6, V4], "4", None),
        ([V6, V4], "v6", None),
        ([V6, V4], "gone", None),
        # These give an address whatever is named.
        ([SLAAC, V4], None, "an address of 'slaac': put another network first"),
        ([SLAAC, V4], "v4", "an address of 'slaac': put another network first"),
        ([SLAAC, V4], "slaac", None),
        ([SLAAC, V6, V4], "v6", None),
    ],
)
def test_where_heat_cannot_tell_the_address(subnets: list[Subnet], named: str | None, said: str | None) -> None:
    found = both_families("private", subnets, named, "subnet={}".format)

    if said is None:
        assert found is None
    else:
        assert str(found).startswith("replicas on network 'private' get addresses of IPv4 and of IPv6")
        assert str(found).endswith(said)
