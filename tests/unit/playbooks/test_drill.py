# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook drill chooses, waits for and tells, by the expressions of its own files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from ..templates import read, refused, value_of

SET = "ansible.builtin.set_fact"
ASSERT = "ansible.builtin.assert"
SEND = "model_serving.openstack.traffic_info"
IN_ROTATION = ["ONLINE", "NO_MONITOR"]


def chosen(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts after all that set facts in the file that chooses."""
    known = dict(facts)
    for task in read("playbooks/tasks/drill_choice.yml"):
        own = task.get("vars", {})
        for item in value_of(task["loop"], known) if "loop" in task else [None]:
            here = {**known, **own, **({"drill_replica": item} if item else {})}
            if SET in task and value_of(f"{{{{ {task.get('when', True)} }}}}", here):
                known |= value_of(task[SET], here)
    return known


def member(number: int, status: str = "ONLINE", weight: int | None = 1) -> dict[str, Any]:
    return {"address": f"10.0.0.{number}", "operating_status": status, "weight": weight}


def replicas(fleet: str, *numbers: int, **more: Any) -> dict[str, Any]:
    return {
        "name": fleet,
        "replicas": [
            {
                "id": str(number),
                "name": f"{fleet}-{number}",
                "addresses": {"private": [f"10.0.0.{number}"]},
                "locked": False,
                **more,
            }
            for number in numbers
        ],
    }


def world(fleets: Mapping[str, str], pools: Mapping[str, Any], found: list[Any], drilled: str = "") -> dict[str, Any]:
    """Return what is known before the choice: fleets with their pools, pools with their members, replicas."""
    named = [{"name": name, "members": members} for name, members in pools.items()]
    balancer = {"floating_ip_address": None, "vip_address": "10.0.0.99", "pools": named, "listeners": []}
    return {
        "site_questions": [{"name": "digits", "pool": pool, "host": pool} for pool in pools],
        "drill_balancers": {"load_balancers": [balancer]},
        "drill_fault": "delete",
        "drill_fleet": drilled,
        "drill_found": {"fleets": found, "groups": []},
        "drill_in_rotation": IN_ROTATION,
        "preflight_result": {"fleets": [{"name": name, "pool": pool} for name, pool in fleets.items()]},
        "site_service": {"name": "a"},
    }


def sending() -> dict[str, Any]:
    """Return the task that sends requests while the replica is broken."""
    (task,) = [each for each in read("playbooks/tasks/drill_fault.yml") if SEND in each and "async" in each]
    found: dict[str, Any] = task
    return found


def sent(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what traffic_info is told."""
    options = sending()[SEND]
    found: dict[str, Any] = value_of({name: options[name] for name in ("pool", "replicas", "lost", "headers")}, facts)
    return found


@pytest.mark.parametrize("fleet", ["eu", "a.eu", ""])
def test_the_pool_of_the_fleet_is_asked(fleet: str) -> None:
    pools = {"replicas-http": [member(1), member(2)], "a.eu-http": [member(3), member(4)]}
    found = [replicas("a", 1, 2), replicas("a.eu", 3, 4)]
    pool = "a.eu-http" if fleet else "replicas-http"

    told = sent(chosen(world({"a": "replicas-http", "a.eu": "a.eu-http"}, pools, found, fleet)))

    assert (told["pool"], told["headers"]["Host"]) == (pool, pool)
    assert (told["replicas"], told["lost"]) == (2, ["10.0.0.3" if fleet else "10.0.0.1"])


@pytest.mark.parametrize(
    ("fourth", "wanted"),
    [
        (member(4), 4),
        (member(4, "NO_MONITOR"), 4),
        (member(4, "ONLINE", None), 4),
        (member(4, "ERROR"), 3),
        (member(4, "NO_MONITOR", 0), 3),
    ],
)
def test_all_that_served_in_a_shared_pool_have_to_come_back(fourth: dict[str, Any], wanted: int) -> None:
    pools = {"replicas-http": [member(1), member(2), member(3), fourth]}
    found = [replicas("a", 1, 2, 3), replicas("a.canary", 4)]

    facts = chosen(world({"a": "replicas-http", "a.canary": "replicas-http"}, pools, found))

    assert sent(facts)["replicas"] == wanted
    assert [each["name"] for each in facts["drill_healthy"]] == ["a-1", "a-2", "a-3"]


def refusals(facts: Mapping[str, Any]) -> list[str]:
    """Return what the file that chooses says against the choice."""
    always = (each for each in read("playbooks/tasks/drill_choice.yml") if ASSERT in each and "when" not in each)
    return [said for each in always if (said := refused(each, facts))]


@pytest.mark.parametrize(
    ("fault", "locked", "victim"),
    [
        ("delete", (False, False), "a-1"),
        ("delete", (True, False), "a-2"),
        ("stop", (True, True), None),
        ("none", (True, True), "a-1"),
    ],
)
def test_no_locked_replica_is_broken(fault: str, locked: tuple[bool, bool], victim: str | None) -> None:
    first, second = locked
    both = [*replicas("a", 1, locked=first)["replicas"], *replicas("a", 2, locked=second)["replicas"]]
    known = world({"a": "p"}, {"p": [member(1), member(2)]}, [{"name": "a", "replicas": both}])

    facts = chosen({**known, "drill_fault": fault})

    assert facts["drill_victim"].get("name") == victim
    if victim:
        assert refusals(facts) == []
    else:
        (said,) = refusals(facts)
        assert "All 2 replicas of a in rotation are locked" in said


BREAK = "model_serving.openstack.replica"
LOOK = "model_serving.openstack.pool_members_info"
SEEN = {"failed": False, "pools": [{"members": [member(1), member(2)]}]}
GONE = {"failed": False, "pools": [{"members": [member(1, "ERROR"), member(2)]}]}
FAILED = {"failed": True, "msg": "The service does not answer"}


def breaking() -> dict[str, Any]:
    """Return the block that breaks the replica and looks at what the load balancer does."""
    (block,) = [each for each in read("playbooks/tasks/drill_fault.yml") if "block" in each]
    found: dict[str, Any] = block
    return found


@pytest.mark.parametrize(
    ("look", "since", "ended"),
    [(SEEN, 899, False), (FAILED, 899, False), (GONE, 1, True), (SEEN, 901, True), (FAILED, 901, True)],
)
def test_the_load_balancer_has_as_long_as_the_user_says(look: Mapping[str, Any], since: int, ended: bool) -> None:
    (task,) = [each for each in breaking()["block"] if LOOK in each]
    facts = {
        "drill_begin": time.time() - since,
        "drill_in_rotation": IN_ROTATION,
        "drill_pools": look,
        # As -e drill_timeout=900 gives it.
        "drill_timeout": "900",
        "drill_victim": {"address": "10.0.0.1"},
    }

    assert value_of(f"{{{{ {task['until']} }}}}", {**facts, **task["vars"]}) is ended
    # One look takes more than its delay, so the time ends before the looks do.
    assert value_of(task["retries"], facts) * task["delay"] == 900


def test_a_broken_fleet_is_repaired_whatever_comes_after() -> None:
    block, tasks = breaking(), read("playbooks/tasks/drill_fault.yml")

    assert [each for task in block["block"] for each in (BREAK, LOOK) if each in task] == [BREAK, LOOK]
    assert block["rescue"]
    # What follows the play must know of it by then.
    assert any("drill_repairs" in each.get(SET, {}) for each in tasks[: tasks.index(block)])


@pytest.mark.parametrize(("fault", "waits"), [("stop", True), ("delete", False)])
def test_site_finds_a_server_that_is_off(fault: str, waits: bool) -> None:
    options = breaking()["block"][0][BREAK]

    told = value_of({name: options[name] for name in ("wait", "timeout")}, {"drill_fault": fault, "drill_timeout": "9"})

    assert told == {"wait": waits, "timeout": 9}


def test_the_last_answers_are_waited_for() -> None:
    facts = {"drill_timeout": "900", "drill_duration": "30", "site_patience": 600}
    (limit,) = [each[SET] for each in read("playbooks/tasks/drill_fault.yml") if "drill_job_limit" in each.get(SET, {})]
    known = {"drill_job_limit": value_of(limit["drill_job_limit"], facts)}
    (wait,) = [each for each in read("playbooks/drill.yml")[-1]["tasks"] if "retries" in each]

    # The last request is sent when its time is over, and may take as long as the load balancer waits.
    assert value_of(sending()["async"], known) > 900 + 30 + 600
    assert value_of(wait["retries"], known) * wait["delay"] > 900 + 30 + 600


@pytest.mark.parametrize(("repairs", "said"), [(True, "If that succeeds, the figures follow"), (False, "The figures")])
def test_figures_are_not_promised_when_they_may_not_come(repairs: bool, said: str) -> None:
    (go_on,) = breaking()["rescue"]

    assert said in value_of(go_on["ansible.builtin.debug"]["msg"], {"drill_repairs": repairs})


@pytest.mark.parametrize(
    ("what", "out_at", "told"),
    [
        ("delete a-1", None, "a-1 was still in rotation after 930 s."),
        ("delete a-1", 105.0, "There were not 3 replicas in rotation again after 930 s."),
        ("none", None, "There were not 3 replicas in rotation again after 930 s."),
    ],
)
def test_what_did_not_come_is_told(what: str, out_at: float | None, told: str) -> None:
    facts = {
        "drill_seen": {"out_of_rotation_at": out_at},
        "drill_serving": ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
        "drill_traffic_limit": 930,
        "drill_victim": {"name": "a-1"},
        "drill_what": what,
    }
    (check,) = [each[ASSERT] for each in read("playbooks/drill.yml")[-1]["tasks"] if ASSERT in each]

    assert value_of(check["fail_msg"], facts) == told


@pytest.mark.parametrize(("back", "told"), [(None, None), (90.0, 0), (112.5, 12.5)])
def test_capacity_is_not_back_before_it_was_lost(back: float | None, told: float | None) -> None:
    shown = read("playbooks/drill.yml")[-1]["vars"]["drill_result"]["capacity_back_s"]
    seen = {"capacity_back_at": back, "out_of_rotation_at": 105.0}

    assert value_of(shown, {"drill_seen": seen, "drill_begin": 100.0}) == told
