# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of two services that make the load balancer which they share again, at the same time."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, only
from .test_load_balancer_guests import guest, names

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.network.v2.port import Port

    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

MADE = ("POST", "/lbaas/loadbalancers")
TAGS = {"tags": ["model_serving.load_balancer=chat"]}


def another_run_makes_it(octavia: Octavia, port_id: str) -> None:
    """What the owner knows, so without the parts of guests."""
    listener = {**CHAT["listeners"][0], "default_pool": {"name": "replicas"}, **TAGS}
    pool = {**CHAT["pools"][0], "lb_algorithm": "ROUND_ROBIN", **TAGS}
    tree = {"name": "chat", "vip_port_id": port_id, "listeners": [listener], "pools": [pool], **TAGS}
    octavia.create_tree(copy.deepcopy(tree))


def test_the_slower_run_uses_what_the_other_one_made(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    for one in (CHAT, guest("b")):
        run_module("load_balancer", one)
    broken = only(octavia.rows["loadbalancers"])
    broken["provisioning_status"] = "ERROR"

    def gone(row: dict[str, Any]) -> None:
        if row is broken:
            another_run_makes_it(octavia, row["vip_port_id"])

    octavia.after = gone
    octavia.requests.clear()

    answer = run_module("load_balancer", guest("b"))

    assert MADE not in octavia.writes
    assert answer["load_balancer"]["id"] == only(octavia.rows["loadbalancers"])["id"] != broken["id"]
    assert names(octavia, "pools") == ["b", "replicas"]
    assert names(octavia, "l7policies") == ["b"]
    broke, warning = answer["warnings"]
    assert "has to be made again" in broke
    assert "another run made it meanwhile. It is used now." in warning
    assert len(neutron.ports) == len(neutron.ips) == 1
    assert run_module("load_balancer", guest("b"))["actions"] == []


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_that_was_made_for_nothing_goes(
    octavia: Octavia, neutron: Neutron, conn: Mock, run_module: RunModule, *, shared: bool
) -> None:
    """Unless the other run found it and uses it."""

    def create(**values: Any) -> Port:
        made = neutron.create_port(**values)
        used = made if shared else neutron.create_port(network_id="n1", name="theirs", description="")
        another_run_makes_it(octavia, used.id)
        return made

    conn.network.create_port.side_effect = create

    answer = run_module("load_balancer", CHAT)

    assert MADE not in octavia.writes
    assert list(neutron.ports) == [answer["load_balancer"]["vip_port_id"]]
