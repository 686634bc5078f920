# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security groups of running replicas, port by port."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ConflictException
from openstack.network.v2.extension import Extension
from openstack.network.v2.security_group import SecurityGroup

from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_neutron import Neutron

ONE = {**OPTIONS, "replicas": 1, "security_groups": ["web", "ssh"]}
SECURED = {"is_port_security_enabled": True, "device_id": "s1"}


@pytest.fixture(autouse=True)
def cloud(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    names = {"sg1": "web", "sg2": "ssh", "sg3": "stateless"}
    conn.network.security_groups.return_value = [SecurityGroup(id=key, name=name) for key, name in names.items()]
    conn.network.find_extension.return_value = Extension(alias="port-security")
    run_module("server_fleet", ONE)
    # What Nova tells: the groups of all ports.
    nova.servers["s1"]._update(security_groups=[{"name": "web"}, {"name": "ssh"}])


@pytest.mark.parametrize(
    ("port", "wanted"),
    [
        ({**SECURED, "security_groups": ["sg1"]}, True),
        ({**SECURED, "security_groups": []}, True),
        ({**SECURED, "security_groups": ["sg1", "sg2", "theirs"]}, True),
        ({**SECURED, "fixed_ips": [], "ip_allocation": "deferred"}, True),
        ({**SECURED, "security_groups": ["sg2", "sg1"]}, False),
        # Neutron gives groups neither to a port without port security nor to one without an address.
        ({**SECURED, "is_port_security_enabled": False}, False),
        ({**SECURED, "fixed_ips": []}, False),
        ({**SECURED, "device_id": "theirs"}, False),
        ({**SECURED, "project_id": "other"}, False),
    ],
)
def test_each_port_has_all_of_them_and_no_others(
    neutron: Neutron, run_module: RunModule, port: dict[str, Any], wanted: bool
) -> None:
    neutron.create_port(**SECURED, security_groups=["sg1", "sg2"])
    second = neutron.create_port(**{key: value for key, value in port.items() if key in SECURED})
    second._update(**port)

    predicted = run_module("server_fleet", ONE, check=True)
    done = run_module("server_fleet", ONE)
    again = run_module("server_fleet", ONE)

    assert done["changed"] is wanted
    assert done["actions"] == predicted["actions"]
    assert (done["diff"]["before"] != done["diff"]["after"]) is wanted
    assert [f"'web' on port {second.id} of replica 'chat-1-1'" in action for action in done["actions"]] == [
        True
    ] * wanted
    assert (second.security_group_ids == ["sg1", "sg2"]) is wanted
    assert again["changed"] is False


def test_diffs_have_names_and_servers_that_are_built_have_time(
    nova: Nova, neutron: Neutron, run_module: RunModule
) -> None:
    port = neutron.create_port(**SECURED, security_groups=["sg3", "sg1"])
    server = nova.servers["s1"]
    server._update(security_groups=[{"name": "stateless"}, {"name": "web"}])
    server._update(status="BUILD", progress=1000, created_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    built = run_module("server_fleet", ONE, check=True)
    server._update(status="ACTIVE")
    answer = run_module("server_fleet", ONE)

    assert built["changed"] is False
    before, after = (answer["diff"][when]["replicas"]["chat-1-1"] for when in ("before", "after"))
    assert (before["security_groups"], before["ports_with_other_security_groups"]) == (["stateless", "web"], [port.id])
    assert after == {key: value for key, value in before.items() if key in after} | {"security_groups": ["ssh", "web"]}


def test_what_neutron_does_not_take_together_is_exchanged(conn: Mock, neutron: Neutron, run_module: RunModule) -> None:
    port = neutron.create_port(**SECURED, security_groups=["sg1", "sg2"])

    def update(port_id: str, security_group_ids: list[str]) -> None:
        if not {*port.security_group_ids, *security_group_ids}.isdisjoint({"sg3"}) and len(security_group_ids) > 1:
            raise ConflictException(message="Cannot apply both stateful and stateless security groups on the same port")
        neutron.ports[port_id]._update(security_group_ids=security_group_ids)

    conn.network.update_port.side_effect = update

    answer = run_module("server_fleet", {**ONE, "security_groups": ["stateless", "sg3"]})

    assert not answer.get("failed"), answer["msg"]
    assert port.security_group_ids == ["sg3"]


def test_a_cloud_without_port_security_has_groups_all_the_same(
    conn: Mock, neutron: Neutron, run_module: RunModule
) -> None:
    conn.network.find_extension.return_value = None
    port = neutron.create_port(device_id="s1")

    run_module("server_fleet", ONE)

    assert port.security_group_ids == ["sg1", "sg2"]


def test_they_are_left_alone_where_none_are_declared(conn: Mock, neutron: Neutron, run_module: RunModule) -> None:
    neutron.create_port(**SECURED, security_groups=["theirs"])
    conn.network.ports.reset_mock()

    assert run_module("server_fleet", {**ONE, "security_groups": None})["changed"] is False
    conn.network.ports.assert_not_called()


def test_calls_do_not_grow_with_the_fleet(conn: Mock, nova: Nova, neutron: Neutron, run_module: RunModule) -> None:
    counts = []
    for replicas in (3, 30):
        run_module("server_fleet", {**ONE, "replicas": replicas})
        for server in nova.servers:
            neutron.create_port(**{**SECURED, "device_id": server}, security_groups=["sg1", "sg2"])
        conn.network.reset_mock()
        assert run_module("server_fleet", {**ONE, "replicas": replicas})["changed"] is False
        counts.append(len(conn.network.mock_calls))

    assert counts[0] == counts[1]
