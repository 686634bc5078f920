# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fake_octavia import CHAT, MEMBER, only, response

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


def with_pool(**options: Any) -> dict[str, Any]:
    return {**CHAT, "pools": [{**CHAT["pools"][0], **options}]}


def test_makes_the_whole_tree_in_one_request(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    answer = run_module("load_balancer", CHAT)

    assert octavia.writes == [("POST", "/lbaas/loadbalancers")]
    assert only(neutron.ports).name == "chat-vip"
    assert only(neutron.ports).description == only(neutron.ips).description == "model_serving.load_balancer=chat"
    assert only(octavia.rows["loadbalancers"])["vip_port_id"] == only(neutron.ports).id
    assert only(neutron.ips).port_id == only(neutron.ports).id
    assert answer["load_balancer"]["provisioning_status"] == "ACTIVE"
    assert answer["load_balancer"]["floating_ip_address"] == only(neutron.ips).floating_ip_address
    assert answer["load_balancer"]["pools"][0]["members"][0]["address"] == "10.0.0.11"


def test_second_run_changes_nothing(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    run_module("load_balancer", CHAT)
    octavia.requests.clear()

    answer = run_module("load_balancer", CHAT)

    assert answer["changed"] is False
    assert octavia.writes == []
    assert len(neutron.ports) == len(neutron.ips) == 1


def test_run_without_a_change_costs_the_same_for_many_members(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    assert not neutron.ports
    counted = []
    for count in (1, 200):
        members = [{"address": f"10.0.1.{number}", "protocol_port": 8080} for number in range(1, count + 1)]
        run_module("load_balancer", with_pool(members=members))
        octavia.requests.clear()
        assert run_module("load_balancer", with_pool(members=members))["changed"] is False
        counted.append(len(octavia.requests))

    assert counted[0] == counted[1]


def test_check_mode_predicts_and_writes_nothing(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    predicted = run_module("load_balancer", CHAT, check=True)

    assert octavia.writes == []
    assert not neutron.ports
    assert not neutron.ips
    done = run_module("load_balancer", CHAT)
    assert (predicted["changed"], predicted["actions"]) == (True, done["actions"])
    assert predicted["load_balancer"] is None


def test_options_left_out_are_not_managed(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """The nearest peer takes the floating IP away from a balancer when it is run again with default options."""
    run_module("load_balancer", {**CHAT, "description": "first"})
    octavia.requests.clear()

    answer = run_module("load_balancer", {"name": "chat"})

    assert answer["changed"] is False
    assert octavia.writes == []
    assert only(neutron.ips).port_id == only(neutron.ports).id
    assert answer["load_balancer"]["description"] == "first"
    assert answer["load_balancer"]["listeners"]


def test_refuses_to_wait_for_more_members_than_there_will_be(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    answer = run_module("load_balancer", {**CHAT, "wait_for_members": "2"})

    assert "1 members in rotation, and 2 are waited for" in answer["msg"]
    assert octavia.writes == []
    assert not neutron.ports


def test_waits_until_the_balancer_takes_changes(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """The nearest peer never tries again after 409, so that two quick changes of one balancer collide."""
    run_module("load_balancer", CHAT)
    assert neutron.ports
    changed = with_pool(lb_algorithm="LEAST_CONNECTIONS", members=[{**MEMBER, "weight": 5}])
    changed["listeners"] = [{**CHAT["listeners"][0], "timeout_member_data": 120000}]
    busy = iter([True, True])
    octavia.requests.clear()
    octavia.refuse = lambda _method, path: (
        response(409, {"faultstring": f"Pool {path} is immutable and cannot be updated."}) if next(busy, None) else None
    )

    answer = run_module("load_balancer", changed)

    assert answer["changed"] is True
    assert only(octavia.rows["members"])["weight"] == 5
    assert only(octavia.rows["listeners"])["timeout_member_data"] == 120000
    done = [path.split("/")[2] for method, path in octavia.writes if method == "PUT"]
    assert done == ["pools", "pools", "pools", "pools", "listeners"]


def test_other_conflicts_are_not_repeated(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    octavia.refuse = lambda _method, _path: response(409, {"faultstring": "Another pool has that"})
    octavia.requests.clear()

    answer = run_module("load_balancer", with_pool(description="other"))

    assert "Could not change pool 'replicas'" in answer["msg"]
    assert "409: Another pool has that" in answer["msg"]
    assert answer["failure"]["request_id"] == "req-1"
    assert len(octavia.writes) == 1


def test_balancer_that_stays_pending_is_told_at_the_deadline(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    balancer = only(octavia.rows["loadbalancers"])
    balancer["provisioning_status"] = "PENDING_UPDATE"
    octavia._pending[balancer["id"]] = 10_000

    answer = run_module("load_balancer", {**CHAT, "timeout": 30})

    assert "PENDING_UPDATE" in answer["msg"]
    assert "operator" in answer["msg"]
    assert "30 s" in answer["msg"]


def test_refuses_everything_at_once_before_the_first_write(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    answer = run_module("load_balancer", {**with_pool(lb_algorithm="ROUND_ROBIN"), "provider": "ovn"})

    assert answer["failed"] is True
    assert len(answer["failure"]["problems"]) == 4
    assert all("'ovn'" in problem for problem in answer["failure"]["problems"])
    assert octavia.requests == []
    assert not neutron.ports


def test_tells_all_names_that_do_not_exist(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    arguments = {**CHAT, "provider": "f5", "vip_subnet": "nowhere", "floating_ip_network": "outside"}

    answer = run_module("load_balancer", arguments)

    assert answer["failure"]["problems"] == [
        "there is no subnet 'nowhere'",
        "there is no network 'outside'",
        "there is no load balancer provider 'f5' (possible: amphora, ovn)",
    ]
    assert octavia.writes == []
    assert not neutron.ports


def test_names_every_balancer_of_an_ambiguous_name(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    octavia.add("loadbalancers", name="chat")
    octavia.add("loadbalancers", name="chat")

    answer = run_module("load_balancer", CHAT)

    assert "loadbalancer1, loadbalancer2" in answer["msg"]
    assert not neutron.ports


def test_tells_the_members_that_are_not_online(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    only(octavia.rows["members"])["operating_status"] = "ERROR"

    answer = run_module("load_balancer", {**CHAT, "wait_for_members": "all", "timeout": 20})

    assert answer["failed"] is True
    assert "10.0.0.11:8080 ERROR" in answer["msg"]
    too_many = run_module("load_balancer", {**CHAT, "wait_for_members": "2", "timeout": 20})
    assert "1 members in rotation, and 2 are waited for" in too_many["msg"]


def test_does_not_wait_for_members_that_others_keep(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    """An autoscaling group is repaired after the load balancer, so its members may be in ERROR."""
    run_module("load_balancer", CHAT)
    assert neutron.ports
    only(octavia.rows["members"])["operating_status"] = "ERROR"
    pool = {key: value for key, value in CHAT["pools"][0].items() if key != "members"}

    answer = run_module("load_balancer", {**CHAT, "pools": [pool], "wait_for_members": "all", "timeout": 20})

    assert answer["changed"] is False


def test_does_not_wait_for_members_that_are_not_declared(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """A canary that broke and left the file, whose members its fleet removes."""
    run_module("load_balancer", CHAT)
    assert neutron.ports
    pool_id = only(octavia.rows["members"])["owner"]
    broken = {"address": "10.0.0.12", "protocol_port": 8080, "weight": 1, "backup": False, "name": ""}
    tags = ["model_serving.service=chat.canary"]
    octavia.add("members", owner=pool_id, tags=tags, **{**broken, "operating_status": "ERROR"})

    answer = run_module("load_balancer", {**CHAT, "wait_for_members": "all", "timeout": 20})

    assert answer["changed"] is False
    assert len(octavia.members(pool_id)) == 2
    too_many = run_module("load_balancer", {**CHAT, "wait_for_members": "2", "timeout": 20})
    assert "1 members in rotation, and 2 are waited for" in too_many["msg"]


def test_a_pool_declared_without_members_stays_as_it_is(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """So its servers can be drained when nothing new is sent to it."""
    run_module("load_balancer", CHAT)
    assert neutron.ports
    listener = {**CHAT["listeners"][0], "default_pool": ""}
    pool = {"name": "replicas", "protocol": "HTTP"}
    answer = run_module("load_balancer", {**CHAT, "listeners": [listener], "pools": [pool]})
    assert answer["actions"] == ["change listener 'http' (listener5): default_pool_id"]
    assert octavia.rows["pools"]


def test_info_shows_balancers_with_everything_below(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> None:
    made = run_module("load_balancer", CHAT)["load_balancer"]
    octavia.add("loadbalancers", name="other")
    assert neutron.ports

    assert run_module("load_balancer_info", {"name": "chat"})["load_balancers"] == [made]
    assert len(run_module("load_balancer_info")["load_balancers"]) == 2
    assert run_module("load_balancer_info", {"name": "nobody"})["load_balancers"] == []
