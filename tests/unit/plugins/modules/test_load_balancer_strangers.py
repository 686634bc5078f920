# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody made by hand or with another tool, where the module has or wants something of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fake_octavia import CHAT, only

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


def test_a_second_pool_of_a_name_is_refused(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """Octavia allows it. Neither of them is then known by its name, and both would be taken for undeclared."""
    made = run_module("load_balancer", CHAT)["load_balancer"]
    octavia.add("pools", name="replicas", protocol="HTTP", lb_algorithm="ROUND_ROBIN", loadbalancer_id=made["id"])
    assert neutron.ports
    octavia.requests.clear()

    answer = run_module("load_balancer", CHAT)

    ids = ", ".join(octavia.rows["pools"])
    assert f"several pools are named 'replicas' ({ids}); rename or delete all but one" in answer["msg"]
    assert octavia.writes == []
    unmanaged = {key: value for key, value in CHAT.items() if key != "pools"}
    unmanaged["listeners"] = [{key: value for key, value in CHAT["listeners"][0].items() if key != "default_pool"}]
    assert run_module("load_balancer", unmanaged)["changed"] is False
    assert only(octavia.rows["listeners"])["default_pool_id"] == made["pools"][0]["id"]
