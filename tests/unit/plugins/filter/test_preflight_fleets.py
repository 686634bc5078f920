# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What preflight says about services with several fleets, and about the provider that is in effect."""

from __future__ import annotations

from .preflight_values import CAPACITY, OWN_TAGS, SERVICE, problems, quota


def problems_of_existing() -> list[str]:
    """What is said when the provider is not named, and the load balancer that is there has another one."""
    unnamed = {**SERVICE["load_balancer"], "provider": None}
    there = {"provider": "ovn", "tags": OWN_TAGS}
    return problems(service={"load_balancer": unnamed}, balancer={"actions": [], "load_balancer": there})


def test_provider_of_the_balancer_that_is_there() -> None:
    assert len(problems_of_existing()) == 3
    assert all("provider 'ovn' cannot do" in text for text in problems_of_existing())


def test_weights_and_routes_that_the_provider_cannot_do() -> None:
    able = {**SERVICE["load_balancer"], "provider": "ovn", "protocol": "TCP"}
    canary = {
        "name": "canary",
        "replicas": 1,
        "weight": 1,
        "image": None,
        "flavor": None,
        "models": None,
        "routes": None,
    }
    plenty = {name: quota(9999, 9999) for name in CAPACITY["quotas"]}
    change = {"quotas": plenty}
    found = problems(change, service={"load_balancer": able, "weight": 9, "fleets": [canary]})
    assert found == ["provider 'ovn' has no weights, so 'weight' of the service and of its fleets would have no effect"]
    assert problems(change, service={"load_balancer": able, "weight": 3, "fleets": [canary]}) == []
    routed = {**canary, "routes": [{"path": "/x", "host": None}]}
    found = problems(change, service={"load_balancer": able, "fleets": [routed]})
    assert found == ["provider 'ovn' cannot do 'l7policies' of listener 'models'"]


def test_quotas_of_several_fleets() -> None:
    canary = {
        "name": "canary",
        "replicas": 2,
        "weight": 1,
        "image": None,
        "flavor": None,
        "models": None,
        "routes": None,
    }
    found = problems(service={"fleets": [canary]})
    assert [text.partition(" are needed")[0] for text in found] == [
        "5 more instances",
        "10 more cores",
        "2560 more MiB of RAM",
        "6 more ports",
    ]
