# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module and its twin through C(main), with a Heat that answers like the real one, as far as is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.load_balancer.v2.health_monitor import HealthMonitor
from openstack.load_balancer.v2.member import Member
from openstack.load_balancer.v2.pool import Pool

from .answers import ago
from .conftest import give_twin
from .fake_heat import CHAT

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .fake_heat import Heat


def test_creates_waits_and_is_idempotent(heat: Heat, run_module: RunModule) -> None:
    predicted = run_module("autoscaling_group", CHAT, check=True)
    first = run_module("autoscaling_group", CHAT)
    heat.calls = 0
    second = run_module("autoscaling_group", CHAT)

    assert predicted["actions"] == first["actions"] == ["create autoscaling group 'chat' of 2"]
    assert predicted["diff"] == first["diff"]
    assert (first["group"]["status"], first["group"]["size"]) == ("CREATE_COMPLETE", 2)
    assert second["changed"] is False
    assert second["diff"]["before"] == second["diff"]["after"]
    assert heat.writes == ["create"]
    assert heat.calls == 1
    heat.conn.compute.servers.assert_not_called()


def test_servers_are_described_when_asked_for(heat: Heat, run_module: RunModule) -> None:
    assert "replicas" not in run_module("autoscaling_group", CHAT)["group"]

    group = run_module("autoscaling_group", {**CHAT, "describe_replicas": True})["group"]

    assert [replica["name"] for replica in group["replicas"]] == ["chat-0", "chat-1"]
    assert group["size"] == heat.size == 2


def test_a_name_that_becomes_unclear_does_not_spoil_what_is_done(heat: Heat, run_module: RunModule) -> None:
    give_twin(heat.conn, lambda: heat.writes)

    done = run_module("autoscaling_group", CHAT)
    refused = run_module("autoscaling_group", CHAT)

    assert done["group"]["size"] == 2
    assert refused["failed"] is True
    assert "i2" in refused["msg"]


@pytest.mark.usefixtures("heat")
def test_secrets_of_the_user_data_are_not_shown(run_module: RunModule) -> None:
    assert "hunter2" not in str(run_module("autoscaling_group", CHAT))
    assert "hunter2" not in str(run_module("autoscaling_group", {**CHAT, "user_data": "other"}))


def test_a_redeployment_keeps_the_size_that_scaling_chose(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.scale(4)

    answer = run_module("autoscaling_group", {**CHAT, "user_data": "#cloud-config\nnew: true\n"})

    assert answer["actions"] == ["update autoscaling group 'chat'"]
    assert answer["group"]["size"] == 4
    assert answer["diff"]["after"]["size"] == 4


def test_only_an_explicit_size_changes_it(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)

    answer = run_module("autoscaling_group", {**CHAT, "desired_capacity": 3})

    assert answer["actions"] == ["set size of autoscaling group 'chat' from 2 to 3"]
    assert heat.writes == ["create", "patch {'desired_1': 3, 'pinned_1': 0}", "patch {'sized': 3}", "patch {}"]
    assert answer["group"]["size"] == 3


def test_the_files_of_old_replicas_are_sent_along(heat: Heat, run_module: RunModule) -> None:
    """Heat needs them for the replicas that a failed update left."""
    run_module("autoscaling_group", CHAT)
    old = {name for name in heat.files if name.startswith(("replica-", "user_data-"))}

    run_module("autoscaling_group", {**CHAT, "user_data": "#cloud-config\nnew: true\n"})

    assert len(old) == 2
    assert old < set(heat.files)


def test_a_failed_stack_is_a_failed_task_with_the_deepest_reason(heat: Heat, run_module: RunModule) -> None:
    heat.fates = ["FAILED"]
    deep = 'ResourceInError: resources.server_1: Went to status ERROR due to "No valid host was found"'
    above = deep.replace("resources.", "resources.zone_1.resources.group.resources.r1.resources.")
    # Of the last one, Heat keeps the beginning only.
    reasons = (deep, f"Resource CREATE failed: {deep}", "resources.r2: Stack CREATE cancelled", above, above[:-20])
    heat.events = [
        {"resource_status": "CREATE_FAILED", "event_time": ago(-1), "resource_status_reason": reason}
        for reason in reasons
    ]
    heat.events.append({**heat.events[0], "event_time": ago(1), "resource_status_reason": "r9: old"})

    answer = run_module("autoscaling_group", CHAT)

    assert answer["failed"] is True
    assert answer["msg"] == (
        "Could not create autoscaling group 'chat' (st1): Heat says CREATE_FAILED: "
        'server_1: Went to status ERROR due to "No valid host was found". '
        "Remove the cause and run again to go on from here."
    )


def test_an_update_that_failed_is_rolled_back(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    template, files, tags = heat.template, heat.files, (heat.stack or {})["tags"]
    heat.scale(3)
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", {**CHAT, "user_data": "broken", "max_size": 9})

    assert answer["failed"] is True
    assert "was rolled back" in answer["msg"]
    assert heat.writes == ["create", "update", "update", "patch {'pinned_1': 0}"]
    assert heat.template == template
    assert files.items() <= heat.files.items()
    assert (heat.stack or {})["tags"] == tags
    # Some members may have the new version: Heat looks at them only when a property of the group changed.
    assert heat.parameters["attempt"].startswith("back from ")
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_without_rollback_a_failed_update_stays(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    heat.fates = ["FAILED"]

    answer = run_module("autoscaling_group", {**CHAT, "user_data": "broken", "rollback": False})

    assert answer["failed"] is True
    assert heat.writes == ["create", "update"]


@pytest.mark.parametrize("status", ["CREATE_FAILED", "UPDATE_FAILED", "ROLLBACK_COMPLETE"])
def test_a_failed_group_is_repaired_by_the_next_run(heat: Heat, run_module: RunModule, status: str) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["stack_status"] = status

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert answer["group"]["status"] == "UPDATE_COMPLETE"


def marked(heat: Heat, *statuses: str) -> list[Any]:
    """Mark both replicas as healing does; what Octavia says of their members."""
    for resource in heat.resources:
        if resource["resource_name"] in ("r0", "r1", "group"):
            resource["resource_status"] = "CHECK_FAILED"
    heat.failed_zone = True
    for name in ("r0", "r1"):
        heat.resource(f"member_p1_808{name[1]}", "OS::Octavia::PoolMember", parent=name)
    return [Member(id=f"id-member_p1_808{number}", operating_status=status) for number, status in enumerate(statuses)]


def test_marks_of_replicas_that_are_well_again_are_taken_back(heat: Heat, conn: Mock, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    conn.load_balancer.members.return_value = marked(heat, "ONLINE", "ERROR")

    answer = run_module("autoscaling_group", CHAT)

    assert answer["actions"] == ["repair autoscaling group 'chat'"]
    assert heat.writes == ["create", "mark r0 False", "update", "patch {'pinned_1': 0}"]


def test_members_get_time_to_come_back_when_all_were_broken(
    heat: Heat, conn: Mock, clock: FakeClock, run_module: RunModule
) -> None:
    """The monitor was wrong and has just been put right."""
    run_module("autoscaling_group", CHAT)
    looks = [marked(heat, *statuses) for statuses in (("ERROR", "ERROR"), ("ONLINE", "ERROR"), ("ONLINE", "ONLINE"))]
    conn.load_balancer.members.side_effect = lambda _pool: looks.pop(0) if len(looks) > 1 else looks[0]
    conn.load_balancer.get_pool.return_value = Pool(id="p1", health_monitor_id="m1")
    conn.load_balancer.get_health_monitor.return_value = HealthMonitor(id="m1", delay=30, max_retries=3)

    run_module("autoscaling_group", CHAT)

    assert heat.writes == ["create", "mark r0 False", "mark r1 False", "update", "patch {'pinned_1': 0}"]
    assert clock.now < 120


def test_members_that_do_not_come_back_are_not_waited_for_for_ever(
    heat: Heat, conn: Mock, clock: FakeClock, run_module: RunModule
) -> None:
    run_module("autoscaling_group", CHAT)
    conn.load_balancer.members.return_value = marked(heat, "ERROR", "ERROR")
    conn.load_balancer.get_pool.return_value = Pool(id="p1", health_monitor_id="m1")
    conn.load_balancer.get_health_monitor.return_value = HealthMonitor(id="m1", delay=30, max_retries=3)

    run_module("autoscaling_group", CHAT)

    assert heat.writes == ["create", "update", "patch {'pinned_1': 0}"]
    assert 120 <= clock.now < 130


def test_an_update_in_progress_is_waited_for(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["stack_status"] = "UPDATE_IN_PROGRESS"

    answer = run_module("autoscaling_group", CHAT)

    assert answer["changed"] is False
    assert answer["group"]["status"] == "UPDATE_COMPLETE"


@pytest.mark.usefixtures("heat")
def test_removes_what_is_its_own(run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)

    gone = run_module("autoscaling_group", {"name": "chat", "state": "absent"})
    again = run_module("autoscaling_group", {"name": "chat", "state": "absent"})

    assert gone["actions"] == ["delete autoscaling group 'chat'"]
    assert gone["group"]["status"] is None
    assert again["changed"] is False


def test_info_lists_groups_with_their_servers(heat: Heat, run_module: RunModule) -> None:
    assert run_module("autoscaling_group_info")["groups"] == []

    run_module("autoscaling_group", CHAT)

    (found,) = run_module("autoscaling_group_info")["groups"]
    assert (found["name"], found["size"]) == ("chat", 2)
    assert run_module("autoscaling_group_info", {"name": "chat"})["groups"] == [found]
    assert run_module("autoscaling_group_info", {"name": "other"})["groups"] == []
    assert heat.writes == ["create"]
