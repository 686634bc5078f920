# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documents show as YAML can run, with names and values that exist; what they link is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import BY_HTTP, DEFAULT_POOL, pool_name

from .documentation import COLLECTION, MODULES, PLUGINS, documentation, module, role_options

ROOT = PLUGINS.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/*/README.md")])
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROLES = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
OWN_POOLS = {pool_name(DEFAULT_POOL, protocol) for protocol in (*BY_HTTP, "TCP")}
"""What a load balancer of a service that has joined no other one has."""
SERVICE = "{{ model_service }}"

Options = Mapping[str, Mapping[str, Any]]


def blocks(text: str) -> list[Any]:
    return [yaml.safe_load(found) for found in BLOCK.findall(text)]


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping in parsed YAML, the outer one first."""
    if isinstance(value, Mapping):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from mappings(inner)


def wrong(given: Any, options: Options, where: str) -> list[str]:
    """Return what in given options is not described."""
    found = []
    for name, value in (given or {}).items():
        if name not in options:
            found.append(f"{where}.{name} does not exist")
            continue
        choices = options[name].get("choices")
        if choices and not all(str(one).startswith("{{") or one in choices for one in listed(value)):
            found.append(f"{where}.{name} is {value!r}")
        inner = options[name].get("suboptions") or options[name].get("options")
        for one in listed(value):
            if inner and isinstance(one, Mapping):
                found.extend(wrong(one, inner, f"{where}.{name}"))
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def problems(shown: Any) -> list[str]:
    """Return what is wrong with our modules, roles and service files in parsed YAML."""
    found = []
    for one in mappings(shown):
        for name in MODULES:
            found += wrong(one.get(f"{COLLECTION}.{name}"), documentation(name)["options"], name)
        for role in ROLES:
            own = {name: value for name, value in one.items() if name.startswith(f"{role}_")}
            found += wrong(own, role_options(role), role)
        if "model_service" in one:
            found += wrong({"model_service": one["model_service"]}, role_options("preflight", "service"), "file")
    return found


def misnamed(shown: Any) -> list[str]:
    """Return what parsed YAML calls by names that nothing makes."""
    found = []
    for one in mappings(shown):
        if "pool" in one and one["pool"] not in OWN_POOLS:
            found.append(f"no role makes the pool {one['pool']!r}")
        # What a service file has, as Ansible itself reads it: from_yaml knows no !vault.
        if one.get("preflight_service", SERVICE) != SERVICE:
            found.append("preflight_service is not the model_service of a file")
    return found


def idle(shown: Any) -> list[str]:
    """Return what roles in parsed YAML do not give to the servers that they make: such a play waits in vain."""
    return [
        f"{role} has no {option}"
        for one in mappings(shown)
        for role in ("compute", "autoscaling")
        if one.get("role") == f"{COLLECTION}.{role}"
        for option in ("user_data", "port")
        if f"{role}_{option}" not in one
    ]


def dead_links(path: Path, text: str) -> list[str]:
    """Return the links in a document that lead to no file of the project, or to no heading in it."""
    return [link for link in LINK.findall(text) if ":" not in link and not leads(path, text, link)]


def leads(path: Path, text: str, link: str) -> bool:
    file, _hash, anchor = link.partition("#")
    target = path.parent / file if file else path
    return target.exists() and (not anchor or anchor in anchors(target.read_text(encoding="utf-8") if file else text))


def anchors(text: str) -> set[str]:
    """Return what GitHub calls the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_shown_exists(path: Path) -> None:
    shown = blocks(path.read_text(encoding="utf-8"))

    assert problems(shown) == []
    assert misnamed(shown) == []
    assert idle(shown) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_linked_is_there(path: Path) -> None:
    assert dead_links(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("model_serving.openstack.pool_members: {pool: a, membres: []}", "pool_members.membres does not exist"),
        ("model_serving.openstack.pool_members: {pool: a, state: gone}", "pool_members.state is 'gone'"),
        (
            "- roles: [{role: model_serving.openstack.compute, compute_replica: 1}]",
            "compute.compute_replica does not exist",
        ),
        ("model_service: {rollout: {on_failure: stop}}", "file.model_service.rollout.on_failure is 'stop'"),
        ("model_service: {fleets: [{nmae: canary}]}", "file.model_service.fleets.nmae does not exist"),
    ],
)
def test_what_does_not_exist_is_found(text: str, told: str) -> None:
    assert problems(blocks(f"```yaml\n{text}\n```\n")) == [told]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"load_balancer": "chat", "pool": "replicas-tcp"}, []),
        ({"load_balancer": "chat", "pool": "chat-http"}, ["no role makes the pool 'chat-http'"]),
        ({"compute_pools": [{"pool": "replicas", "protocol_port": 8080}]}, ["no role makes the pool 'replicas'"]),
        ({"preflight_service": "{{ model_service }}"}, []),
        (
            {"preflight_service": "{{ (text | from_yaml).model_service }}"},
            ["preflight_service is not the model_service of a file"],
        ),
    ],
)
def test_names_of_nothing_are_found(shown: Any, told: list[str]) -> None:
    assert misnamed([shown]) == told


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ({"role": f"{COLLECTION}.compute", "compute_user_data": "text", "compute_port": 80}, []),
        ({"role": f"{COLLECTION}.compute", "compute_port": 80}, ["compute has no user_data"]),
        (
            {"role": f"{COLLECTION}.autoscaling"},
            ["autoscaling has no user_data", "autoscaling has no port"],
        ),
    ],
)
def test_servers_that_nobody_reaches_are_found(role: Any, told: list[str]) -> None:
    assert idle([{"roles": [role]}]) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a](#all-of-it) and [b](https://there.example/a#b)\n\n## All of `it`?\n", []),
        ("[a](#all)\n\n```console\n# all\n```\n", ["#all"]),
        ("[a](gone.md)", ["gone.md"]),
        ("[a](README.md#try-it)", ["README.md#try-it"]),
    ],
)
def test_links_to_nothing_are_found(text: str, told: list[str]) -> None:
    assert dead_links(ROOT / "CONTRIBUTING.md", text) == told


def test_examples_of_modules_name_the_pools_that_an_example_makes() -> None:
    shown = {name: list(mappings(yaml.safe_load(module(name).EXAMPLES))) for name in MODULES}
    made = {pool["name"] for one in shown["load_balancer"] for pool in one.get("pools", ())}

    assert {one["pool"] for every in shown.values() for one in every if "pool" in one} <= made
