# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about VIP port and floating IP, most of all with the provider that follows the port's name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateBalancer,
    CreateVipPort,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import FloatingIp, VipPort
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed, References
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan

from .load_balancer_values import declared, observed

IP = FloatingIp(id="i1", address="192.0.2.1", network_id="n9", port_id="p1", ours=True, noted="10.0.0.5")
FREE = replace(IP, port_id=None)
MOVED = replace(IP, port_id="p7")
THEIRS = replace(IP, ours=False)
NAMED = VipPort(id="p1", name="ovn-lb-vip-lb1", address="10.0.0.5", subnet_id="s1", network_id="n1", ours=True)
PLAIN = replace(NAMED, name="chat-vip")
OCTAVIAS = replace(NAMED, name="octavia-lb-lb1", ours=False, goes_along=True)
PUBLIC = References(floating_network_id="n9", vip_network_id="n1", vip_subnet_id="s1")

RELEASE = "disassociate floating IP 192.0.2.1 (i1)"
OWN_NAME = "name VIP port p1 'chat-vip'"
CREATE = "create load balancer 'chat' (0 listeners, 0 pools)"
DELETE = "delete load balancer 'chat' (lb1), it is in ERROR"
NAME = "name VIP port of the load balancer as the provider expects it when a floating IP is on it"
NAME_LIVING = "name VIP port p1 'ovn-lb-vip-lb1'"
ASSOCIATE = "associate floating IP 192.0.2.1 (i1) with the VIP"
MAKE_IP = "create floating IP for the VIP"
NOTE = "note the VIP's address on the floating IP"
DROP = "delete floating IP 192.0.2.1 (i1)"


def seen(port: VipPort | None, *ips: FloatingIp, provider: str = "ovn", status: str | None = "ACTIVE") -> Observed:
    """What is observed; a status of None stands for no balancer."""
    there = observed(placement={"provider": provider}, provisioning_status=status or "")
    balancer = there.balancer if status else None
    return Observed(balancer=balancer, port=port, floating_ips=ips, references=PUBLIC)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        # Everything is as it shall be.
        pytest.param(seen(NAMED, IP), [], id="ovn"),
        pytest.param(seen(PLAIN, IP, provider="amphora"), [], id="amphora"),
        pytest.param(seen(OCTAVIAS, THEIRS, provider="amphora"), [], id="port-of-octavia"),
        # The association was not seen by the provider.
        pytest.param(seen(PLAIN, IP), [RELEASE, NAME_LIVING, ASSOCIATE], id="ovn-unseen"),
        # No floating IP yet, or an own one that is free.
        pytest.param(seen(PLAIN), [NAME_LIVING, MAKE_IP, NOTE], id="ovn-none"),
        pytest.param(seen(PLAIN, provider="amphora"), [MAKE_IP], id="amphora-none"),
        pytest.param(seen(NAMED, FREE), [ASSOCIATE], id="ovn-free"),
        pytest.param(seen(PLAIN, FREE, provider="amphora"), [ASSOCIATE], id="amphora-free"),
        pytest.param(seen(NAMED, replace(IP, noted=None)), [NOTE], id="ovn-not-noted"),
        # The balancer is broken.
        pytest.param(
            seen(NAMED, IP, status="ERROR"), [RELEASE, OWN_NAME, DELETE, CREATE, NAME, ASSOCIATE], id="ovn-error"
        ),
        pytest.param(seen(PLAIN, IP, provider="amphora", status="ERROR"), [DELETE, CREATE], id="amphora-error"),
        # Deleted by hand: the provider ovn takes the port along.
        pytest.param(seen(PLAIN, IP, provider="amphora", status=None), [RELEASE, CREATE, NAME, ASSOCIATE], id="gone"),
        pytest.param(
            seen(None, FREE, status=None),
            ["create VIP port 'chat-vip' with address 10.0.0.5", CREATE, NAME, ASSOCIATE, NOTE],
            id="ovn-gone",
        ),
    ],
)
def test_floating_ip(there: Observed, expected: list[str]) -> None:
    decided = plan(declared(floating_ip_network="public"), there)

    assert [str(action) for action in decided.actions] == expected


def test_unmanaged_floating_ip_survives_a_rebuild() -> None:
    """Release before, associate after: an interrupted run cannot leave one that only looks associated."""
    decided = plan(declared(), seen(NAMED, THEIRS, status="ERROR"))

    assert [str(action) for action in decided.actions] == [RELEASE, OWN_NAME, DELETE, CREATE, NAME, ASSOCIATE]


def test_a_diff_has_the_floating_ip_also_when_its_port_cannot_be_seen() -> None:
    """As the result has it."""
    decided = plan(declared(), seen(None, IP, provider="amphora"))

    assert decided.before["floating_ip_address"] == decided.after["floating_ip_address"] == "192.0.2.1"


def test_port_that_octavia_made_is_made_again_with_its_address() -> None:
    decided = plan(declared(), seen(OCTAVIAS, provider="amphora", status="ERROR"))

    _delete, port, balancer = decided.actions
    assert isinstance(port, CreateVipPort)
    assert (port.vip.address, port.vip.subnet_id, port.vip.network_id) == ("10.0.0.5", "s1", "n1")
    assert isinstance(balancer, CreateBalancer)
    assert balancer.port_id is None


def test_port_of_somebody_else_is_used_again() -> None:
    theirs = replace(PLAIN, name="mine", ours=False)

    _delete, balancer = plan(declared(), seen(theirs, provider="amphora", status="ERROR")).actions

    assert isinstance(balancer, CreateBalancer)
    assert (balancer.port_id, balancer.vip) == ("p1", None)


@pytest.mark.parametrize(
    ("options", "there", "expected"),
    [
        ({}, seen(NAMED, IP), ["delete load balancer 'chat' (lb1)", DROP, "delete VIP port 'ovn-lb-vip-lb1' (p1)"]),
        ({"keep_address": True}, seen(NAMED, IP), [OWN_NAME, "delete load balancer 'chat' (lb1)"]),
        ({}, seen(OCTAVIAS, THEIRS), ["delete load balancer 'chat' (lb1)"]),
        ({}, seen(PLAIN, FREE, status=None), [DROP, "delete VIP port 'chat-vip' (p1)"]),
        ({"keep_address": True}, seen(PLAIN, IP, status=None), []),
        # Something else has the address now.
        ({}, seen(NAMED, MOVED), ["delete load balancer 'chat' (lb1)", "delete VIP port 'ovn-lb-vip-lb1' (p1)"]),
        ({}, seen(PLAIN, MOVED, status=None), ["delete VIP port 'chat-vip' (p1)"]),
        ({}, seen(None, MOVED, status=None), []),
        ({}, seen(None, FREE, status=None), [DROP]),
    ],
)
def test_removal(options: dict[str, Any], there: Observed, expected: list[str]) -> None:
    decided = plan(declared(state="absent", **options), there)

    assert [str(action) for action in decided.actions] == expected
    left = MOVED in there.floating_ips
    assert ["port p7 now" in warning for warning in decided.warnings] == [True] * left


def test_nothing_is_said_of_a_moved_floating_ip_that_is_kept() -> None:
    assert plan(declared(state="absent", keep_address=True), seen(NAMED, MOVED)).warnings == ()


@pytest.mark.parametrize(
    ("options", "ip", "message"),
    [
        ({"floating_ip_network": "x"}, replace(IP, network_id="n8"), "is on network n8, not n9"),
        ({"floating_ip_network": "x"}, MOVED, "is on port p7 now"),
        ({"floating_ip_address": "192.0.2.9"}, THEIRS, "which the module did not make"),
        ({"floating_ip_address": "192.0.2.1"}, replace(THEIRS, port_id="p7"), "in use by port p7"),
        # Neutron may refuse it when the old one is gone already.
        (
            {"floating_ip_network": "x", "floating_ip_address": "192.0.2.9"},
            IP,
            "no floating IP 192.0.2.9; make it first",
        ),
    ],
)
def test_floating_ips_are_not_taken_from_others(options: dict[str, Any], ip: FloatingIp, message: str) -> None:
    there = seen(PLAIN, ip, provider="amphora")

    with pytest.raises(InvalidInputError, match=message):
        plan(declared(**options), there)


def test_given_address_takes_the_place_of_our_own() -> None:
    given = FloatingIp(id="i2", address="192.0.2.2", network_id="n9")

    decided = plan(declared(floating_ip_address="192.0.2.2"), seen(PLAIN, IP, given, provider="amphora"))

    assert [str(action) for action in decided.actions] == [
        DROP,
        "associate floating IP 192.0.2.2 (i2) with the VIP",
    ]
    assert decided.after["floating_ip_address"] == "192.0.2.2"


def test_empty_network_removes_only_what_is_ours() -> None:
    assert [str(a) for a in plan(declared(floating_ip_network=""), seen(NAMED, IP)).actions] == [DROP, OWN_NAME]
    assert [str(a) for a in plan(declared(floating_ip_network=""), seen(NAMED, THEIRS)).actions] == [RELEASE, OWN_NAME]


def test_empty_network_leaves_what_something_else_uses() -> None:
    decided = plan(declared(floating_ip_network=""), seen(NAMED, MOVED))

    assert [str(action) for action in decided.actions] == [OWN_NAME]
    (warning,) = decided.warnings
    assert "floating IP 192.0.2.1 (i1) stays" in warning
