# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From where the port of the servers is open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_rules import (
    Rule,
    normalised,
    problems,
)

from ..plugins.documentation import role_options
from ..templates import handed_on, read, value_of

ROLES = ("compute", "autoscaling")
ANYWHERE = ["0.0.0.0/0", "::/0"]
HTTP = Rule(protocol="tcp", port_range_min=8080, port_range_max=8080)


def rules(role: str, **given: Any) -> list[dict[str, Any]]:
    facts = {**read(f"roles/{role}/defaults/main.yml"), **read(f"roles/{role}/vars/main.yml"), f"{role}_port": 8080}
    found: list[dict[str, Any]] = value_of(f"{{{{ {role}_rules }}}}", {**facts, **given})
    assert problems(found) == []
    return found


@pytest.mark.parametrize("role", ROLES)
def test_without_a_word_both_ip_versions_are_let_in(role: str) -> None:
    assert set(map(normalised, rules(role))) == {HTTP, replace(HTTP, ether_type="IPv6")}
    assert role_options(role)[f"{role}_allowed_cidrs"]["default"] == ANYWHERE


def test_a_service_says_the_same() -> None:
    service = role_options("preflight", "service")["model_service"]["options"]
    assert service["security_group"]["options"]["allowed_cidrs"]["default"] == ANYWHERE


@pytest.mark.parametrize("role", ROLES)
def test_a_rule_has_the_ip_version_of_its_network(role: str) -> None:
    found = rules(role, **{f"{role}_allowed_cidrs": ["fd00::/8", "10.0.0.0/24"]})

    assert set(map(normalised, found)) == {
        replace(HTTP, ether_type="IPv6", remote_ip_prefix="fd00::/8"),
        replace(HTTP, remote_ip_prefix="10.0.0.0/24"),
    }


@pytest.mark.parametrize(("given", "networks"), [("10.0.0.0/24", 1), ("10.0.0.0/24,fd00::/8", 2)])
@pytest.mark.parametrize("role", ROLES)
def test_a_text_is_a_list_as_ansible_has_it(role: str, given: str, networks: int) -> None:
    assert len(rules(role, **{f"{role}_allowed_cidrs": given})) == networks


@pytest.mark.parametrize(("role", "module"), [("compute", "server_fleet"), ("autoscaling", "autoscaling_group")])
def test_so_it_is_for_further_security_groups(role: str, module: str) -> None:
    handed = handed_on(role, "present", module, {f"{role}_additional_security_groups": "ssh,icmp"})

    assert handed["security_groups"][-2:] == ["ssh", "icmp"]
