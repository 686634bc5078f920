# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a service through its load balancer, and what its user is warned about."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.prediction_problems import prediction_problems
from ansible_collections.model_serving.openstack.plugins.filter.service_questions import service_questions
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets

from .preflight_values import warnings_of
from .test_routing import CANARY, complete


def known(expected: Any, request: str = "q") -> dict[str, Any]:
    model = {
        "name": "e",
        "infer_path": "/v2/models/e/infer",
        "known_answer": {"request": request, "expected": expected},
    }
    return {"models": [model]}


def test_each_answer_of_a_shared_pool_is_right() -> None:
    fleets = service_fleets(complete(fleets=[CANARY]))

    (question,) = service_questions(fleets, {"a": known({"y": 1}), "a.canary": known({"y": 2})})

    for value, right in ((1, True), (2, True), (3, False)):
        answer = {"outputs": [{"name": "y", "data": value}]}
        assert (prediction_problems([answer], [question]) == []) is right
    assert service_questions(fleets, {"a": known({"y": 1}), "a.canary": {"models": []}}) == []
    assert service_questions(fleets, {"a": known({"y": 1}), "a.canary": known({"y": 1}, "other")}) == []


def test_only_what_a_route_leads_to_is_asked() -> None:
    there = {"a": known({"y": 1})}

    for routes, hosts in (
        ([{"path": "/v2/models/e"}], [None]),
        ([{"host": "a.example"}], ["a.example"]),
        ([{"path": "/v2/models/f"}], []),
    ):
        fleets = service_fleets(complete(load_balancer={"join": "x", "routes": routes}))
        assert [question["host"] for question in service_questions(fleets, there)] == hosts


MODEL = {"path": "/v2/models/e"}
EU = {"host": "eu.example"}


@pytest.mark.parametrize(
    ("routes", "address", "asked"),
    [
        ({"two": [MODEL]}, None, [("a.two-http", None)]),
        ({"two": [EU]}, None, [("replicas-http", None), ("a.two-http", "eu.example")]),
        ({"two": [EU]}, "EU.example", [("a.two-http", "eu.example")]),
        ({"two": [{**EU, **MODEL}]}, None, [("replicas-http", None), ("a.two-http", "eu.example")]),
        ({"two": [{"path": "/v2/models/f"}]}, None, [("replicas-http", None)]),
        # Which of two routes is tried first, nobody knows; with another host only one of them is left.
        ({"two": [MODEL], "three": [EU]}, None, [("a.two-http", None)]),
        ({"two": [MODEL], "three": [MODEL]}, None, []),
        (
            {"two": [EU], "three": [EU, {"host": "us.example"}]},
            None,
            [
                ("replicas-http", None),
                ("a.three-http", "us.example"),
            ],
        ),
    ],
)
def test_a_question_goes_to_the_pool_whose_answer_is_known(
    routes: dict[str, Any], address: str | None, asked: list[tuple[str, str | None]]
) -> None:
    fleets = service_fleets(
        complete(fleets=[{"name": name, "replicas": 1, "routes": own} for name, own in routes.items()])
    )
    there = {fleet["name"]: known({"y": number}) for number, fleet in enumerate(fleets)}

    questions = service_questions(fleets, there, address=address)

    assert [(question["pool"], question["host"]) for question in questions] == asked


def warnings(provider: str | None = None, *names: str, balancer: Any = None, **change: Any) -> list[str]:
    capacity = {"load_balancer_providers": [{"name": name} for name in names], "services": [], "quotas": {}}
    fixed = {"autoscaling": {"enabled": False}}
    service = complete(load_balancer={"provider": provider, "protocol": "TCP"}, **fixed, **change)
    return warnings_of(service, capacity, {"load_balancer": balancer, "actions": []})


def test_warning_about_dead_hosts_behind_ovn() -> None:
    for told in (
        warnings("ovn", "amphora", "ovn"),
        warnings(None, "ovn"),
        warnings(None, "amphora", "ovn", balancer={"provider": "ovn"}),
    ):
        assert len(told) == 1
        assert "hypervisor that died" in told[0]
    assert warnings("amphora", "amphora", "ovn") == []
    assert warnings(None, "amphora", "ovn") == []


def test_warning_about_shares_that_cannot_be_had() -> None:
    assert "1000, a.canary 1 cannot be had" in warnings("amphora", weight=1000, fleets=[CANARY])[0]
    assert warnings("amphora", weight=99, fleets=[CANARY]) == []


@pytest.mark.parametrize(
    ("protocol", "external", "cidrs", "told"),
    [
        ("TERMINATED_HTTPS", False, ["0.0.0.0/0", "::/0"], "without the encryption"),
        ("TERMINATED_HTTPS", False, ["10.0.0.0/24"], None),
        ("HTTP", True, ["::/0"], "past the load balancer"),
        ("HTTP", False, ["0.0.0.0/0"], None),
    ],
)
def test_warning_about_replicas_that_anybody_reaches(
    protocol: str, external: bool, cidrs: list[str], told: str | None
) -> None:
    service = complete(
        load_balancer={"protocol": protocol},
        security_group={"allowed_cidrs": cidrs},
        autoscaling={"enabled": False},
    )
    network = {
        "reference": service["network"],
        "found": True,
        "problems": [],
        "subnet_ids": ["s"],
        "external": external,
        "shared": True,
    }
    capacity = {"load_balancer_providers": [], "services": [], "quotas": {}, "networks": [network]}

    warned = warnings_of(service, capacity, {"load_balancer": None, "actions": []})

    assert ([told in text for text in warned] == [True]) if told else (warned == [])
