# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callbacks get to see, and whoever runs with -v: items of loops and facts, but no credentials of a service."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import ROOT, read, tasks_of, value_of
from .test_drill import chosen, member, replicas, world

SECRET = "not-for-your-eyes"  # noqa: S105
FOLDERS = ("playbooks", "playbooks/tasks", "roles/*/tasks")
FILES = sorted(str(path.relative_to(ROOT)) for folder in FOLDERS for path in ROOT.glob(f"{folder}/*.yml"))
SET = "ansible.builtin.set_fact"


def fleet(name: str) -> dict[str, Any]:
    return {"name": name, "pool": "replicas-http", "elastic": True, "object_storage": {"s3_secret_key": SECRET}}


def result() -> dict[str, Any]:
    gone = [{"name": "a.old", "pool": "", "security_group": ""}]
    surplus = {"leaving": gone, "fleets": gone, "groups": [], "load_balancers": []}
    return {"service": fleet("a"), "fleets": [fleet("a"), fleet("a.canary")], "surplus": surplus}


@pytest.mark.parametrize("name", FILES)
def test_no_loop_is_over_what_preflight_publishes_of_a_fleet(name: str) -> None:
    loops = [str(task["loop"]) for task in tasks_of(read(name)) if "loop" in task]

    for loop in loops:
        if "preflight_result" in loop:
            assert SECRET not in str(value_of(loop, {"preflight_result": result(), "load_balancer_result": {}}))


@pytest.mark.parametrize("name", FILES)
def test_what_has_credentials_is_not_shown_when_it_is_remembered(name: str) -> None:
    with_credentials = {"preflight_result", "site_model_servers", "model_server_result"}

    for task in tasks_of(read(name)):
        told = {fact for fact, value in task.get(SET, {}).items() if value not in ({}, [])}
        assert task.get("no_log") or not told & with_credentials, task["name"]


def test_the_drill_remembers_of_a_fleet_only_what_it_needs() -> None:
    known = world({}, {"replicas-http": [member(1), member(2)]}, [replicas("a", 1, 2)])

    facts = chosen({**known, "preflight_result": result()})

    assert facts["drill_chosen"] == {"name": "a", "pool": "replicas-http", "elastic": True}
