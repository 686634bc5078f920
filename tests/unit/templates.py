# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of the expressions in playbooks and roles, as Ansible calculates them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template

from .plugins.documentation import COLLECTION, PACKAGE

ROOT = Path(__file__).resolve().parents[2]
OMIT = "left out"
"""What stands for the variable of that name."""


def read(name: str) -> Any:
    """Return a file of the collection, with expressions that may be calculated."""
    return trusted(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


def tasks_of(plays_or_tasks: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield all tasks of a playbook or of a file of tasks, those in blocks included."""
    for each in plays_or_tasks:
        sections = ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always")
        inner = [each[section] for section in sections if section in each]
        if not inner and "hosts" not in each:
            yield each
        for tasks in inner:
            yield from tasks_of(tasks)


def trusted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: trusted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [trusted(inner) for inner in value]
    return trust_as_template(value) if isinstance(value, str) else value


@cache
def own_filters() -> dict[str, Callable[..., Any]]:
    found = {}
    for path in sorted((ROOT / "plugins/filter").glob("*.py")):
        module = importlib.import_module(f"{PACKAGE}.filter.{path.stem}")
        found.update({f"{COLLECTION}.{name}": each for name, each in module.FilterModule().filters().items()})
    return found


def with_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let expressions name Ansible's own lookups in full, for a test."""
    # Ansible's way to find plugins by their whole names would take over all imports of the tests.
    known: Callable[..., Any] = lookup_loader.get
    monkeypatch.setattr(
        lookup_loader, "get", lambda name, *given, **more: known(name.removeprefix("ansible.builtin."), *given, **more)
    )


def value_of(expression: Any, facts: Mapping[str, Any]) -> Any:
    templar = Templar(loader=DataLoader(), variables=dict(facts))
    # Ansible's way to find the filters of collections would take over all imports of the tests.
    templar._engine.environment.filters.update(own_filters())
    return templar.template(trusted(expression))


def handed_on(role: str, state: str, module: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a role gives to a module."""
    variables = f"roles/{role}/vars/main.yml"
    facts = {
        **read(f"roles/{role}/defaults/main.yml"),
        **(read(variables) if (ROOT / variables).exists() else {}),
        f"{role}_name": "chat",
        "omit": OMIT,
        **given,
    }
    action = f"model_serving.openstack.{module}"
    (task,) = [each for each in read(f"roles/{role}/tasks/{state}.yml") if action in each]
    return {name: each for name, value in task[action].items() if (each := value_of(value, facts)) != OMIT}


def refused(task: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return what an assertion says against something, nothing when it holds."""
    known, check = {**facts, **task.get("vars", {})}, task["ansible.builtin.assert"]
    conditions = [check["that"]] if isinstance(check["that"], str) else check["that"]
    holds = all(value_of(f"{{{{ {each} }}}}", known) for each in conditions)
    # Ansible calculates what it would say in any case.
    said = str(value_of(check["fail_msg"], known))
    return "" if holds else said
