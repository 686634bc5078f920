# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes on servers that stay: security groups of their ports, and flavors that are made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .test_fleet import NETWORK, fleet, servers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.connection import Connection
    from openstack.network.v2.port import Port

    from .conftest import Modules

__all__ = ["fleet"]

RESIZABLE = "serving.fake"
"""Flavor of the local cloud for hosts whose servers only seem to run."""


@pytest.fixture
def stateless(cloud: Connection, modules: Modules, name: str) -> Iterator[str]:
    """A security group that Neutron does not give to a port beside others."""
    if not cloud.network.find_extension("stateful-security-group", ignore_missing=True):
        pytest.skip("the cloud has no stateless security groups")
    group = cloud.network.create_security_group(name=f"{name}-stateless", stateful=False)
    yield group.name
    modules.run("server_fleet", {"name": name, "state": "absent"})
    cloud.network.delete_security_group(group.id, ignore_missing=False)


@pytest.fixture
def flavor(operator: Connection, name: str) -> Iterator[str]:
    """A flavor of which the cloud's operator makes others by the same name."""
    yield name
    found = operator.compute.find_flavor(name, ignore_missing=True)
    if found:
        operator.compute.delete_flavor(found.id)


def make_anew(operator: Connection, name: str, **sizes: int) -> None:
    """Make a flavor in the place of one of the same name, like that of the hosts that resize."""
    old = operator.compute.find_flavor(name, ignore_missing=True)
    if old:
        operator.compute.delete_flavor(old.id)
    like = operator.compute.find_flavor(RESIZABLE, get_extra_specs=True, ignore_missing=False)
    as_it_is = {"ram": like.ram, "vcpus": like.vcpus, "disk": like.disk}
    made = operator.compute.create_flavor(name=name, **{**as_it_is, **sizes})
    operator.compute.create_flavor_extra_specs(made, dict(like.extra_specs))


def ports(cloud: Connection, name: str) -> list[Port]:
    ids = {server.id for server in servers_of(cloud, name)}
    return [port for port in cloud.network.ports() if port.device_id in ids]


def test_each_port_has_the_security_groups(
    cloud: Connection, modules: Modules, fleet: dict[str, Any], name: str, stateless: str
) -> None:
    fleet["networks"] = [NETWORK, NETWORK]
    fleet["security_groups"] = [name]
    modules.run("server_fleet", fleet)
    (both,) = {tuple(port.security_group_ids) for port in ports(cloud, name)}
    bare, *_others = ports(cloud, name)
    cloud.network.update_port(bare.id, security_group_ids=[])

    put_right = modules.converges("server_fleet", fleet)

    assert len(put_right["actions"]) == 1
    assert {tuple(port.security_group_ids) for port in ports(cloud, name)} == {both}
    assert len(ports(cloud, name)) == 4

    modules.converges("server_fleet", {**fleet, "security_groups": [stateless]})

    assert all(server.security_groups == [{"name": stateless}] * 2 for server in servers_of(cloud, name))


def test_a_flavor_that_was_made_anew(
    cloud: Connection, operator: Connection, modules: Modules, fleet: dict[str, Any], name: str, flavor: str
) -> None:
    if "fake" not in {zone.name for zone in cloud.compute.availability_zones()}:
        pytest.skip(
            "hosts of the local cloud resize no servers, except those with Nova's fake driver (make cloud FAKE=3)"
        )
    fleet |= {"flavor": flavor, "replicas": 1, "update_policy": "in_place", "availability_zones": ["fake"]}
    make_anew(operator, flavor)
    modules.run("server_fleet", fleet)
    (before,) = servers_of(cloud, name)

    for ram in (before.flavor.ram + 64, before.flavor.ram + 64):
        make_anew(operator, flavor, ram=ram)
        done = modules.converges("server_fleet", fleet)
        (after,) = servers_of(cloud, name)

        assert len(done["actions"]) == 1
        assert after.id == before.id
        assert after.flavor.ram == ram
        assert after.launched_at != before.launched_at
        before = after
