# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever leaves out a part of the job is found out."""

from __future__ import annotations

import argparse
import base64
from collections.abc import Callable
from types import SimpleNamespace as Thing
from typing import Any

import bench
import bench_check
import pytest

WANTED = bench.Bench(argparse.Namespace(n=2, hosts="real", provider="amphora", case="change")).variables("change")
OLD = bench.Bench(argparse.Namespace(n=2, hosts="real", provider="amphora", case="first")).variables("first")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def server(number: int) -> Any:
    return Thing(
        id=f"id-{number}",
        name=f"replica-{number}",
        status="ACTIVE",
        addresses={"bench": [{"addr": f"10.30.0.{number}"}]},
        security_groups=[{"name": "bench"}],
        user_data=encoded(WANTED["bench_user_data"]),
    )


class Place:
    """A project in which all is as it shall be."""

    def __init__(self) -> None:
        rule = {"direction": "ingress", "protocol": "tcp", "port_range_min": 8080, "port_range_max": 8080}
        self.servers = [server(1), server(2)]
        self.group = Thing(policy="anti-affinity", member_ids=["id-1", "id-2"])
        self.security_group = Thing(security_group_rules=[{**rule, "direction": "egress"}, rule])
        self.balancer = Thing(provisioning_status="ACTIVE", pools=[{"id": "p"}])
        self.members = [Thing(address="10.30.0.1"), Thing(address="10.30.0.2")]
        self.pools = [Thing(id="p", protocol="HTTP", lb_algorithm="LEAST_CONNECTIONS")]
        self.listeners = [Thing(protocol="HTTP", protocol_port=80, default_pool_id="p")]
        self.monitors = [Thing(type="HTTP", pools=[{"id": "p"}])]

    def problems(self) -> list[str]:
        balancing = Thing(
            load_balancers=lambda **_words: [self.balancer],
            members=lambda _pool: self.members,
            pools=lambda: self.pools,
            listeners=lambda: self.listeners,
            health_monitors=lambda: self.monitors,
        )
        conn = Thing(
            current_project_id="own",
            load_balancer=balancing,
            compute=Thing(server_groups=lambda: [self.group]),
            network=Thing(security_groups=lambda **_words: [self.security_group]),
        )
        operator = Thing(compute=Thing(servers=lambda **words: self.servers if words["project_id"] == "own" else []))
        return bench_check.problems(conn, operator, WANTED)


def test_all_is_as_it_shall_be() -> None:
    assert Place().problems() == []


def test_the_end_of_the_last_line_of_user_data_does_not_matter() -> None:
    place = Place()
    place.servers[0].user_data = encoded(WANTED["bench_user_data"].rstrip())
    assert place.problems() == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda place: place.servers.pop(), "1 servers instead of 2"),
        (lambda place: vars(place.servers[1]).update(status="BUILD"), "server replica-2 is BUILD"),
        (
            lambda place: vars(place.servers[0]).update(user_data=encoded(OLD["bench_user_data"])),
            "server replica-1 has other user data",
        ),
        (lambda place: vars(place.servers[0]).update(user_data=None), "server replica-1 has other user data"),
        (
            lambda place: vars(place.servers[0]).update(security_groups=[{"name": "default"}]),
            "server replica-1 has the security groups ['default']",
        ),
        (
            lambda place: place.group.member_ids.remove("id-2"),
            "server replica-2 is in no server group of the policy anti-affinity",
        ),
        (
            lambda place: vars(place.group).update(policy="soft-anti-affinity"),
            "server replica-1 is in no server group of the policy anti-affinity",
        ),
        (lambda place: place.security_group.security_group_rules.pop(), "no security group bench opens port 8080"),
        (lambda place: vars(place.balancer).update(provisioning_status="ERROR"), "load balancers: ['ERROR']"),
        (lambda place: place.members.pop(), "members ['10.30.0.1'] instead of ['10.30.0.1', '10.30.0.2']"),
        (lambda place: place.pools.clear(), "pools: []"),
        (lambda place: place.listeners.clear(), "listeners: []"),
        (
            lambda place: vars(place.listeners[0]).update(default_pool_id=None),
            "listeners: [('HTTP', 80, None)]",
        ),
        (lambda place: place.monitors.clear(), "health monitors: []"),
        (lambda place: vars(place.monitors[0]).update(type="TCP"), "health monitors: [('TCP', ['p'])]"),
    ],
)
def test_what_is_missing_is_said(spoil: Callable[[Place], object], said: str) -> None:
    place = Place()
    spoil(place)
    assert said in place.problems()
