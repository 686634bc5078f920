# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role local_cloud refuses all machines but the one that runs Ansible, and to say what a run would do.

What it removes is its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..templates import ROOT, read, value_of, with_lookups

STAT = "ansible.builtin.stat"
ASSERT = "ansible.builtin.assert"
FAIL = "ansible.builtin.fail"
FILE = "ansible.builtin.file"
INCLUDE = "ansible.builtin.include_tasks"
CLOUD = "/srv/cloud"


def tasks_in(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(f"roles/local_cloud/tasks/{name}")
    return found


def holds(condition: str, facts: dict[str, Any]) -> bool:
    found: bool = value_of(f"{{{{ {condition} }}}}", facts)
    return found


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_programs_of_the_role_must_be_there(tmp_path: Path, elsewhere: bool) -> None:
    _check, look, refuse, *_rest = tasks_in("main.yml")
    # The path is the controller's, also where the tasks run on another machine.
    facts = {"inventory_hostname": "labserver", "role_path": str(tmp_path if elsewhere else ROOT / "roles/local_cloud")}
    there = Path(value_of(look[STAT]["path"], facts)).exists()

    facts |= {look["register"]: {"stat": {"exists": there}}}

    assert holds(refuse[ASSERT]["that"], facts) is not elsewhere
    assert "labserver is another one" in value_of(refuse[ASSERT]["fail_msg"], facts)


def test_nothing_is_done_before_that_whatever_the_state() -> None:
    _check, look, refuse, *rest = tasks_in("main.yml")

    assert not {"when", "tags"} & {*look, *refuse}
    assert {task[INCLUDE] for task in rest} == {"started.yml", "stopped.yml"}
    assert tasks_in("started.yml")[0][INCLUDE] == "check.yml"


@pytest.mark.parametrize("check", [False, True])
def test_check_mode_is_refused_before_anything_else(check: bool) -> None:
    refuse, *_rest = tasks_in("main.yml")

    assert "without --check" in refuse[FAIL]["msg"]
    assert holds(refuse["when"], {"ansible_check_mode": check}) is check


@pytest.mark.parametrize(("user", "refused"), [(0, False), (1000, True)])
def test_become_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, refused: bool) -> None:
    refuse, *_rest = tasks_in("check.yml")
    with_lookups(monkeypatch)
    # Whoever runs the tests.
    (tmp_path / "id").write_text(f'#!/bin/sh\n[ "$*" = -u ] && echo {user}\n')
    (tmp_path / "id").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert holds(refuse[ASSERT]["that"], {}) is not refused
    assert "start ansible-playbook as root" in refuse[ASSERT]["fail_msg"]


@pytest.mark.parametrize(
    ("state", "installed", "removed"),
    [
        ("stopped", True, []),
        # The folder goes last: by what is in it, another run sees that the rest is to be removed, too.
        ("absent", True, ["/var/run/octavia", CLOUD]),
        # Never there, or a first run was killed early; what another Octavia has stays.
        ("absent", False, [CLOUD]),
    ],
)
def test_what_is_removed_is_the_clouds_own(state: str, installed: bool, removed: list[str]) -> None:
    look, *tasks = tasks_in("stopped.yml")
    facts = {
        "local_cloud_dir": CLOUD,
        "local_cloud_state": state,
        look["register"]: {"stat": {"exists": installed}},
    }
    assert value_of(look[STAT]["path"], facts) == f"{CLOUD}/bin/local-cloud"

    found = [value_of(task[FILE], facts) for task in tasks if FILE in task and holds(task["when"], facts)]

    assert found == [{"path": path, "state": "absent"} for path in removed]
