# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import requests
from keystoneauth1.exceptions import ConnectFailure, Unauthorized
from openstack.exceptions import ConflictException, ResourceTimeout, SDKException, raise_from_response

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    InvalidInputError,
    attempt,
    one_of,
)


def answer(status: int, body: bytes, request_id: str = "req-1") -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body
    response.headers.update({"content-type": "application/json", "x-openstack-request-id": request_id})
    response.request = requests.Request("POST", "http://127.0.0.1:8774/servers").prepare()
    return response


def test_tells_what_the_cloud_said() -> None:
    body = b'{"forbidden": {"message": "Quota exceeded for cores", "code": 403}}'

    with pytest.raises(CloudError) as caught, attempt("create", "server", "chat-1"):
        raise_from_response(answer(403, body))

    assert caught.value.message.startswith(
        "Could not create server 'chat-1': the cloud answered 403: Quota exceeded for cores. Request id: req-1."
    )
    assert caught.value.failure["status"] == 403
    assert caught.value.failure["request_id"] == "req-1"
    assert "quota" in str(caught.value.failure["hint"])


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        (403, "Only volume-backed servers are allowed for flavors with zero disk.", "set 'boot_volume.size'"),
        (409, "No more IP addresses available on network n1.", "name another subnet"),
        (400, "Unknown attribute for argument loadbalancer.pools: alpn_protocols", "docs/cloud.md"),
        (400, "Unknown attributes for argument listeners: alpn_protocols, tls_versions", "docs/cloud.md"),
        (400, "Property error: resources.together.properties: Unknown Property rules", "docs/cloud.md"),
        (409, "Quota exceeded for resources: ['port'].", "capacity_info"),
        (403, "Quota exceeded, too many servers in group", "unified limits"),
        (403, "Project p1 is over a limit for [Resource server_group_members is over limit of 10]", "unified limits"),
        (403, "Quota has been met for resources: load_balancer", "capacity_info"),
        (403, "You are not authorized to perform Delegated tokens cannot manage trusts.", "docs/cloud.md"),
        (400, "The Resource Type (OS::Aodh::PrometheusAlarm) could not be found.", "docs/cloud.md"),
        (409, "Instance is locked", "run again when that has ended"),
        (418, "I'm a teapot", None),
    ],
)
def test_what_helps_depends_on_what_the_cloud_said(status: int, said: str, hint: str | None) -> None:
    body = json.dumps({"error": {"message": said}}).encode()

    with pytest.raises(CloudError) as caught, attempt("create", "server", "chat-1"):
        raise_from_response(answer(status, body))

    given = caught.value.failure["hint"]
    assert (given is None) if hint is None else (hint in str(given))


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ConflictException("busy"), None, "busy"),
        (Unauthorized("bad password"), 401, "credentials"),
        (ConnectFailure("refused"), None, "can be reached"),
        (ResourceTimeout("too slow"), None, "too slow"),
        (SDKException(), None, "SDKException"),
    ],
)
def test_every_error_of_the_sdk_is_translated(error: Exception, status: int | None, words: str) -> None:
    with pytest.raises(CloudError) as caught, attempt("delete", "server", "chat-1", "s1"):
        raise error

    assert "Could not delete server 'chat-1' (s1)" in caught.value.message
    assert words in caught.value.message
    assert caught.value.failure["status"] == status


@pytest.mark.parametrize("body", [b"<html>Please log in</html>", b""])
def test_an_answer_that_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(CloudError) as caught, attempt("list", "flavors"):
        answer(200, body).json()

    assert "Could not list flavors: the answer is no JSON: Expecting value: line 1" in caught.value.message
    assert "proxy" in str(caught.value.failure["hint"])


def test_what_a_replica_says_does_not_command_the_terminal() -> None:
    # Heat hands on the reason of a replica's signal: "WaitConditionFailure: resources.ready: REASON".
    error = CloudError("update", "autoscaling group", "chat", answer="failed: \x1b[2Jall\x9b1A is\r well\nin line 2")

    assert error.message == "Could not update autoscaling group 'chat': failed: all is well\nin line 2."
    assert error.failure["answer"] == error.answer == "failed: all is well\nin line 2"


def test_faults_of_our_own_are_not_dressed_up() -> None:
    with pytest.raises(KeyError), attempt("create", "server"):
        raise KeyError("x")


def test_invalid_input_tells_every_problem() -> None:
    error = InvalidInputError(["one", "two"])

    assert error.message == "one; two"
    assert error.failure["problems"] == ["one", "two"]


@dataclass(frozen=True)
class Thing:
    id: str


def test_one_of() -> None:
    assert one_of("thing", "x", []) is None
    assert one_of("thing", "x", [Thing("1")]) == Thing("1")
    with pytest.raises(InvalidInputError, match=r"2 things are named 'x' \(1, 2\)"):
        one_of("thing", "x", [Thing("1"), Thing("2")])
