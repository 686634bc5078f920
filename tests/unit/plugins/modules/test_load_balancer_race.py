# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of two services that share a load balancer, at the same time: both make it again, or leave it, or one reads."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import raise_from_response

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import ABANDONED

from .fake_octavia import ABSENT, CHAT, only, response
from .octavia_rows import forget
from .test_load_balancer_guests import gone, guest, names

if TYPE_CHECKING:
    from collections.abc import Callable
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


def leaves(octavia: Octavia, name: str) -> None:
    """Do what the run of another service does that leaves. What it had has its name; the owner says that it left."""
    for kind in ("l7policies", "pools"):
        for row in [row for row in octavia.rows[kind].values() if row["name"] == name]:
            forget(octavia.rows, kind, row["id"])
    if name == "replicas":
        only(octavia.rows["listeners"])["default_pool_id"] = None
        balancer = only(octavia.rows["loadbalancers"])
        balancer["tags"] = [*balancer["tags"], ABANDONED]


@pytest.mark.parametrize(
    ("before", "leaving", "other"),
    [
        pytest.param([CHAT, guest("b"), guest("c"), ABSENT], gone("b"), "c", id="guest and guest"),
        pytest.param([CHAT, guest("b")], ABSENT, "b", id="owner and guest"),
        pytest.param([CHAT, guest("b")], gone("b"), "replicas", id="guest and owner"),
    ],
)
def test_of_two_that_leave_one_removes_the_rest(
    before: list[dict[str, Any]],
    leaving: dict[str, Any],
    other: str,
    octavia: Octavia,
    neutron: Neutron,
    run_module: RunModule,
) -> None:
    for one in before:
        run_module("load_balancer", one)

    def meanwhile(_balancer: dict[str, Any]) -> None:
        octavia.after = lambda _balancer: None
        leaves(octavia, other)

    octavia.after = meanwhile

    answer = run_module("load_balancer", leaving)

    assert answer["load_balancer"] is None
    assert not any((octavia.rows["loadbalancers"], neutron.ports, neutron.ips))
    done = " ".join(answer["actions"])
    for part in ("pool", "load balancer", "floating IP", "VIP port"):
        assert f"delete {part} " in done
    assert answer["diff"]["before"]["pools"]
    assert answer["diff"]["after"] == {}


def test_one_that_leaves_may_find_that_the_other_one_removed_the_rest(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """It waits for its last change, and does what is left when the other run was killed."""
    for one in (CHAT, guest("b"), guest("c"), ABSENT):
        run_module("load_balancer", one)

    def meanwhile(balancer: dict[str, Any]) -> None:
        if "b" not in names(octavia, "pools"):
            only(neutron.ports)._update(name="chat-vip-going")
            octavia.remove(balancer["id"])

    octavia.after = meanwhile

    answer = run_module("load_balancer", gone("b"))

    assert "failed" not in answer, answer["msg"]
    assert not any((octavia.rows["loadbalancers"], neutron.ports, neutron.ips))


@pytest.mark.parametrize(("wanted", "removed"), [(gone("b"), False), ({**CHAT, "description": "x"}, True)])
def test_one_that_cannot_leave_or_wants_to_stay_fails(
    wanted: dict[str, Any], removed: bool, octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b")):
        run_module("load_balancer", one)
    assert neutron.ports
    octavia.refuse = lambda method, _path: response(500) if method == "DELETE" else None
    if removed:
        octavia.after = lambda balancer: octavia.remove(balancer["id"])

    answer = run_module("load_balancer", wanted)

    assert ("it was deleted meanwhile" if removed else "the cloud answered 500") in answer["msg"]


@pytest.mark.parametrize("status", [404, 503])
def test_one_that_leaves_may_find_that_the_port_is_gone(
    status: int, octavia: Octavia, neutron: Neutron, conn: Mock, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b"), ABSENT):
        run_module("load_balancer", one)
    assert neutron.ports
    conn.network.update_port.side_effect = lambda *_port, **_values: raise_from_response(response(status))

    answer = run_module("load_balancer", gone("b"))

    assert ("failed" not in answer) is (status == 404), answer
    assert (not octavia.rows["loadbalancers"]) is (status == 404)


def test_what_one_that_leaves_does_not_wait_for_is_left_to_the_next_run(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b"), guest("c"), ABSENT):
        run_module("load_balancer", one)
    octavia.after = lambda _balancer: leaves(octavia, "c")

    assert run_module("load_balancer", {**gone("b"), "wait": False})["load_balancer"]
    assert run_module("load_balancer", gone("c"))["load_balancer"] is None
    assert not any((octavia.rows["loadbalancers"], neutron.ports, neutron.ips))


def on_reading(octavia: Octavia, conn: Mock, path: str, act: Callable[[], object]) -> None:
    """Let something happen just after something was listed, once."""

    def get(asked: str, params: dict[str, Any] | None = None) -> Any:
        answer = octavia.get(asked, params)
        if asked == path:
            conn.load_balancer.get.side_effect = octavia.get
            act()
        return answer

    conn.load_balancer.get.side_effect = get


@pytest.mark.parametrize("listed", ["pools", "l7policies"])
def test_what_goes_while_it_is_read_is_left_out(
    listed: str, octavia: Octavia, neutron: Neutron, conn: Mock, run_module: RunModule
) -> None:
    for one in (CHAT, guest("b"), guest("c")):
        run_module("load_balancer", one)
    assert neutron.ports
    on_reading(octavia, conn, f"/lbaas/{listed}", lambda: leaves(octavia, "c"))

    answer = run_module("load_balancer", guest("b"))

    assert "failed" not in answer, answer["msg"]
    assert answer["changed"] is False
    assert [pool["name"] for pool in answer["load_balancer"]["pools"]] == ["b", "replicas"]


def test_what_stays_and_is_never_found_is_an_error(
    octavia: Octavia, neutron: Neutron, conn: Mock, run_module: RunModule
) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports

    def get(asked: str, params: dict[str, Any] | None = None) -> Any:
        return response(404) if asked.endswith("/members") else octavia.get(asked, params)

    conn.load_balancer.get.side_effect = get

    assert "Could not list members: the cloud answered 404" in run_module("load_balancer", CHAT)["msg"]
