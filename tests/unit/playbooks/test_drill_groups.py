# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which replicas of autoscaling groups drill.yml breaks: those that the cloud brings back."""

from __future__ import annotations

import pytest

from ..templates import read, refused
from .test_drill import replicas
from .test_drill_before import CHOSEN, named

GROUP = {"name": "a", "status": "UPDATE_COMPLETE", "size": 2, "suspended_processes": []}


@pytest.mark.parametrize(
    ("fault", "size", "suspended", "check", "said"),
    [
        ("delete", 2, [], "load_balancer", ""),
        (
            "delete",
            4,
            [],
            "load_balancer",
            "unless it has no more than min_size, which is 2 (it has 4)",
        ),
        ("stop", 4, [], "load_balancer", ""),
        ("stop", 4, ["scaling"], None, ""),
        ("stop", 2, ["healing"], None, "healing is suspended"),
        ("stop", 2, [], "none", "its health_check_type is none"),
    ],
)
def test_nothing_is_broken_that_the_cloud_would_not_bring_back(
    fault: str, size: int, suspended: list[str], check: str | None, said: str
) -> None:
    task = named(read("playbooks/tasks/drill_choice.yml"), "Refuse to break what the cloud")
    options = {"min_size": 2, **({"health_check_type": check} if check else {})}
    facts = {
        "drill_fault": fault,
        "drill_chosen": {**CHOSEN, "elastic": True},
        "drill_found": {"groups": [{**GROUP, "size": size, "suspended_processes": suspended}]},
        "drill_healthy": replicas("a", *range(size))["replicas"],
        "preflight_result": {"fleets": [{"name": "a", "autoscaling": options}]},
    }

    told = refused(task, facts)

    assert said in told
    assert bool(told) is bool(said)
    assert task["when"] == "drill_fault != 'none' and drill_chosen.elastic"


@pytest.mark.parametrize(
    ("status", "healthy", "said"),
    [
        ("CREATE_COMPLETE", 3, ""),
        ("RESUME_COMPLETE", 3, ""),
        ("UPDATE_IN_PROGRESS", 3, "it is UPDATE_IN_PROGRESS"),
        ("RESUME_FAILED", 3, "it is RESUME_FAILED"),
        ("CREATE_COMPLETE", 2, "only 2 of its 3 replicas are in rotation"),
    ],
)
def test_no_group_is_broken_that_is_not_whole(status: str, healthy: int, said: str) -> None:
    task = named(read("playbooks/tasks/drill_choice.yml"), "Refuse to break what the cloud")
    facts = {
        "drill_fault": "stop",
        "drill_chosen": {**CHOSEN, "elastic": True},
        "drill_found": {"groups": [{**GROUP, "status": status, "size": 3, "suspended_processes": []}]},
        "drill_healthy": replicas("a", *range(healthy))["replicas"],
        "preflight_result": {"fleets": [{"name": "a", "autoscaling": {"min_size": 3}}]},
    }

    told = refused(task, facts)

    assert said in told
    assert bool(told) is bool(said)
