# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user reads at the end: predictions and the state of the service."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.prediction_problems import prediction_problems
from ansible_collections.model_serving.openstack.plugins.filter.service_report import service_report


def model(**expected: Any) -> dict[str, Any]:
    return {"name": "a", "version": "1", "known_answer": {"request": {}, "expected": expected}}


def answer(**outputs: Any) -> dict[str, Any]:
    return {"outputs": [{"name": name, "data": data} for name, data in outputs.items()]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(label=[1, 2]), {"label": [1, 2]}),
        (answer(label=[1, 2], other=[9]), {"label": [1, 2]}),
        (answer(p=[0.33333]), {"p": [0.3333]}),
        (answer(p=[0.1, 0.2, 0.3, 0.4]), {"p": [[0.1, 0.2], [0.3, 0.4]]}),
        (answer(word=["a"]), {"word": ["a"]}),
    ],
)
def test_same_answer(given: Any, expected: dict[str, Any]) -> None:
    assert prediction_problems([given], [model(**expected)]) == []


@pytest.mark.parametrize(
    ("given", "expected", "message"),
    [
        (answer(label=[1, 3]), {"label": [1, 2]}, "model 'a': label should be [1, 2], but is [1, 3]"),
        (answer(label=[1]), {"label": [1, 2]}, "but is [1]"),
        (answer(p=[0.34]), {"p": [0.33]}, "but is [0.34]"),
        (answer(word=["b"]), {"word": ["a"]}, "but is ['b']"),
        (answer(other=[1]), {"label": [1]}, "but is None"),
        ({"error": "no"}, {"label": [1]}, "the answer has no outputs: {'error': 'no'}"),
        (None, {"label": [1]}, "the answer has no outputs: None"),
    ],
)
def test_other_answer(given: Any, expected: dict[str, Any], message: str) -> None:
    (found,) = prediction_problems([given], [model(**expected)])
    assert message in found


@pytest.mark.parametrize(
    ("datatype", "alike"),
    [("FP32", True), (None, True), ("INT64", False), ("UINT32", False), ("INT8", False)],
)
def test_an_integer_beside_the_known_one_is_another(datatype: str | None, alike: bool) -> None:
    described = {"name": "token", "data": [50270]} | ({"datatype": datatype} if datatype else {})
    problems = prediction_problems([{"outputs": [described]}], [model(token=[50256])])
    assert problems == ([] if alike else ["model 'a': token should be [50256], but is [50270]"])
    assert prediction_problems([{"outputs": [described | {"data": [50256.0]}]}], [model(token=[50256])]) == []


def test_each_model_is_compared_with_its_own_answer() -> None:
    models = [{**model(x=[1]), "name": "one"}, {**model(x=[2]), "name": "two"}]
    assert prediction_problems([answer(x=[1]), answer(x=[1])], models) == ["model 'two': x should be [2], but is [1]"]


def replica(number: int, host: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"chat-1-{number}",
        "status": "ACTIVE",
        "availability_zone": f"az{number}",
        "host_id": host,
        "addresses": {"private": [f"10.0.0.{number}"]},
        "fault": None,
        **changes,
    }


WELL = {"provisioning_status": "ACTIVE", "operating_status": "ONLINE"}


def member(number: int, **changes: Any) -> dict[str, Any]:
    return {"address": f"10.0.0.{number}", "weight": 1, **WELL, **changes}


def balancer_of(*members: dict[str, Any], **monitor: Any) -> dict[str, Any]:
    return {
        "name": "chat",
        "provider": "amphora",
        "vip_address": "10.0.0.9",
        "floating_ip_address": "192.0.2.9",
        **WELL,
        "listeners": [{"name": "models", "protocol": "HTTP", "protocol_port": 80, "l7policies": [], **WELL}],
        "pools": [{"name": "replicas-http", "healthmonitor": {**WELL, **monitor}, "members": list(members), **WELL}],
    }


BALANCER = balancer_of(member(1))


def test_report_of_a_service() -> None:
    fleet = {"replicas": [replica(1, "h" * 56), replica(2, None, status="BUILD", addresses={}, availability_zone=None)]}
    assert service_report(BALANCER, fleet, [model(label=[3])]) == [
        "endpoint http://192.0.2.9:80",
        "load balancer chat (amphora) is ACTIVE and ONLINE",
        "replica chat-1-1 ACTIVE, zone az1, host hhhhhhhh, 10.0.0.1, member ONLINE",
        "replica chat-1-2 BUILD, zone none, host none, no address, no member",
        "2 replicas on 1 host in 1 zone",
        "1 of 2 replicas in rotation; not: chat-1-2",
        'model a 1 answers as known: {"label": [3]}',
    ]


def test_replicas_that_get_no_requests_are_named() -> None:
    """A drained member can be ONLINE. Of many, the rest is counted."""
    members = [member(1), member(2, weight=0), member(3, operating_status="ERROR"), *map(member, range(4, 21))]
    replicas = [replica(number, "h") for number in range(1, 21)]

    assert service_report(balancer_of(*members), {"replicas": replicas})[-1] == (
        "18 of 20 replicas in rotation; not: chat-1-2, chat-1-3"
    )
    assert service_report(balancer_of(*members), {"replicas": replicas[3:]})[-1] == "17 of 17 replicas in rotation"
    last = service_report(balancer_of(*members[:1]), {"replicas": replicas})[-1]
    assert last.startswith("1 of 20 replicas in rotation; not: chat-1-2, ")
    assert last.endswith(", chat-1-11, 9 more")


def test_why_a_replica_does_not_run_is_told() -> None:
    lost = replica(2, None, status="ERROR", addresses={}, fault="No valid host was found.")

    assert "no member, fault: No valid host was found." in service_report(BALANCER, {"replicas": [lost]})[2]


def test_parts_in_error_are_told_of_a_load_balancer_that_is_active() -> None:
    error = {"provisioning_status": "ERROR"}
    balancer = balancer_of(member(1), member(2, **error), **error)
    balancer["listeners"][0] |= {**error, "l7policies": [{"name": "own", **error}]}

    told = [line.partition(" is in ERROR")[0] for line in service_report(balancer) if " is in ERROR: " in line]

    assert told == [
        "listener models",
        "L7 policy own",
        "health monitor of pool replicas-http",
        "member 10.0.0.2 of pool replicas-http",
    ]
    balancer["pools"] = [{"name": "replicas-http", "healthmonitor": None, "members": [], **error}]
    assert service_report(balancer)[-2].startswith("pool replicas-http is in ERROR")


def test_the_project_comes_first() -> None:
    project = {"id": "5a3c", "name": "serving"}

    assert service_report(None, project=project)[0] == "project serving"
    assert service_report(None, project={**project, "name": None})[0] == "project 5a3c"
    assert service_report(None, project=project, cloud="prod")[0] == "project serving of cloud prod"


def test_without_a_floating_ip_the_vip_is_the_endpoint() -> None:
    assert service_report({**BALANCER, "floating_ip_address": None})[0] == "endpoint http://10.0.0.9:80"


def test_endpoint_of_ipv6_is_a_url() -> None:
    balancer = {**BALANCER, "floating_ip_address": None, "vip_address": "fd00::5"}
    assert service_report(balancer)[0] == "endpoint http://[fd00::5]:80"


def test_endpoint_of_a_service_that_speaks_https() -> None:
    listeners = [{**BALANCER["listeners"][0], "protocol": "TERMINATED_HTTPS", "protocol_port": 443}]
    assert service_report({**BALANCER, "listeners": listeners})[0] == "endpoint https://192.0.2.9:443"


@pytest.mark.parametrize("balancer", [None, {}])
def test_report_of_nothing(balancer: Any) -> None:
    assert service_report(balancer, None) == ["there is no load balancer", "there are no replicas"]
