# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook drill sees to before it breaks anything, by the expressions of its own files."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, refused, value_of
from .test_drill import SEND, SET, breaking, sending

FAULT = "playbooks/tasks/drill_fault.yml"
REHEARSAL = "playbooks/tasks/drill_rehearsal.yml"
OTHERS = ("playbooks/drill.yml", "playbooks/site.yml", FAULT, "playbooks/tasks/drill_choice.yml")
INCLUDE = "ansible.builtin.include_tasks"


def named(tasks: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the task whose name begins like this."""
    (found,) = [each for each in tasks if each["name"].startswith(name)]
    return found


@pytest.mark.parametrize(
    ("given", "goes_on"),
    [
        ({}, True),
        # As -e gives them.
        ({"rate": "1000", "duration": "0", "timeout": "30"}, True),
        ({"rate": 0.5}, True),
        ({"rate": "2000"}, False),
        ({"rate": 0}, False),
        ({"rate": "nan"}, False),
        ({"duration": "-1"}, False),
        # Nothing would have been looked at before it is over.
        ({"timeout": 29}, False),
    ],
)
def test_what_cannot_be_sent_breaks_nothing(given: dict[str, Any], goes_on: bool) -> None:
    task = named(read("playbooks/drill.yml")[0]["pre_tasks"], "Check their ranges")
    facts = {f"drill_{name}": each for name, each in {"rate": 10, "duration": 30, "timeout": 900, **given}.items()}

    said = refused(task, facts)

    assert (said == "") is goes_on
    assert goes_on or said.startswith("Nothing was broken")


def test_the_same_is_asked_before_as_meanwhile() -> None:
    tasks = read(FAULT)
    before, meanwhile = named(tasks, "Ask for some seconds"), sending()

    # It is over, and judged, when the replica is broken.
    assert "async" not in before
    assert tasks.index(before) < tasks.index(named(tasks, "Refuse to break anything where")) < tasks.index(breaking())
    other = {"duration", "replicas", "lost"}
    assert {name: each for name, each in before[SEND].items() if name not in other} == {
        name: each for name, each in meanwhile[SEND].items() if name not in other
    }
    assert not {"replicas", "lost"} & set(before[SEND])


@pytest.mark.parametrize(
    ("requests", "failed", "errors", "said"),
    [
        (50, 0, [], ""),
        (50, 50, ["SSLError"], "Nothing was broken, because 50 of 50 requests failed before (SSLError)"),
        (50, 1, ["status 503"], "1 of 50 requests failed before (status 503)"),
        (0, 0, [], "(none was sent)"),
    ],
)
def test_nothing_is_broken_where_requests_fail(requests: int, failed: int, errors: list[str], said: str) -> None:
    task = named(read(FAULT), "Refuse to break anything where")
    seen = {"requests": requests, "failed_requests": failed, "errors": errors}

    told = refused(task, {"drill_before": seen})

    assert said in told
    assert bool(told) is bool(said)


@pytest.mark.parametrize(
    ("fault", "job", "said"),
    [
        ("delete", {"finished": False}, ""),
        (
            "delete",
            {"finished": True, "msg": "no pool"},
            "because no requests are being sent: no pool",
        ),
        ("stop", {"finished": True}, "their job has ended"),
        # All that was to be seen has been seen by then.
        ("none", {"finished": True}, ""),
    ],
)
def test_nothing_is_broken_when_nobody_asks(fault: str, job: dict[str, Any], said: str) -> None:
    tasks = read(FAULT)
    task = named(tasks, "Refuse to break anything when")

    told = refused(task, {"drill_fault": fault, "drill_asking": job})

    assert said in told
    assert bool(told) is bool(said)
    assert tasks.index(sending()) < tasks.index(task) < tasks.index(breaking())


def test_where_the_figures_are_is_told_before_anything_can_fail() -> None:
    tasks = read(FAULT)
    (told,) = [each for each in tasks if "jid=" in each.get("ansible.builtin.debug", {}).get("msg", "")]

    assert tasks.index(sending()) < tasks.index(told) < tasks.index(breaking())
    assert "when" not in told


def test_site_is_rehearsed_before_anything_is_broken() -> None:
    tasks = read("playbooks/drill.yml")[0]["tasks"]
    rehearsal = named(tasks, "See that nothing would be deployed")

    assert rehearsal[INCLUDE] == "tasks/drill_rehearsal.yml"
    assert tasks.index(rehearsal) < tasks.index(named(tasks, "Break it while clients ask"))
    # So it is with --check, too.
    assert rehearsal["when"] == "drill_fault != 'none'"


def test_a_rehearsal_changes_nothing() -> None:
    gone, rehearsal = read(REHEARSAL)

    # The roles and files that are included in a block have that of it; nobody includes them outside of it.
    assert rehearsal["check_mode"] is True
    assert not any(key.startswith("ansible.builtin.include_") for key in gone)
    assert not [each for each in rehearsal["block"] if "check_mode" in each]
    assert all("drill_pending.yml" not in str(each) for name in OTHERS for each in read(name))


CHOSEN = {"name": "a", "pool": "replicas-http", "elastic": False}
KEPT: dict[str, list[Any]] = {"leaving": [], "fleets": [], "groups": [], "load_balancers": []}
STRAY = {"name": "a.canary-1-1", "address": "10.0.0.9", "protocol_port": 80, "tags": ["model_serving.service=a.canary"]}


@pytest.mark.parametrize(
    ("elastic", "surplus", "members", "said"),
    [
        (False, {}, [], ""),
        (False, {"leaving": [{"name": "a.old"}]}, [], "what the service has as a.old."),
        (False, {"groups": [{"name": "a"}]}, [], "what the service has as a."),
        (False, {"load_balancers": [{"name": "front"}]}, [], "what the service has as front."),
        (False, {}, [STRAY], "what the service has as replicas-http."),
        # site.yml does not run for it.
        (True, {"leaving": [{"name": "a.old"}]}, [], ""),
        (True, {"load_balancers": [{"name": "a"}]}, [], ""),
        # But it is not there yet: what would be broken is a fleet, which no cloud repairs.
        (True, {"fleets": [{"name": "a"}]}, [], "what the service has as a."),
    ],
)
def test_what_has_left_the_file_is_not_removed_by_the_way(
    elastic: bool, surplus: dict[str, Any], members: list[dict[str, Any]], said: str
) -> None:
    chosen = {**CHOSEN, "elastic": elastic}
    fleets = [chosen, {"name": "a.canary", "pool": "a.canary-http", "elastic": False}]
    rehearsal = {"load_balancer": {"pools": [{"name": "replicas-http", "members": members}]}}
    result = {"fleets": fleets, "surplus": {**KEPT, **surplus}, "rehearsal": rehearsal}

    told = refused(read(REHEARSAL)[0], {"drill_chosen": chosen, "preflight_result": result})

    assert said in told
    assert bool(told) is bool(said)


def pending(elastic: bool, *facts: str) -> list[str]:
    """Return what is noted of a fleet whose modules tell these actions."""
    task = read("playbooks/tasks/drill_pending.yml")[-1]
    told = {name: {"actions": [name]} if name in facts else {"skipped": True} for name in ALL}
    known = {**told, "drill_pending": ["before"], "site_fleet": {"elastic": elastic}}
    found: list[str] = value_of(task[SET], {**known, **task["vars"]})["drill_pending"]
    return found


ALL = ("anti_affinity_kept", "compute_own_group", "compute_kept", "autoscaling_own_group", "autoscaling_kept")


def test_all_that_would_be_done_to_a_fleet_is_noted() -> None:
    assert pending(False, *ALL) == ["before", *ALL[:3]]
    assert pending(True, *ALL) == ["before", *ALL[3:]]
    # Without a security group of its own, that task is skipped.
    assert pending(False, "compute_kept") == ["before", "compute_kept"]


@pytest.mark.parametrize(
    ("fleets", "balancer", "said"),
    [([], [], []), (["create replica"], [], ["- create replica"]), ([], ["change listener"], ["- change listener"])],
)
def test_nothing_is_deployed_by_the_way(fleets: list[str], balancer: list[str], said: list[str]) -> None:
    task = named(read(REHEARSAL)[1]["block"], "Refuse to deploy anything")

    told = refused(task, {"drill_pending": fleets, "load_balancer_kept": {"actions": balancer}})

    assert [line for line in told.splitlines() if line.startswith("-")] == said
    # Whoever deploys the right file without its variables changes more.
    assert ("the file and the variables that it was deployed with" in told) is bool(said)
    assert bool(told) is bool(said)
