# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What site.yml and drill.yml say of a service, by the expressions that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ..templates import read, value_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("facts", "protocol", "url"),
    [
        ({}, "HTTP", "http://192.0.2.9:80"),
        ({"site_address": "models.example"}, "TERMINATED_HTTPS", "https://models.example:80"),
        ({"load_balancer_result": {"address": "fd00::5"}}, "TCP", "http://[fd00::5]:80"),
        ({"site_address": "fd00::6"}, "HTTP", "http://[fd00::6]:80"),
        ({"site_address": ""}, "HTTP", "http://192.0.2.9:80"),
        ({"site_address": "[fd00::6]"}, "HTTP", "http://[fd00::6]:80"),
    ],
)
def test_url_of_a_service(facts: dict[str, Any], protocol: str, url: str) -> None:
    service = {"load_balancer": {"protocol": protocol, "port": 80}}
    known = {"preflight_result": {"service": service}, "load_balancer_result": {"address": "192.0.2.9"}, **facts}

    assert value_of("{{ site_url }}", {**read("playbooks/vars/service.yml"), **known}) == url


@pytest.mark.parametrize(
    ("facts", "path"), [({"site_ca_path": "/ca.pem"}, "/ca.pem"), ({"site_ca_path": ""}, "left out"), ({}, "left out")]
)
def test_authorities_are_those_of_a_file_that_is_named(facts: dict[str, str], path: str) -> None:
    service = {"load_balancer": {"protocol": "TERMINATED_HTTPS"}}
    known = {"preflight_result": {"service": service}, "omit": "left out", "site_runs_here": True, **facts}

    assert value_of("{{ site_authorities }}", {**read("playbooks/vars/service.yml"), **known}) == path


@pytest.mark.parametrize("named", ["ca.pem", "~/ca.pem"])
@pytest.mark.parametrize("here", [True, False])
def test_the_file_is_seen_from_where_ansible_was_started(
    named: str, here: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    service = {"load_balancer": {"protocol": "TERMINATED_HTTPS"}}
    known = {"preflight_result": {"service": service}, "site_runs_here": here, "site_ca_path": named}

    found = value_of("{{ site_authorities }}", {**read("playbooks/vars/service.yml"), **known})

    # On another machine, the module itself knows what its home is.
    assert found == (str(tmp_path / "ca.pem") if here else named)


@pytest.mark.parametrize(
    ("listeners", "seconds"),
    [([{"timeout_member_data": 600000}], 600), ([{"timeout_member_data": 900}], 1), ([], 50), (None, 50)],
)
def test_an_answer_is_waited_for_as_long_as_the_load_balancer_does(
    listeners: list[dict[str, int]] | None, seconds: int
) -> None:
    balancer = {} if listeners is None else {"listeners": listeners}

    found = value_of("{{ site_patience }}", {**read("playbooks/vars/service.yml"), "load_balancer_result": balancer})

    assert found == seconds


def test_who_is_asked_depends_on_the_name_that_is_asked() -> None:
    model = {"name": "e", "infer_path": "/v2/models/e/infer", "known_answer": {"request": {}, "expected": 1}}
    fleets: list[dict[str, Any]] = [
        {"name": "a", "pool": "main", "routes": []},
        {"name": "a.eu", "pool": "eu", "routes": [{"host": "eu.example"}]},
    ]
    known = {
        "preflight_result": {"service": {}, "fleets": fleets},
        "site_model_servers": {fleet["name"]: {"models": [model]} for fleet in fleets},
        "site_address": "eu.example",
    }

    asked = value_of("{{ site_questions }}", {**read("playbooks/vars/service.yml"), **known})

    assert [(question["pool"], question["host"]) for question in asked] == [("eu", "eu.example")]
