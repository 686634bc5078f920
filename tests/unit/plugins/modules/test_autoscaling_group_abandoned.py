# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stays in progress when an engine of Heat dies, and how that differs from what takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server import Server

from .answers import ago, answer
from .dead_engine import DRAIN, GROUP, LONG, MEMBER, READY, REPAIR, SCALED, SERVER, TYPES, busy, stuck
from .fake_heat import KEY
from .heat_zones import resource_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat


@pytest.fixture(autouse=True)
def group(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", SCALED)
    heat.writes.clear()


@pytest.mark.parametrize(("minutes", "actions"), [(1, []), (4, []), (6, REPAIR)])
@pytest.mark.parametrize("stack", ["group", "r1"])
def test_what_nobody_works_on_is_repaired(
    heat: Heat, run_module: RunModule, stack: str, minutes: float, actions: list[str]
) -> None:
    busy(heat, minutes, stack=stack)

    predicted = run_module("autoscaling_group", SCALED, check=True)
    done = run_module("autoscaling_group", SCALED)

    assert predicted["actions"] == done["actions"] == actions
    assert run_module("autoscaling_group", SCALED)["actions"] == []


def test_what_was_changed_lately_is_at_work(heat: Heat, run_module: RunModule) -> None:
    """However long its stack has been in progress, as long as Heat allows that."""
    busy(heat, 64)
    heat.changed_at = ago(1)

    assert run_module("autoscaling_group", SCALED)["actions"] == []


def test_one_look_may_be_wrong(heat: Heat, conn: Mock, run_module: RunModule) -> None:
    """What Heat waits for has just ended, and Heat has not noticed yet."""
    busy(heat, LONG)

    def then_it_notices(path: str, **more: Any) -> Response:
        seen = heat.get(path, **more)
        if path.endswith("/events"):
            heat.changed_at = ago()
        return seen

    conn.orchestration.get.side_effect = then_it_notices

    assert run_module("autoscaling_group", SCALED)["actions"] == []


def test_nothing_is_asked_while_stacks_are_changed(heat: Heat, run_module: RunModule) -> None:
    busy(heat, 1)
    heat.calls = 0

    run_module("autoscaling_group", SCALED, check=True)

    assert heat.calls == 1


@pytest.mark.parametrize(
    ("resource", "properties", "minutes", "actions"),
    [
        (READY, {"timeout": 900}, 19, []),
        (READY, {"timeout": 900}, 21, REPAIR),
        (DRAIN, {"min_wait": "600"}, 14, []),
        (DRAIN, {"min_wait": "600"}, 16, REPAIR),
        (READY, None, LONG, REPAIR),
    ],
)
def test_what_heat_waits_for_has_its_time(
    heat: Heat,
    run_module: RunModule,
    resource: str,
    properties: dict[str, Any],
    minutes: float,
    actions: list[str],
) -> None:
    busy(heat, minutes, resource)
    heat.properties[resource] = properties

    assert run_module("autoscaling_group", SCALED)["actions"] == actions


@pytest.mark.parametrize(("minutes", "actions"), [(14, []), (16, REPAIR)])
def test_a_group_may_pause_between_batches(
    heat: Heat, run_module: RunModule, minutes: float, actions: list[str]
) -> None:
    """For as long as its present template says: the event of the update tells the pause before it."""
    run_module("autoscaling_group", {**SCALED, "rolling_update": {"pause": 600}})
    busy(heat, minutes, GROUP)

    assert run_module("autoscaling_group", {**SCALED, "rolling_update": {"pause": 600}})["actions"] == actions


def test_a_replica_that_drains_beside_the_one_that_replaces_it(heat: Heat, run_module: RunModule) -> None:
    """Heat does not list what is in it with the resources of the group."""
    heat.replacing = ["r1"]
    busy(heat, LONG, stack="r1")
    heat.hidden = [resource_row(DRAIN, TYPES[DRAIN], "DELETE_IN_PROGRESS", "r1", "r1")]
    heat.properties[DRAIN] = {"min_wait": 900}

    assert run_module("autoscaling_group", SCALED)["actions"] == []


def test_of_a_group_without_events_its_stacks_say_since_when(heat: Heat, run_module: RunModule) -> None:
    busy(heat, LONG, READY)
    heat.changed_at = None

    assert run_module("autoscaling_group", SCALED)["actions"] == REPAIR


def test_waiting_asks_for_events_once_a_minute(heat: Heat, conn: Mock, run_module: RunModule) -> None:
    stuck(heat)
    busy(heat, LONG)
    heat.changed_at = ago()

    told = run_module("autoscaling_group", {**SCALED, "timeout": 200})

    assert "Timed out waiting for autoscaling group 'chat' to settle" in told["msg"]
    asked = [call.args[0].rsplit("/", 1)[1] for call in conn.orchestration.get.call_args_list]
    assert asked.count("events") == 4


def test_a_replica_that_has_reported_is_not_waited_for(heat: Heat, run_module: RunModule) -> None:
    busy(heat, LONG, READY)
    heat.properties[READY] = {"timeout": 3000}
    heat.metadata["handle_1"] = {"1": {"status": "SUCCESS"}}

    assert run_module("autoscaling_group", SCALED)["actions"] == REPAIR


@pytest.mark.parametrize(
    ("status", "task", "minutes", "actions"),
    [
        ("BUILD", "spawning", LONG, []),
        ("ACTIVE", "deleting", LONG, []),
        ("ACTIVE", None, LONG, REPAIR),
        ("ERROR", None, LONG, REPAIR),
        ("BUILD", "spawning", 61, REPAIR),
    ],
)
def test_what_nova_is_at_is_waited_for(
    heat: Heat, conn: Mock, run_module: RunModule, status: str, task: str | None, minutes: float, actions: list[str]
) -> None:
    busy(heat, minutes, SERVER)
    conn.compute.servers.side_effect = lambda **_query: [
        Server(id=f"id-{SERVER}", name="chat-9", status=status, task_state=task, metadata={KEY: "chat"})
    ]

    assert run_module("autoscaling_group", SCALED)["actions"] == actions


@pytest.mark.parametrize(
    ("status", "minutes", "actions"),
    [
        ("PENDING_UPDATE", LONG, []),
        ("ERROR", LONG, []),
        ("ACTIVE", LONG, REPAIR),
        (None, LONG, REPAIR),
        ("PENDING_UPDATE", 61, REPAIR),
    ],
)
def test_what_octavia_is_at_is_waited_for(
    heat: Heat, conn: Mock, run_module: RunModule, status: str | None, minutes: float, actions: list[str]
) -> None:
    busy(heat, minutes, MEMBER)
    shown: dict[str, Any] = {
        "/lbaas/pools/p1": {"pool": {"id": "p1", "provisioning_status": "ACTIVE", "loadbalancers": [{"id": "b1"}]}},
        "/lbaas/loadbalancers/b1": {"loadbalancer": {"id": "b1", "provisioning_status": status}},
    }
    conn.load_balancer.get.side_effect = lambda path, **_more: answer(shown[path]) if status else answer({}, 404)

    assert run_module("autoscaling_group", SCALED)["actions"] == actions


@pytest.mark.parametrize(("minutes", "actions"), [(1, []), (LONG, REPAIR)])
def test_an_update_that_nobody_works_on_is_taken_over(
    heat: Heat, run_module: RunModule, minutes: float, actions: list[str]
) -> None:
    stuck(heat)
    busy(heat, minutes)

    assert run_module("autoscaling_group", SCALED, check=True)["actions"] == actions
    if actions:
        assert run_module("autoscaling_group", SCALED)["actions"] == actions
        assert heat.writes == ["update", "patch {'pinned_1': 0}"]


def test_a_member_that_octavia_refuses_is_waited_for(heat: Heat, run_module: RunModule) -> None:
    """Its place may be that of a copy, until the run that moves the group has removed that."""
    busy(heat, LONG, MEMBER)
    heat.resources[-1]["physical_resource_id"] = ""

    assert run_module("autoscaling_group", SCALED)["actions"] == []


@pytest.mark.parametrize("options", [{**SCALED, "max_size": 5}, {"name": "chat", "state": "absent", "timeout": 1800}])
def test_a_run_ends_when_the_engine_dies_that_works_for_it(
    heat: Heat, run_module: RunModule, options: dict[str, Any]
) -> None:
    heat.looks_until_gone = 1

    def in_vain(begin: Callable[..., Response]) -> Callable[..., Response]:
        def begun(*where: str, **what: Any) -> Response:
            done = begin(*where, **what)
            assert heat.stack is not None
            heat.stack["updated_time"] = heat.nested_updated = heat.changed_at = ago(LONG)
            heat.engine_died = True
            return done

        return begun

    heat.conn.orchestration.put.side_effect = in_vain(heat.put)
    heat.conn.orchestration.delete.side_effect = in_vain(heat.delete)

    told = run_module("autoscaling_group", options)

    assert "nothing has happened in it for 5 minutes, and it waits for nothing" in told["msg"]
    assert "the next run takes over" in told["msg"]
