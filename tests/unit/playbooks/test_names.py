# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of playbooks and roles have a prefix.

Service files come with C(-e), which goes before all that playbooks and roles say themselves. A variable C(network) that
somebody has there for other things must not be one of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ..templates import ROOT, read, tasks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROLES = {path.name for path in (ROOT / "roles").iterdir()}
PLAYBOOKS = {"site", "drill", "status", "teardown"}
FOLDERS = ("playbooks", "playbooks/tasks", "roles/*/tasks")
FILES = sorted(str(path.relative_to(ROOT)) for folder in FOLDERS for path in ROOT.glob(f"{folder}/*.yml"))
VALUES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("playbooks/vars", "roles/*/vars")
    for path in ROOT.glob(f"{folder}/*.yml")
)
OTHERS = {"model_service", "ansible_become", "ansible_python_interpreter"}
"""What the service file itself is for, and Ansible's own."""


def unprefixed(names: Iterator[str]) -> list[str]:
    prefixes = tuple(f"{name}_" for name in ROLES | PLAYBOOKS)
    return [name for name in names if not name.startswith(prefixes) and name not in OTHERS]


def variables(content: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names of all variables that plays and tasks set."""
    for task in tasks_of(content):
        yield from task.get("ansible.builtin.set_fact", {})
        if "register" in task:
            yield task["register"]
        # In the task itself, the loop's own item goes before everything; not in what it includes.
        if "loop" in task and any(key.startswith("ansible.builtin.include_") for key in task):
            yield task.get("loop_control", {}).get("loop_var", "item")
    yield from declared(content)


def declared(content: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names of variables of plays, blocks and tasks, and what roles are given."""
    for each in content:
        yield from each.get("vars", {})
        for role in each.get("roles", ()):
            yield from set(role) - {"role"}
        for section in ("pre_tasks", "tasks", "post_tasks", "block", "rescue", "always"):
            yield from declared(each.get(section, ()))


@pytest.mark.parametrize("name", FILES)
def test_names_in_tasks(name: str) -> None:
    assert not unprefixed(variables(read(name)))


@pytest.mark.parametrize("name", VALUES)
def test_names_in_files_of_variables(name: str) -> None:
    assert not unprefixed(iter(read(name)))
