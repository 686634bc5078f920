# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import (
    ABILITIES,
    abilities,
    describe,
    problems,
)

AFFINITY = {"type": "SOURCE_IP", "persistence_timeout": 60}


def listener(**options: Any) -> dict[str, Any]:
    return {"listeners": [{"name": "l", **options}]}


def pool(**options: Any) -> dict[str, Any]:
    return {"pools": [{"name": "p", **options}]}


def member(**options: Any) -> dict[str, Any]:
    return pool(members=[{"address": "192.0.2.1", "protocol_port": 80, **options}])


@pytest.mark.parametrize(
    ("tree", "named"),
    [
        (listener(protocol="HTTP"), "protocol: HTTP"),
        (listener(protocol="TERMINATED_HTTPS"), "protocol: TERMINATED_HTTPS"),
        (listener(protocol="TCP", allowed_cidrs=["192.0.2.0/24"]), "allowed_cidrs"),
        (listener(protocol="TCP", l7policies=[{"name": "x"}]), "l7policies"),
        (listener(protocol="TCP", insert_headers={"X-Forwarded-For": "true"}), "insert_headers"),
        (listener(protocol="TCP", connection_limit=5), "connection_limit"),
        (listener(protocol="TCP", timeout_client_data=5), "timeout_client_data"),
        (pool(protocol="HTTP"), "protocol: HTTP"),
        (pool(lb_algorithm="ROUND_ROBIN"), "lb_algorithm: ROUND_ROBIN"),
        (pool(session_persistence={"type": "HTTP_COOKIE"}), "session_persistence.type: HTTP_COOKIE"),
        (pool(protocol="TCP", session_persistence={"type": "SOURCE_IP"}), "for pools of protocol UDP and SCTP only"),
        (pool(protocol="UDP", session_persistence={"type": "SOURCE_IP"}), "without 'persistence_timeout'"),
        (pool(protocol="SCTP", session_persistence={**AFFINITY, "persistence_timeout": 0}), "'persistence_timeout'"),
        (
            pool(protocol="UDP", session_persistence={**AFFINITY, "persistence_granularity": "255.255.0.0"}),
            "'persistence_granularity' of the session persistence of pool 'p'",
        ),
        (pool(healthmonitor={"type": "HTTP"}), "healthmonitor.type: HTTP"),
        (pool(tls_enabled=True), "tls_enabled"),
        (member(weight=0), "weight: 0"),
        (member(backup=True), "backup"),
        (member(monitor_port=8080), "monitor_port"),
        ({"availability_zone": "az1"}, "availability_zone"),
    ],
)
def test_ovn_cannot(tree: dict[str, Any], named: str) -> None:
    found = problems("ovn", tree)

    assert len(found) == 1
    assert found[0].startswith("provider 'ovn'")
    assert named in found[0]
    assert problems("amphora", tree) == []


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"listeners": None, "pools": None},
        listener(
            protocol="UDP", connection_limit=-1, allowed_cidrs=[], insert_headers={}, client_authentication="NONE"
        ),
        pool(protocol="TCP", lb_algorithm="SOURCE_IP_PORT", session_persistence={"type": None}),
        pool(protocol="UDP", session_persistence=AFFINITY),
        pool(protocol="SCTP", session_persistence=AFFINITY),
        pool(protocol="TCP", healthmonitor={"type": "TCP"}, tls_enabled=False),
        pool(protocol="UDP", healthmonitor={"type": "UDP-CONNECT"}),
        member(weight=1, backup=False, monitor_address=None),
    ],
)
def test_ovn_can(tree: dict[str, Any]) -> None:
    assert problems("ovn", tree) == []


def test_amphora_cannot_source_ip_port() -> None:
    assert "SOURCE_IP_PORT" in problems("amphora", pool(lb_algorithm="SOURCE_IP_PORT"))[0]


def test_all_problems_are_told_together() -> None:
    tree = {**listener(protocol="HTTP", allowed_cidrs=["::/0"]), **pool(lb_algorithm="ROUND_ROBIN")}

    assert len(problems("ovn", tree)) == 3


@pytest.mark.parametrize("provider", [None, "somebody-elses"])
def test_unknown_provider_is_not_judged(provider: str | None) -> None:
    assert problems(provider, listener(protocol="HTTP", l7policies=[{}])) == []
    assert abilities(provider).weights


def test_a_pool_can_be_made_with_the_default_algorithm() -> None:
    for able in ABILITIES.values():
        assert able.default_algorithm in able.lb_algorithms


def test_description_is_plain_data() -> None:
    described = describe("ovn")

    assert json.loads(json.dumps(described)) == described
    assert described is not None
    assert described["monitor_types"] == ["TCP", "UDP-CONNECT"]
    assert describe("somebody-elses") is None
