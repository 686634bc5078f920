# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several services behind one load balancer: each comes, changes and goes without the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import ABSENT, CHAT, MEMBER, only

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

MARK = "model_serving.service="


def policy(name: str, value: str = "/v2/models/x") -> dict[str, Any]:
    rule = {"type": "PATH", "compare_type": "STARTS_WITH", "value": value}
    return {"name": name, "action": "REDIRECT_TO_POOL", "redirect_pool": name, "rules": [rule]}


def guest(service: str, *policies: dict[str, Any], **listener: Any) -> dict[str, Any]:
    """What a guest declares: a policy on the owner's listener, and a pool."""
    wanted = {"name": "http", "protocol": "HTTP", "protocol_port": 80, "l7policies": [*policies] or [policy(service)]}
    member = {**MEMBER, "address": "10.0.0.21"}
    pools = [{"name": service, "protocol": "HTTP", "members": [member]}]
    return {"name": "chat", "service": service, "listeners": [{**wanted, **listener}], "pools": pools}


def gone(name: str) -> dict[str, Any]:
    return {**ABSENT, "service": name}


def names(octavia: Octavia, kind: str) -> list[str]:
    return sorted(row["name"] for row in octavia.rows[kind].values())


def test_guests_and_owner_do_not_touch_each_other(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    everybody = [CHAT, guest("b"), guest("c")]
    for one in everybody:
        assert run_module("load_balancer", one)["changed"] is True
    assert neutron.ports
    assert names(octavia, "pools") == ["b", "c", "replicas"]
    assert names(octavia, "l7policies") == ["b", "c"]
    assert {row["name"]: row["tags"] for row in octavia.rows["pools"].values()} == {
        "replicas": ["model_serving.load_balancer=chat"],
        "b": [f"{MARK}b"],
        "c": [f"{MARK}c"],
    }
    octavia.requests.clear()

    for one in [*everybody, {**CHAT, "purge": True}]:
        assert run_module("load_balancer", one)["actions"] == []
    assert octavia.writes == []


def test_guest_removes_what_it_no_longer_declares(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    run_module("load_balancer", guest("b", policy("b"), {**policy("b", "/other"), "name": "second"}))
    run_module("load_balancer", guest("c"))

    run_module("load_balancer", guest("b"))

    assert names(octavia, "l7policies") == ["b", "c"]
    assert run_module("load_balancer", {**guest("b"), "listeners": []})["changed"] is True
    assert names(octavia, "l7policies") == ["c"]


def test_guest_leaves_without_the_others(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    for one in (CHAT, guest("b"), guest("c")):
        run_module("load_balancer", one)

    assert run_module("load_balancer", gone("b"))["changed"] is True

    assert names(octavia, "pools") == ["c", "replicas"]
    assert names(octavia, "l7policies") == ["c"]
    assert only(octavia.rows["listeners"])["default_pool_id"]
    assert run_module("load_balancer", gone("b"))["changed"] is False
    assert len(neutron.ports) == len(neutron.ips) == 1


def test_owner_leaves_and_the_last_guest_turns_off_the_light(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b")):
        run_module("load_balancer", one)

    left = run_module("load_balancer", ABSENT)

    assert names(octavia, "pools") == ["b"]
    assert only(octavia.rows["listeners"])["default_pool_id"] is None
    assert left["load_balancer"]["floating_ip_address"] == only(neutron.ips).floating_ip_address
    assert "stay for the services b" in left["warnings"][0]
    assert run_module("load_balancer", ABSENT)["changed"] is False
    assert run_module("load_balancer", guest("b"))["changed"] is False
    assert run_module("load_balancer", gone("b"))["load_balancer"] is None
    assert not any((octavia.rows["loadbalancers"], neutron.ports, neutron.ips))


def test_the_last_guest_is_stopped_before_it_removes_the_addresses(
    octavia: Octavia, neutron: Neutron, conn: Mock, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b"), ABSENT):
        run_module("load_balancer", one)
    delete = conn.network.delete_ip.side_effect
    conn.network.delete_ip.side_effect = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        run_module("load_balancer", gone("b"))
    conn.network.delete_ip.side_effect = delete
    assert [len(rows) for rows in (octavia.rows["loadbalancers"], neutron.ports, neutron.ips)] == [0, 1, 1]

    assert run_module("load_balancer", gone("b"))["changed"] is True
    assert not [*neutron.ports, *neutron.ips]


def test_a_guest_leaves_the_addresses_of_an_owner_whose_balancer_is_lost(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b")):
        run_module("load_balancer", one)
    octavia.rows["loadbalancers"].clear()

    assert run_module("load_balancer", gone("b"))["changed"] is False
    assert len(neutron.ports) == len(neutron.ips) == 1


def test_the_last_guest_keeps_the_address_that_the_owner_keeps(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b"), {**ABSENT, "keep_address": True}):
        run_module("load_balancer", one)
    assert run_module("load_balancer", {**ABSENT, "keep_address": True})["changed"] is False

    run_module("load_balancer", gone("b"))

    assert not octavia.rows["loadbalancers"]
    assert len(neutron.ports) == len(neutron.ips) == 1
    assert run_module("load_balancer", CHAT)["load_balancer"]["tags"] == ["model_serving.load_balancer=chat"]
    assert len(neutron.ports) == 1


def test_owner_cannot_leave_while_a_guest_uses_its_pool(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """Octavia refuses to delete such a pool, when the rest of the owner is gone already."""
    run_module("load_balancer", CHAT)
    run_module("load_balancer", guest("b", {**policy("b"), "redirect_pool": "replicas"}))
    octavia.requests.clear()

    answer = run_module("load_balancer", ABSENT)

    assert answer["failed"] is True
    assert "L7 policy 'b' of listener 'http' refers to pool 'replicas'" in answer["msg"]
    assert octavia.writes == []
    assert neutron.ports


def test_owner_comes_back(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    for one in (CHAT, guest("b"), ABSENT, CHAT):
        run_module("load_balancer", one)

    assert names(octavia, "pools") == ["b", "replicas"]
    run_module("load_balancer", gone("b"))
    assert only(octavia.rows["pools"])["name"] == "replicas"
    assert len(neutron.ports) == 1


def test_guest_heals_a_broken_balancer_for_all(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    for one in (CHAT, guest("b"), guest("c")):
        run_module("load_balancer", one)
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"

    run_module("load_balancer", guest("b"))

    assert names(octavia, "pools") == ["b", "c", "replicas"]
    assert names(octavia, "l7policies") == ["b", "c"]
    assert len(neutron.ports) == len(neutron.ips) == 1
    for one in (CHAT, guest("b"), guest("c")):
        assert run_module("load_balancer", one)["actions"] == []


def test_owner_leaves_a_broken_balancer(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    for one in (CHAT, guest("b")):
        run_module("load_balancer", one)
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"

    run_module("load_balancer", ABSENT)

    assert names(octavia, "pools") == ["b"]
    assert only(octavia.rows["loadbalancers"])["provisioning_status"] == "ACTIVE"
    assert len(neutron.ports) == len(neutron.ips) == 1


def test_what_a_guest_may_not(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    lonely = run_module("load_balancer", guest("b"))
    assert lonely["failure"]["problems"] == [
        "there is no load balancer 'chat' that service 'b' could use; deploy it first"
    ]
    run_module("load_balancer", CHAT)
    run_module("load_balancer", guest("c"))
    octavia.requests.clear()

    taken = {**guest("b"), "pools": [{"name": name, "protocol": "HTTP"} for name in ("b", "c", "replicas")]}
    for wrong, words in (
        (taken, ["pool 'c'", "pool 'replicas'", "was not made by this service"]),
        (guest("b", protocol_port=81), ["'protocol_port' 80, not 81"]),
        (guest("b", name="other"), ["there is no listener 'other'"]),
        (guest("b", connection_limit=5), ["'connection_limit' of listener 'http' is for the owner"]),
        ({**guest("b"), "provider": "ovn", "purge": True}, ["'provider' is for the owner", "'purge'"]),
    ):
        answer = run_module("load_balancer", wrong)
        assert all(word in answer["msg"] for word in words), answer["msg"]
    assert octavia.writes == []
    assert len(neutron.ports) == 1


def test_what_an_owner_may_not(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    run_module("load_balancer", CHAT)
    run_module("load_balancer", guest("b"))
    assert neutron.ports
    octavia.requests.clear()

    takes = run_module("load_balancer", {**CHAT, "pools": [*CHAT["pools"], {"name": "b", "protocol": "HTTP"}]})
    assert "pool 'b'" in takes["msg"]
    assert "belongs to service 'b'" in takes["msg"]
    closes = run_module("load_balancer", {**CHAT, "listeners": []})
    assert "cannot be removed: it has L7 policies of the services b" in closes["msg"]
    assert octavia.writes == []


def test_policies_of_others_keep_their_places(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    own = {**policy("no"), "action": "REJECT", "redirect_pool": None}
    run_module("load_balancer", CHAT)
    for one in (guest("b"), guest("c")):
        run_module("load_balancer", one)
    assert neutron.ports
    run_module("load_balancer", {**CHAT, "listeners": [{**CHAT["listeners"][0], "l7policies": [own]}]})
    octavia.requests.clear()

    for one in (guest("b"), guest("c")):
        assert run_module("load_balancer", one)["actions"] == []
