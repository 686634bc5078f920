# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load balancers that are not gone when they were told to go: the deletion is requested again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .fake_octavia import ABSENT, CHAT, only

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


@pytest.mark.parametrize(
    ("changes", "undeleted"),
    [
        pytest.param(["PENDING_UPDATE"], [], id="somebody begins to change it"),
        pytest.param([], ["ERROR"], id="the deletion ends in ERROR"),
    ],
)
def test_it_is_told_again_and_goes(
    octavia: Octavia, neutron: Neutron, run_module: RunModule, changes: list[str], undeleted: list[str]
) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    balancer = only(octavia.rows["loadbalancers"])
    octavia.requests.clear()

    def change(_method: str, _path: str) -> None:
        if changes:
            octavia._busy(balancer, changes.pop())

    octavia.refuse, octavia.undeleted = change, undeleted

    answer = run_module("load_balancer", ABSENT)

    assert "failed" not in answer, answer["msg"]
    assert octavia.writes == [("DELETE", f"/lbaas/loadbalancers/{balancer['id']}")] * 2
    assert octavia.rows["loadbalancers"] == {}


@pytest.mark.usefixtures("neutron")
def test_what_goes_need_not_be_possible(octavia: Octavia, run_module: RunModule) -> None:
    """A task that a provider cannot do any more is still good for the removal."""
    run_module("load_balancer", CHAT)
    sticky = {"name": "sticky", "protocol": "TCP", "session_persistence": {"type": "SOURCE_IP"}}
    impossible = {"provider": "ovn", "description": "x" * 256, "pools": [sticky]}

    refused = run_module("load_balancer", {**CHAT, **impossible})
    gone = run_module("load_balancer", {**ABSENT, **impossible})

    assert "that of pool 'sticky' would have no effect" in refused["msg"]
    assert "failed" not in gone, gone["msg"]
    assert octavia.rows["loadbalancers"] == {}


def test_no_name_is_looked_for_that_no_balancer_can_have(octavia: Octavia, run_module: RunModule) -> None:
    answer = run_module("load_balancer", {**ABSENT, "name": "x" * 221})

    assert answer["msg"] == "'name' has more than 220 characters"
    assert octavia.requests == []
