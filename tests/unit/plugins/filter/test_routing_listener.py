# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the listener of a service's load balancer is told."""

from __future__ import annotations

from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._rehearsal import rehearsed_tree, service_tree
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

from .test_routing import VISION, complete, servers
from .test_service_arguments import MINIMAL, SPEC


def test_https_ends_at_the_load_balancer() -> None:
    service = complete(load_balancer={"protocol": "TERMINATED_HTTPS", "tls": {"default_tls_container_ref": "c"}})
    (fleet,) = service_fleets(service)
    groups = [{**fleet, "servers": servers(1), "server_port": 8080}]
    tls = service["load_balancer"]["tls"]

    tree = balancer_tree(groups, protocol="TERMINATED_HTTPS", port=443, listener=tls)

    assert tree["listeners"] == [
        {
            "name": "models",
            "protocol": "TERMINATED_HTTPS",
            "protocol_port": 443,
            "l7policies": [],
            "default_pool": "replicas-http",
            "default_tls_container_ref": "c",
        }
    ]
    assert [(pool["name"], pool["protocol"]) for pool in tree["pools"]] == [("replicas-http", "HTTP")]
    guest = balancer_tree(groups, protocol="TERMINATED_HTTPS", port=443, listener=tls, service="b")
    assert guest["listeners"][0].keys() == {"name", "protocol", "protocol_port", "l7policies"}


def test_both_sides_of_a_listener_wait_for_an_answer() -> None:
    service = complete(load_balancer={"answer_timeout": 600})

    (listener,) = rehearsed_tree(service)["listeners"]

    assert (listener["timeout_client_data"], listener["timeout_member_data"]) == (600_000, 600_000)
    assert not {"answer_timeout", "timeout_client_data"} & rehearsed_tree(complete())["listeners"][0].keys()


def test_tree_of_a_service_without_replicas() -> None:
    tls = {"default_tls_container_ref": "c"}
    service = complete(load_balancer={"protocol": "TERMINATED_HTTPS", "port": 443, "tls": tls}, fleets=[VISION])

    tree = rehearsed_tree(service)

    assert tree == service_tree(service)
    assert [(listener["protocol_port"], listener["default_tls_container_ref"]) for listener in tree["listeners"]] == [
        (443, "c")
    ]
    assert [(pool["name"], pool["healthmonitor"]["type"], pool["members"]) for pool in tree["pools"]] == [
        ("replicas-http", "HTTP", []),
        ("a.vision-http", "HTTP", []),
    ]
    wrong = service_arguments({**MINIMAL, "load_balancer": {"healthmonitor": {"delay": "soon"}}}, SPEC)["service"]
    # What a provider cannot do is told whatever else is wrong.
    assert rehearsed_tree(wrong)["pools"][0]["healthmonitor"].keys() == {
        "type",
        "timeout",
        "max_retries",
        "max_retries_down",
    }
    assert service_tree(wrong)["pools"][0]["healthmonitor"] == {}
