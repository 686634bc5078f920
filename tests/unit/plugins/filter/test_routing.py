# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several fleets and services behind one load balancer, from the service file to the options of the module."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

from .test_service_arguments import MINIMAL, SPEC

CANARY = {"name": "canary", "replicas": 1, "weight": 1, "models": [{"name": "e", "path": "new", "version": "2"}]}
VISION = {"name": "vision", "replicas": 2, "routes": [{"path": "/v2/models/vision"}]}


def complete(**change: Any) -> dict[str, Any]:
    checked = service_arguments({**MINIMAL, **change}, SPEC)
    assert checked["problems"] == []
    service: dict[str, Any] = checked["service"]
    return service


def servers(count: int, first: int = 1) -> list[dict[str, Any]]:
    return [{"name": f"s{n}", "addresses": {"private": [f"10.0.0.{n}"]}} for n in range(first, first + count)]


def test_a_service_alone_is_one_fleet() -> None:
    (fleet,) = service_fleets(complete(replicas=3))

    assert (fleet["name"], fleet["pool"], fleet["member_weight"], fleet["routes"]) == ("a", "replicas-http", 1, [])
    assert fleet["models"] == complete()["models"]


def test_a_canary_shares_the_pool() -> None:
    stable, canary = service_fleets(complete(replicas=3, weight=9, fleets=[CANARY]))

    assert (stable["pool"], stable["member_weight"]) == ("replicas-http", 3)
    assert (canary["name"], canary["pool"], canary["member_weight"]) == ("a.canary", "replicas-http", 1)
    assert canary["models"][0]["version"] == "2"
    assert (canary["image"], canary["flavor"], canary["port"]) == ("b", "c", 8080)
    more = service_fleets(complete(replicas=4, weight=9, fleets=[CANARY]))
    assert [fleet["member_weight"] for fleet in more] == [9, 4]


@pytest.mark.parametrize(
    "fleet",
    [
        {**CANARY, "runtime": "llama_cpp", "models": [{"name": "other", "path": "p"}]},
        {**CANARY, "runtime": "vllm", "models": [{"name": "big", "path": "p"}], "routes": [{"host": "big.example"}]},
        {**CANARY, "runtime": "vllm", "models": [{"name": "big", "path": "p"}], "routes": [{"path": "/v1"}]},
    ],
)
def test_requests_that_can_be_told_apart_are_no_problem(fleet: dict[str, Any]) -> None:
    assert complete(fleets=[fleet])


def test_a_fleet_has_its_own_disks_and_places() -> None:
    other = {"boot_volume": {"size": 9}, "availability_zones": ["az2"], "anti_affinity": {"max_server_per_host": 2}}

    stable, canary = service_fleets(
        complete(replicas=3, boot_volume={"size": 3}, availability_zones=["az1"], fleets=[{**CANARY, **other}])
    )

    assert (stable["boot_volume"]["size"], canary["boot_volume"]["size"]) == (3, 9)
    assert (stable["availability_zones"], canary["availability_zones"]) == (["az1"], ["az2"])
    assert (stable["anti_affinity"]["max_server_per_host"], canary["anti_affinity"]["max_server_per_host"]) == (None, 2)


def test_a_fleet_with_routes_has_a_pool_of_its_own() -> None:
    fleets = service_fleets(complete(replicas=3, weight=9, fleets=[CANARY, VISION]))

    assert [(fleet["pool"], fleet["member_weight"]) for fleet in fleets] == [
        ("replicas-http", 3),
        ("replicas-http", 1),
        ("a.vision-http", 1),
    ]


def test_a_guest_gets_the_requests_for_its_models() -> None:
    guest, canary = service_fleets(complete(load_balancer={"join": "x"}, fleets=[CANARY]))

    assert (guest["pool"], guest["routes"]) == ("a-http", [{"path": "/v2/models/e"}])
    assert (canary["pool"], canary["routes"]) == ("a-http", [])
    (other,) = service_fleets(complete(load_balancer={"join": "x", "routes": [{"host": "a.example"}]}))
    assert other["routes"] == [{"host": "a.example", "path": None}]


def test_a_pool_that_is_drained_stays_without_its_routes() -> None:
    groups = [{"servers": servers(1), "server_port": 8080}]

    tree = balancer_tree(
        groups, protocol="TERMINATED_HTTPS", port=443, healthmonitor={"type": "HTTP"}, leaving=["a.vision-http"]
    )

    assert tree["pools"][1:] == [{"name": "a.vision-http", "protocol": "HTTP"}]
    assert tree["listeners"][0]["l7policies"] == []


def test_tree_of_an_owner() -> None:
    groups = [
        {"servers": servers(3), "server_port": 8080, "weight": 9},
        {"name": "a.canary", "servers": servers(1, 4), "server_port": 8081, "weight": 1, "routes": []},
        {"name": "a.vision", "servers": servers(1, 5), "server_port": 8080, "routes": VISION["routes"]},
    ]

    tree = balancer_tree(groups, protocol="HTTP", port=80, healthmonitor={"type": "HTTP"})

    (listener,) = tree["listeners"]
    assert (listener["default_pool"], listener["protocol_port"]) == ("replicas-http", 80)
    (policy,) = listener["l7policies"]
    assert (policy["name"], policy["redirect_pool"]) == ("a.vision-http /v2/models/vision", "a.vision-http")
    shared, vision = tree["pools"]
    assert [(m["address"], m["protocol_port"], m["weight"]) for m in shared["members"]] == [
        ("10.0.0.1", 8080, 3),
        ("10.0.0.2", 8080, 3),
        ("10.0.0.3", 8080, 3),
        ("10.0.0.4", 8081, 1),
    ]
    assert [(m["name"], m["weight"]) for m in vision["members"]] == [("s5", 1)]
    assert vision["healthmonitor"] == {"type": "HTTP"}


def test_routes_are_told_apart_behind_https_too() -> None:
    complete(fleets=[VISION], load_balancer={"protocol": "TERMINATED_HTTPS"})
    complete(load_balancer={"join": "x", "protocol": "TERMINATED_HTTPS", "port": 443})


def test_tree_of_a_guest_leaves_the_listener_alone() -> None:
    group = {"servers": servers(1), "server_port": 8080, "routes": [{"path": "/x"}]}

    tree = balancer_tree([group], protocol="HTTP", port=80, service="b")

    assert tree["listeners"][0].keys() == {"name", "protocol", "protocol_port", "l7policies"}
    assert [pool["name"] for pool in tree["pools"]] == ["b-http"]


def test_each_pool_is_tested_as_its_servers_want_to_be() -> None:
    main = {"servers": [], "server_port": 1, "ready_path": "/v2/health/ready"}
    chat = {"name": "a.chat", "servers": [], "server_port": 1, "routes": [{"path": "/v1"}], "ready_path": "/health"}
    monitor = {"type": "HTTP", "url_path": "/v2/health/ready", "delay": 2}

    first, second = balancer_tree([main, chat], protocol="HTTP", port=80, healthmonitor=monitor)["pools"]
    assert (first["healthmonitor"], second["healthmonitor"]) == (monitor, {**monitor, "url_path": "/health"})

    _first, second = balancer_tree([main, chat], protocol="TCP", port=80, healthmonitor={"type": "TCP"})["pools"]
    assert second["healthmonitor"] == {"type": "TCP"}


@pytest.mark.parametrize(
    ("route", "kind", "fits", "fits_not"),
    [
        (
            {"path": "/v2/models/chat"},
            "PATH",
            ["/v2/models/chat", "/v2/models/chat/infer"],
            ["/v2/models/chat-2/infer"],
        ),
        ({"path": "/v2/models/v1.5/"}, "PATH", ["/v2/models/v1.5"], ["/v2/models/v1x5", "/a/v2/models/v1.5"]),
        (
            {"host": "a.example"},
            "HOST_NAME",
            ["a.example", "a.example:8080"],
            ["a.example.org", "b.a.example", "axexample"],
        ),
    ],
)
def test_what_a_route_means(route: dict[str, str], kind: str, fits: list[str], fits_not: list[str]) -> None:
    tree = balancer_tree([{"servers": [], "server_port": 1, "routes": [route]}], protocol="HTTP", port=80, service="b")

    (rule,) = tree["listeners"][0]["l7policies"][0]["rules"]
    assert (rule["type"], rule["compare_type"]) == (kind, "REGEX")
    assert all(re.search(rule["value"], text) for text in fits)
    assert not any(re.search(rule["value"], text) for text in fits_not)
    assert "\\" not in rule["value"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": 0}, "model_service.weight is 0, but must be at least 1"),
        ({"fleets": [{**CANARY, "weight": 0}]}, "model_service.fleets[0].weight is 0"),
        ({"fleets": [{**CANARY, "replicas": 0}]}, "model_service.fleets[0].replicas is 0"),
        ({"fleets": [CANARY, CANARY]}, "model_service.fleets has 2 fleets named 'canary'"),
        ({"fleets": [{**CANARY, "name": "a.b"}]}, "model_service.fleets[0].name is 'a.b'"),
        ({"fleets": [{**CANARY, "name": "x" * 47}]}, "at most 47"),
        ({"fleets": [{**CANARY, "models": []}]}, "model_service.fleets[0].models is empty"),
        ({"fleets": [{**VISION, "routes": [{}]}]}, "model_service.fleets[0].routes[0] needs a path or a host"),
        ({"fleets": [{**VISION, "routes": [{"path": "x"}]}]}, "routes[0].path is 'x'"),
        ({"fleets": [{**VISION, "routes": [{"path": "/a(b"}]}]}, "routes[0].path is '/a(b'"),
        ({"fleets": [{**VISION, "routes": [{"host": "*.x"}]}]}, "routes[0].host is '*.x'"),
        ({"fleets": [VISION], "load_balancer": {"protocol": "TCP"}}, "fleets[0].routes needs the protocol HTTP"),
        (
            {"load_balancer": {"routes": [{"path": "/x"}]}},
            "load_balancer.routes goes with model_service.load_balancer.join",
        ),
        ({"load_balancer": {"join": "a"}}, "load_balancer.join is the service itself"),
        ({"load_balancer": {"join": "x", "provider": "ovn"}}, "load_balancer.provider is up to the service 'x'"),
        ({"load_balancer": {"join": "x", "floating_ip_network": "p"}}, "floating_ip_network is up to the service 'x'"),
        (
            {"load_balancer": {"join": "x", "answer_timeout": 9}},
            "load_balancer.answer_timeout is up to the service 'x'",
        ),
        (
            {"load_balancer": {"join": "x", "tls": {"default_tls_container_ref": "c"}}},
            "load_balancer.tls.default_tls_container_ref is up to the service 'x'",
        ),
        ({"load_balancer": {"tls": {"tls_versions": ["TLSv9"]}}}, "TLSv9"),
        (
            {"fleets": [{**CANARY, "models": [{"name": "other", "path": "p"}]}]},
            "model_service.fleets[0] serves other, and the service itself e: without routes",
        ),
        (
            {"fleets": [{**VISION, "runtime": "vllm"}]},
            "fleets[0].routes[0].path is '/v2/models/vision', but with the runtime 'vllm' no request has that path",
        ),
        ({"fleets": [{**CANARY, "boot_volume": {"size": -1}}]}, "model_service.fleets[0].boot_volume"),
        (
            {"fleets": [{**CANARY, "anti_affinity": {"max_server_per_host": 0}}]},
            "model_service.fleets[0].anti_affinity.max_server_per_host is 0",
        ),
        ({"load_balancer": {"join": "x", "protocol": "TCP"}}, "load_balancer.join needs the protocol HTTP"),
    ],
)
def test_one_mistake_is_one_message(change: dict[str, Any], message: str) -> None:
    found = service_arguments({**MINIMAL, **change}, SPEC)["problems"]
    assert len(found) == 1
    assert message in found[0]
