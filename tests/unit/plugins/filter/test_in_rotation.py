# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused because replicas that serve would be out of rotation before others serve."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.readiness_problems import readiness_problems

from .preflight_values import OWN_TAGS, problems

ADDRESS = "10.0.0.1"
THERE = [{"name": "chat", "replicas": [{"name": "chat-1-1", "addresses": {"private": [ADDRESS]}}], "server_groups": []}]


def member(port: int, status: str = "ONLINE", weight: int | None = 1, address: str = ADDRESS) -> dict[str, Any]:
    return {"address": address, "protocol_port": port, "operating_status": status, "weight": weight}


def found_with(*members: dict[str, Any], port: int | None = 9000, pool: str = "replicas-http") -> list[str]:
    pools = [{"name": pool, "members": list(members)}, {"name": "other-http", "members": [member(1)]}]
    balancer = {"actions": [], "load_balancer": {"pools": pools, "tags": OWN_TAGS}}
    told = problems(service={"port": port}, balancer=balancer, groups=THERE)
    return [text for text in told if "a port cannot be changed" in text]


@pytest.mark.parametrize("pool", ["replicas-http", "replicas-tcp"])
@pytest.mark.parametrize("serving", [member(8080), member(8080, "NO_MONITOR"), member(8080, weight=None)])
def test_a_port_that_replicas_serve_at_is_not_changed(serving: dict[str, Any], pool: str) -> None:
    (problem,) = found_with(serving, pool=pool)

    assert "'chat' serve at port 8080" in problem
    assert "at port 9000" in problem


@pytest.mark.parametrize(
    "members",
    [
        [],
        [member(9000)],
        [member(8080), member(9000)],
        # Nothing is lost.
        [member(8080, "ERROR")],
        [member(8080, weight=0)],
        # Somebody else's.
        [member(8080, address="10.0.0.2")],
    ],
)
def test_other_ports_are_no_problem(members: list[dict[str, Any]]) -> None:
    assert found_with(*members) == []
    assert found_with(member(8080), port=None) == []


FLEETS = [{"name": "chat", "pool": "replicas-http"}, {"name": "chat.new", "pool": "replicas-http"}]
ROUTED = {"name": "chat.routed", "pool": "chat.routed-http"}


def not_ready(
    fleets: list[dict[str, str]], paths: list[str], *members: dict[str, Any], monitor: dict[str, Any] | None = None
) -> list[str]:
    servers = {fleet["name"]: {"ready_path": path} for fleet, path in zip(fleets, paths, strict=True)}
    pools = [{"name": "replicas-http", "members": list(members), "healthmonitor": monitor}]
    return readiness_problems(fleets, servers, {"load_balancer": {"pools": pools}})


def test_replicas_that_serve_are_not_asked_for_a_path_of_others() -> None:
    (problem,) = not_ready(FLEETS[:1], ["/health"], member(8080), monitor={"url_path": "/v2/health/ready"})

    assert "asks for /v2/health/ready, and would ask for /health" in problem
    assert "healthmonitor.type: TCP" in problem


@pytest.mark.parametrize(
    ("members", "monitor"),
    [
        ([member(8080)], {"url_path": "/health"}),
        ([member(8080)], {"url_path": None}),
        ([member(8080)], None),
        # A monitor that is wrong can be put right.
        ([member(8080, "ERROR")], {"url_path": "/wrong"}),
        ([], {"url_path": "/old"}),
    ],
)
def test_a_path_that_takes_nobody_out_of_rotation(members: list[dict[str, Any]], monitor: dict[str, Any]) -> None:
    assert not_ready(FLEETS, ["/health", "/health"], *members, monitor=monitor) == []
    assert not_ready([FLEETS[0], ROUTED], ["/health", "/other"], *members, monitor=monitor) == []


def test_fleets_that_share_a_pool_are_ready_at_one_path() -> None:
    (problem,) = not_ready(FLEETS, ["/health", "/v2/health/ready"])

    assert "('chat' at /health, 'chat.new' at /v2/health/ready)" in problem
    assert not readiness_problems(FLEETS[:1], {"chat": {"ready_path": "/health"}}, {"skipped": True})
