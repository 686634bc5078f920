# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of modules and roles as data, and comparison of what modules return with it."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

PACKAGE = "ansible_collections.model_serving.openstack.plugins"
COLLECTION = "model_serving.openstack"
PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))

# What Ansible or the frame adds; the documentation of Ansible describes it.
COMMON = frozenset(
    {"changed", "diff", "failed", "msg", "invocation", "warnings", "deprecations", "exception", "msg_to_log"}
)
# What Ansible puts in the place of a value that has, maybe by chance, what an option with no_log was given.
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
}


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.modules.{name}")


@cache
def documentation(name: str) -> dict[str, Any]:
    """Return C(DOCUMENTATION) with its fragments merged in, as Ansible does it: what comes first goes before."""
    merged: dict[str, Any] = yaml.safe_load(module(name).DOCUMENTATION)
    own = merged.get("options", {})
    options: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for reference in merged.get("extends_documentation_fragment", []):
        part = fragment(reference)
        options = part.get("options", {}) | options
        attributes.update(part.get("attributes", {}))
    return {**merged, "options": options | own, "attributes": attributes | merged.get("attributes", {})}


@cache
def fragment(reference: str) -> dict[str, Any]:
    """Return a documentation fragment, referred to as C(collection.file) or C(collection.file.part)."""
    file, _dot, part = reference.removeprefix(f"{COLLECTION}.").partition(".")
    declared = importlib.import_module(f"{PACKAGE}.doc_fragments.{file}").ModuleDocFragment
    parsed: dict[str, Any] = yaml.safe_load(getattr(declared, part.upper() or "DOCUMENTATION"))
    return parsed


@cache
def returns(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(module(name).RETURN)
    return parsed


@cache
def role_options(role: str, entry: str = "main") -> dict[str, Any]:
    """Return the options of an entry point of a role, none when the role has no such entry point."""
    path = PLUGINS.parent / "roles" / role / "meta" / "argument_specs.yml"
    specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
    found: dict[str, Any] = specs.get(entry, {}).get("options", {})
    return found


def untrue(answer: dict[str, Any], documented: dict[str, Any], where: str = "") -> list[str]:
    """Return where an answer has keys or types that the documentation has not; C(None) may stand for any type."""
    found = [
        f"{where}{key} is not documented" for key in answer if key not in documented and (where or key not in COMMON)
    ]
    for key, value in answer.items():
        if key not in documented or value is None or value == HIDDEN:
            continue
        described = documented[key]
        if not isinstance(value, TYPES[described["type"]]):
            found.append(f"{where}{key} is not of type {described['type']}, but {value!r}")
        inner = described.get("contains")
        for item in value if isinstance(value, list) else [value]:
            if inner and isinstance(item, dict):
                found.extend(untrue(item, inner, f"{where}{key}."))
    return found
