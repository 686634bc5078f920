# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible calculates all options of a role before it says which are missing: what cannot be calculated hides that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ..templates import ROOT, read, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())


def defaults(options: Mapping[str, Any]) -> Iterator[Any]:
    for option in options.values():
        yield option.get("default")
        yield from defaults(option.get("options", {}))


@pytest.mark.parametrize("role", ROLES)
def test_defaults_in_a_spec_are_no_expressions(role: str) -> None:
    specs = read(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]
    found = [each for spec in specs.values() for each in defaults(spec["options"])]
    assert [each for each in found if "{{" in str(each)] == []


@pytest.mark.parametrize("role", ROLES)
def test_defaults_need_nothing_that_can_be_missing(role: str) -> None:
    given = read(f"roles/{role}/defaults/main.yml") or {}
    always_there = {"ansible_playbook_python": "/usr/bin/python3"}
    assert value_of(given, {**given, **always_there}).keys() == given.keys()
