# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A load balancer in ERROR whose successor Octavia refuses comes back, with what others added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, only, response
from .shared_balancer import AGAIN, BALANCERS, LISTENER, POOL, SAME_PORT, TCP, TLS, broken, refusing, told
from .test_load_balancer_large import tree

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


def test_a_balancer_in_error_comes_back_as_it_was(
    former: dict[str, Any], octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    address = only(octavia.rows["loadbalancers"])["vip_address"]
    broken(octavia)
    refusing(octavia, BALANCERS)

    answer = run_module("load_balancer", SAME_PORT)

    assert "Could not create load balancer 'chat': the cloud answered 400: no such secret." in answer["msg"]
    assert f"{AGAIN}load balancer 'chat'." in answer["msg"]
    assert told(octavia) == former
    assert only(octavia.rows["loadbalancers"])["vip_address"] == address
    assert len(neutron.ports) == len(neutron.ips) == 1
    assert run_module("load_balancer", CHAT)["actions"] == []


def test_so_does_one_with_more_members_than_a_request_takes(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    run_module("load_balancer", tree(600))
    assert neutron.ports
    former = told(octavia)
    broken(octavia)
    refusing(octavia, BALANCERS)

    answer = run_module("load_balancer", {**tree(600), "listeners": [TLS]})

    assert f"{AGAIN}load balancer 'chat'." in answer["msg"]
    assert told(octavia) == former


def test_so_does_one_of_ovn_with_its_floating_ip(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """It forwards a floating IP only if it saw it being associated with a port of its name."""
    (listener,), (pool,) = ([{**part, "protocol": "TCP"}] for part in (LISTENER, POOL))
    pool = {"name": "replicas", "protocol": "TCP", "healthmonitor": TCP}
    wanted = {**CHAT, "provider": "ovn", "listeners": [listener], "pools": [pool]}
    run_module("load_balancer", wanted)
    broken(octavia)
    refusing(octavia, BALANCERS)

    answer = run_module("load_balancer", {**wanted, "listeners": [{**listener, "description": "x"}]})

    assert f"{AGAIN}load balancer 'chat'." in answer["msg"]
    port = only(neutron.ports)
    assert port.name == f"ovn-lb-vip-{only(octavia.rows['loadbalancers'])['id']}"
    assert only(neutron.ips).port_id == port.id
    octavia.refuse = lambda _method, _path: None
    assert run_module("load_balancer", wanted)["actions"] == []


@pytest.mark.usefixtures("former")
def test_what_a_lost_balancer_had_is_named(octavia: Octavia, run_module: RunModule) -> None:
    broken(octavia)
    refusing(octavia, BALANCERS, times=2)

    answer = run_module("load_balancer", CHAT)

    assert "could not be made again (no such secret). Missing: load balancer 'chat', listener 'http'," in answer["msg"]
    for part in ("L7 policy 'b'", "L7 policy 'hand'", "pool 'b'", "pool 'hand'", "pool 'replicas'"):
        assert part in answer["msg"]


@pytest.mark.usefixtures("former")
def test_one_that_is_there_although_the_answer_was_lost_is_not_called_lost(
    octavia: Octavia, run_module: RunModule
) -> None:
    broken(octavia)

    def lost(method: str, path: str) -> Any:
        if (method, path) != ("POST", BALANCERS):
            return None
        octavia.add("loadbalancers", name="chat")
        return response(504, {"faultstring": "gateway timeout"})

    octavia.refuse = lost

    answer = run_module("load_balancer", CHAT)

    assert "504: gateway timeout" in answer["msg"]
    assert "Missing:" not in answer["msg"]
