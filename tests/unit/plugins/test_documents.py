# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documents show as YAML has options and variables that exist, with values that they take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from .documentation import COLLECTION, MODULES, PLUGINS, documentation, role_options

ROOT = PLUGINS.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/*/README.md")])
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ROLES = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))

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
        for module in MODULES:
            found += wrong(one.get(f"{COLLECTION}.{module}"), documentation(module)["options"], module)
        for role in ROLES:
            own = {name: value for name, value in one.items() if name.startswith(f"{role}_")}
            found += wrong(own, role_options(role), role)
        if "model_service" in one:
            found += wrong({"model_service": one["model_service"]}, role_options("preflight", "service"), "file")
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_shown_exists(path: Path) -> None:
    assert problems(blocks(path.read_text(encoding="utf-8"))) == []


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
