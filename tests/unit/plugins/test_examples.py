# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables in examples have names of their own: Ansible's magic variables go before all others of their names."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible import constants
from ansible.vars.reserved import get_reserved_names
from jinja2 import Environment, nodes

from ansible_collections.model_serving.openstack.plugins.module_utils._spread import spread

from .documentation import PACKAGE, PLUGINS
from .test_documents import DOCUMENTS, ROOT, blocks, listed, mappings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAGIC = frozenset(constants.INTERNAL_STATIC_VARS)
RESERVED = MAGIC | get_reserved_names()
CONDITIONS = ("that", "when", "until", "failed_when", "changed_when")
"""What is an expression without braces."""
FILES = [path for folder in ("modules", "filter", "lookup") for path in sorted((PLUGINS / folder).glob("[!_]*.py"))]
EXAMPLES = {
    path.stem: yaml.safe_load(importlib.import_module(f"{PACKAGE}.{path.parent.name}.{path.stem}").EXAMPLES)
    for path in FILES
}
SHOWN = EXAMPLES | {str(path.relative_to(ROOT)): blocks(path.read_text(encoding="utf-8")) for path in DOCUMENTS}


def named(one: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a play or a task gives to variables."""
    yield from one.get("vars") or ()
    for action in ("ansible.builtin.set_fact", "set_fact"):
        yield from set(one.get(action) or ()) - {"cacheable"}
    control = one.get("loop_control") or {}
    yield from (each for each in (one.get("register"), control.get("loop_var"), control.get("index_var")) if each)


def used(one: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of variables in the expressions of a mapping, those in it left out."""
    for key, value in one.items():
        for text in (each for each in listed(value) if isinstance(each, str)):
            expression = f"{{{{ ({text}) }}}}" if key in CONDITIONS else text
            yield from (node.name for node in Environment(autoescape=True).parse(expression).find_all(nodes.Name))


def wrong(shown: Any) -> list[str]:
    """Return the names in parsed YAML that mean something else to Ansible."""
    found = [f"{name} is reserved" for one in mappings(shown) for name in named(one) if name in RESERVED]
    return [*found, *(f"{name} is magic" for one in mappings(shown) for name in used(one) if name in MAGIC)]


@pytest.mark.parametrize("name", SHOWN)
def test_no_variable_has_a_name_of_ansible(name: str) -> None:
    assert wrong(SHOWN[name]) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {ping: , register: groups}", ["groups is reserved"]),
        ("- {ping: , vars: {port: 1, environment: {}}}", ["port is reserved", "environment is reserved"]),
        ("- ansible.builtin.set_fact: {role_name: x, cacheable: true}", ["role_name is reserved"]),
        ("- {ping: , loop: [], loop_control: {loop_var: hostvars, index_var: n}}", ["hostvars is reserved"]),
        ("- block: [{debug: {msg: '{{ groups.groups }}'}}]", ["groups is magic"]),
        ("- assert: {that: [not groups.server_groups]}", ["groups is magic"]),
        ("- {debug: , when: groups}", ["groups is magic"]),
        ("- {debug: {msg: '{{ found | f(groups=found.groups) }} of groups'}, register: found}", []),
    ],
)
def test_names_of_ansible_are_found(text: str, told: list[str]) -> None:
    assert wrong(yaml.safe_load(text)) == told


def placed(*hosts: str) -> dict[str, Any]:
    return {"spread": spread(hosts, "anti-affinity")}


@pytest.mark.parametrize(
    ("found", "holds"),
    [([placed("h1", "h2")], True), ([placed("h1", "h1")], False), ([placed()], False), ([], False)],
)
@pytest.mark.parametrize(("module", "key"), [("server_fleet_info", "fleets"), ("server_group_info", "server_groups")])
def test_an_example_that_judges_places_wants_some(module: str, key: str, found: list[Any], *, holds: bool) -> None:
    """Nobody in a group violates nothing: replicas may all be in another one."""
    (asserted,) = (one["ansible.builtin.assert"] for one in EXAMPLES[module] if "ansible.builtin.assert" in one)
    conditions = (Environment(autoescape=True).compile_expression(text) for text in asserted["that"])
    assert all(each(found={key: found}) for each in conditions) is holds
