# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role local_cloud refuses all machines but the one that runs Ansible, and to say what a run would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..templates import ROOT, read, value_of

STAT = "ansible.builtin.stat"
ASSERT = "ansible.builtin.assert"
FAIL = "ansible.builtin.fail"
INCLUDE = "ansible.builtin.include_tasks"


def first_of(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(f"roles/local_cloud/tasks/{name}")
    return found[:2]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_programs_of_the_role_must_be_there(tmp_path: Path, elsewhere: bool) -> None:
    look, refuse = first_of("check.yml")
    # The path is the controller's, also where the tasks run on another machine.
    facts = {"inventory_hostname": "labserver", "role_path": str(tmp_path if elsewhere else ROOT / "roles/local_cloud")}
    there = Path(value_of(look[STAT]["path"], facts)).exists()

    facts |= {look["register"]: {"stat": {"exists": there}}}

    assert value_of(f"{{{{ {refuse[ASSERT]['that']} }}}}", facts) is not elsewhere
    assert "labserver is another one" in value_of(refuse[ASSERT]["fail_msg"], facts)


def test_nothing_is_written_before_that() -> None:
    assert first_of("started.yml")[0][INCLUDE] == "check.yml"


@pytest.mark.parametrize("check", [False, True])
def test_check_mode_is_refused_before_anything_else(check: bool) -> None:
    refuse, _next = first_of("main.yml")

    assert "without --check" in refuse[FAIL]["msg"]
    assert value_of(f"{{{{ {refuse['when']} }}}}", {"ansible_check_mode": check}) is check
