# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service file says of its load balancer comes to the module, by the expressions of the playbooks' own files."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets

from ..plugins.filter.test_service_arguments import MINIMAL, SPEC
from ..templates import OMIT, handed_on, read, value_of
from .test_drill import SET
from .test_fleet_options import unsaid

# What the module load_balancer has under the same name. All here is something else than what holds without a word.
SAME: dict[str, Any] = {
    "provider": "amphora",
    "flavor": "large",
    "vip_subnet": "lan-4",
    "vip_address": "10.0.0.99",
    "floating_ip_network": "public",
    "floating_ip_address": "192.0.2.99",
}
TLS: dict[str, Any] = {
    "default_tls_container_ref": "own",
    "sni_container_refs": ["other"],
    "tls_versions": ["TLSv1.3"],
    "tls_ciphers": "ECDHE-RSA-AES128-GCM-SHA256",
}
MONITOR: dict[str, Any] = {"type": "HTTP", "delay": 6, "timeout": 4, "max_retries": 2, "max_retries_down": 5}
OTHERWISE: dict[str, Any] = {
    "protocol": "TERMINATED_HTTPS",
    "port": 8443,
    "tls": TLS,
    "answer_timeout": 600,
    "lb_algorithm": "LEAST_CONNECTIONS",
    "healthmonitor": MONITOR,
}
GIVEN = {**SAME, **OTHERWISE}
MODULE = "model_serving.openstack.load_balancer"
OF_GUESTS: dict[str, Any] = {"join": "front", "routes": [{"host": "a.example"}]}
FLEETS = [
    {"name": "canary", "replicas": 1, "weight": 2},
    {"name": "eu", "replicas": 1, "weight": 5, "routes": [{"host": "eu.example"}]},
]
SERVICE = {**MINIMAL, "replicas": 3, "weight": 18, "port": 8081, "fleets": FLEETS}


def handed(balancer: dict[str, Any], **known: Any) -> dict[str, Any]:
    """Return what the module is given for a service with all its replicas."""
    service = service_arguments({**SERVICE, "load_balancer": balancer}, SPEC)["service"]
    fleets = service_fleets(service)
    groups: dict[str, Any] = {}
    facts = {
        **read("playbooks/vars/service.yml"),
        **known,
        "preflight_result": {"service": service, "fleets": fleets},
        "site_groups": groups,
        "site_model_servers": {fleet["name"]: {"ready_path": f"/{fleet['name']}/ready"} for fleet in fleets},
    }
    (remember,) = read("playbooks/tasks/fleet_as_it_is.yml")
    for index, fleet in enumerate(fleets):
        name = fleet["name"]
        here = {**facts, **remember["vars"], "site_fleet_name": name}
        servers = [
            {"name": f"{name}-{number}", "addresses": {"d": [f"10.0.{index}.{number}"]}}
            for number in range(1, fleet["replicas"] + 1)
        ]
        # As fleet.yml does when they are there.
        groups[name] = value_of(remember[SET]["site_groups"], here)[name] | {"servers": servers}
    (keep,) = read("playbooks/tasks/balancer.yml")
    return handed_on("load_balancer", "present", "load_balancer", {**facts, **keep["vars"]})


def weights(pool: dict[str, Any]) -> dict[str, int]:
    assert {member["protocol_port"] for member in pool["members"]} == {8081}
    return {member["name"]: member["weight"] for member in pool["members"]}


def test_no_option_is_forgotten_here() -> None:
    options = SPEC["load_balancer"]["options"]

    assert options.keys() - GIVEN.keys() == OF_GUESTS.keys()
    assert list(unsaid({name: options[name] for name in GIVEN}, GIVEN)) == []


def test_a_load_balancer_of_its_own() -> None:
    given = handed(GIVEN)
    (listener,), (policy,) = given["listeners"], given["listeners"][0]["l7policies"]

    assert {name: given[name] for name in SAME} == SAME
    assert (given["name"], given["vip_network"], "service" in given) == ("a", "d", False)
    assert (given["wait_for_members"], given["timeout"]) == ("all", 600)
    assert listener == {
        "name": "models",
        "protocol": "TERMINATED_HTTPS",
        "protocol_port": 8443,
        "l7policies": [policy],
        "default_pool": "replicas-http",
        "timeout_client_data": 600_000,
        "timeout_member_data": 600_000,
        **TLS,
    }
    assert (policy["redirect_pool"], policy["rules"][0]["type"]) == ("a.eu-http", "HOST_NAME")


@pytest.mark.parametrize(("said", "wanted"), [("", [""]), (None, []), ("public", ["public"])])
def test_no_floating_ip_is_something_else_than_none_said(said: str | None, wanted: list[str]) -> None:
    given = handed({"floating_ip_network": said})
    balancer = service_arguments({**SERVICE, "load_balancer": {"floating_ip_network": said}}, SPEC)["service"]
    (rehearse,) = [task for task in read("roles/preflight/tasks/main.yml") if MODULE in task]
    rehearsed = value_of(
        rehearse[MODULE]["floating_ip_network"], {"preflight_balancer": balancer["load_balancer"], "omit": OMIT}
    )

    assert [given[name] for name in given if name == "floating_ip_network"] == wanted
    assert [each for each in [rehearsed] if each != OMIT] == wanted


def test_pools_are_watched_and_shared_as_the_file_says() -> None:
    main, routed = handed(GIVEN)["pools"]

    assert {each["lb_algorithm"] for each in (main, routed)} == {"LEAST_CONNECTIONS"}
    assert main["healthmonitor"] == {**MONITOR, "url_path": "/a/ready"}
    assert routed["healthmonitor"] == {**MONITOR, "url_path": "/a.eu/ready"}
    # 18 parts of 20 for three replicas, 2 for the canary.
    assert weights(main) == {"a-1": 3, "a-2": 3, "a-3": 3, "a.canary-1": 1}
    assert weights(routed) == {"a.eu-1": 1}


def test_a_guest_has_routes_to_pools_of_its_own() -> None:
    given = handed(OF_GUESTS)
    (listener,) = given["listeners"]

    assert (given["name"], given["service"]) == ("front", "a")
    assert [policy["name"] for policy in listener["l7policies"]] == ["a-http a.example", "a.eu-http eu.example"]
    assert [pool["name"] for pool in given["pools"]] == ["a-http", "a.eu-http"]
    assert "default_pool" not in listener


def test_pools_stay_that_replicas_still_have_to_leave() -> None:
    (*_others, left) = handed({}, site_leaving_pools=["a.old-http"])["pools"]

    assert left == {"name": "a.old-http", "protocol": "HTTP"}


def test_routes_lead_nowhere_while_they_are_held() -> None:
    there = {"name": "a", "pools": [], "listeners": [{"name": "models", "l7policies": []}]}
    (held,) = handed({}, site_held_balancer=there)["listeners"][0]["l7policies"]
    (working,) = handed({})["listeners"][0]["l7policies"]

    # One rule more, which no request fits.
    assert (held["name"], len(held["rules"]) - len(working["rules"])) == (working["name"], 1)
