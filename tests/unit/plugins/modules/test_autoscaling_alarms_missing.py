# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms of a group that somebody has deleted in Aodh, which Heat does not notice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import pytest
from keystoneauth1.access import AccessInfoV3
from keystoneauth1.session import Session

from .answers import answer
from .fake_heat import CHAT

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat

HEALED = {**CHAT, "health_check_type": "load_balancer"}
NAMES = {"id-alarm_step_1_out_1": "chat-alarm_step_1_out_1-x1", "id-healing": "chat-zone_1-abc-healing-x2"}
WATCHED = {**HEALED, "step_scaling": [{"steps": [{"lower_bound": 95, "adjustment": 2}]}]}
REPAIR = ["repair autoscaling group 'chat'"]


class Aodh:
    """The alarms of the group by their ids, for a user who is called bob."""

    def __init__(self) -> None:
        self.rows = {alarm_id: {"name": name, "enabled": True, "state": "ok"} for alarm_id, name in NAMES.items()}
        self.readable = True
        self.access = create_autospec(
            AccessInfoV3, instance=True, username="bob", user_id="u-bob", application_credential_id=None
        )

    def request(self, url: str, method: str, **more: Any) -> Response:
        alarm_id = url.removeprefix("/v2/alarms").strip("/")
        if not self.readable:
            return answer({}, 403)
        if not alarm_id:
            return answer([{**row, "alarm_id": one, "user_id": "u-bob"} for one, row in self.rows.items()])
        if alarm_id not in self.rows:
            return answer({}, 404)
        if method == "PUT":
            self.rows[alarm_id]["enabled"] = more["json"]["enabled"]
        return answer({**self.rows[alarm_id], "alarm_id": alarm_id})


@pytest.fixture
def aodh(conn: Mock) -> Aodh:
    made = Aodh()
    conn.session = create_autospec(Session, instance=True)
    conn.session.auth = SimpleNamespace(get_access=lambda _session: made.access)
    conn.session.request.side_effect = made.request
    return made


@pytest.fixture(autouse=True)
def group(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    """A group with two alarms. An update makes anew what is marked."""
    assert aodh.readable
    run_module("autoscaling_group", WATCHED)
    with_alarms(heat)
    put = heat.put

    def update(path: str, json: dict[str, Any], **more: Any) -> Response:
        done = put(path, json, **more)
        if not path.endswith("/preview"):
            with_alarms(heat)
            for one in [write.split()[1] for write in heat.writes if write.endswith("True")]:
                aodh.rows[f"id-{one}"] = {"name": NAMES[f"id-{one}"], "enabled": True, "state": "ok"}
        return done

    heat.conn.orchestration.put.side_effect = update
    heat.writes.clear()
    heat.calls = 0


def with_alarms(heat: Heat) -> None:
    heat.resource("alarm_step_1_out_1", "OS::Aodh::GnocchiAggregationByResourcesAlarm")
    heat.resource("healing", "OS::Aodh::LBMemberHealthAlarm", parent="zone_1")


def test_as_long_as_all_are_there_nothing_else_is_asked(heat: Heat, run_module: RunModule) -> None:
    answered = run_module("autoscaling_group", HEALED, check=True)
    assert answered["changed"] is True  # an alarm less
    heat.calls = 0

    assert run_module("autoscaling_group", WATCHED)["changed"] is False
    # The stacks, and whether a scaling holds up the zone.
    assert heat.calls == 2


@pytest.mark.parametrize(
    ("alarm", "path"), [("alarm_step_1_out_1", "alarm_step_1_out_1"), ("healing", "zone_1/healing")]
)
def test_an_alarm_that_was_deleted_is_made_anew(
    heat: Heat, aodh: Aodh, run_module: RunModule, alarm: str, path: str
) -> None:
    del aodh.rows[f"id-{alarm}"]

    predicted = run_module("autoscaling_group", WATCHED, check=True)
    assert heat.writes == []
    done = run_module("autoscaling_group", WATCHED)

    assert predicted["actions"] == done["actions"] == REPAIR
    assert predicted["diff"] == done["diff"]
    assert done["diff"]["before"]["failed"] == [path]
    assert heat.writes == [f"mark {alarm} True", "update", "patch {'pinned_1': 0}"]
    assert run_module("autoscaling_group", WATCHED)["changed"] is False


def test_an_update_makes_it_anew_too(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    """Of an alarm that it changes, Heat would not find anything to change."""
    del aodh.rows["id-healing"]

    run_module("autoscaling_group", {**WATCHED, "max_size": 6})

    assert heat.writes[:2] == ["mark healing True", "update"]


def test_an_application_credential_leaves_what_it_need_not_make(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    """Most of them can make no alarms. A mark would let every update fail."""
    del aodh.rows["id-healing"]
    aodh.access.application_credential_id = "a1"

    told = run_module("autoscaling_group", WATCHED)
    changed = run_module("autoscaling_group", {**WATCHED, "max_size": 6})

    assert told["changed"] is False
    assert not changed.get("failed"), changed["msg"]
    for (warning,) in (told["warnings"], changed["warnings"]):
        assert "has deleted alarms of autoscaling group 'chat': zone_1/healing" in warning
        assert "Run with a password" in warning
    assert heat.writes == ["update"]


def test_an_application_credential_makes_anew_what_it_changes(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    """If it may make trusts it can. If not, the update fails in any case."""
    aodh.rows.clear()
    aodh.access.application_credential_id = "a1"
    steps = [{"lower_bound": 90, "adjustment": 2}]

    changed = run_module("autoscaling_group", {**WATCHED, "step_scaling": [{"steps": steps}]})

    assert heat.writes == ["mark alarm_step_1_out_1 True", "update"]
    assert "fails unless Keystone lets the credential make trusts" in changed["warnings"][0]


def test_an_application_credential_makes_anew_what_it_suspends(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    aodh.rows.clear()
    aodh.access.application_credential_id = "a1"

    run_module("autoscaling_capacity", {"name": "chat", "suspended_processes": ["healing"]})

    marked, patched = heat.writes
    assert marked == "mark healing True"
    assert patched.startswith("patch ")


def test_another_user_leaves_them_and_is_told(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    del aodh.rows["id-healing"]
    assert heat.stack is not None
    heat.stack["stack_owner"] = "alice"

    told = run_module("autoscaling_group", WATCHED)
    refused = run_module("autoscaling_group", {**WATCHED, "max_size": 6})

    assert not told.get("failed"), told["msg"]
    assert told["changed"] is False
    assert "has deleted alarms of autoscaling group 'chat': zone_1/healing" in told["warnings"][-1]
    assert "Only a run as the user 'alice' makes them anew" in told["warnings"][-1]
    assert "After a change by 'bob'" in refused["msg"]
    assert heat.writes == []


def test_an_aodh_that_cannot_be_read_holds_up_nothing(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    aodh.readable = False

    assert run_module("autoscaling_group", WATCHED)["changed"] is False
    assert not run_module("autoscaling_group", {**WATCHED, "max_size": 6}).get("failed")
    assert heat.writes == ["update"]


def test_a_process_is_suspended_although_its_alarm_is_gone(heat: Heat, aodh: Aodh, run_module: RunModule) -> None:
    del aodh.rows["id-alarm_step_1_out_1"]
    options = {"name": "chat", "suspended_processes": ["scaling", "healing"]}

    done = run_module("autoscaling_capacity", options)

    assert not done.get("failed"), done["msg"]
    assert aodh.rows["id-healing"]["enabled"] is False
    marked, patched = heat.writes
    assert marked == "mark alarm_step_1_out_1 True"
    assert patched.startswith("patch {'scaling_enabled': False")
