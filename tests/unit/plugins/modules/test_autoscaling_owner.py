# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups of another user, in whose name Heat and Aodh act, and what an application credential of its own may do."""

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
NEW = {"user_data": "#!/bin/sh\n"}
SIZE = {"name": "chat", "desired_capacity": 3}
CHANGES = [
    ("autoscaling_group", {**HEALED, **NEW}),
    ("autoscaling_group", {**HEALED, "desired_capacity": 3}),
    ("autoscaling_capacity", SIZE),
    ("autoscaling_capacity", {"name": "chat", "suspended_processes": ["healing"]}),
]
ALARM = {"alarm_id": "id-healing", "name": "chat-zone_1-abc-healing-xyz", "enabled": True, "state": "ok"}
"""As Aodh lists it, without its user."""


@pytest.fixture
def aodh(conn: Mock) -> Mock:
    """The session of a user named bob; its requests are those for Aodh."""
    access = create_autospec(
        AccessInfoV3,
        instance=True,
        username="bob",
        user_id="u-bob",
        project_name="serving",
        application_credential_id=None,
    )
    made: Mock = create_autospec(Session, instance=True)
    made.auth = SimpleNamespace(get_access=lambda _session: access)
    conn.session = made
    conn.service_catalog = conn.service_catalog + [
        {"type": kind, "name": kind, "endpoints": [{"interface": "public", "region": "A", "url": "http://127.0.0.1"}]}
        for kind in ("orchestration", "alarming")
    ]
    tell(made, [ALARM])
    return made


def tell(aodh: Mock, alarms: list[dict[str, Any]] | int, *others: Response) -> None:
    """Let Aodh list alarms, or refuse to with this status, and give those answers to all else, one after another."""
    left = iter(others)

    def respond(url: str, method: str, **_more: Any) -> Response:
        if (url, method) != ("/v2/alarms", "GET"):
            return next(left)
        return answer({}, alarms) if isinstance(alarms, int) else answer(alarms)

    aodh.request.side_effect = respond


def of_alice(heat: Heat, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module("autoscaling_group", options)
    assert heat.stack is not None
    heat.stack["stack_owner"] = "alice"
    heat.resource("healing", "OS::Aodh::LoadBalancerMemberHealthAlarm", parent="zone_1")
    heat.writes.clear()


def other_user(heat: Heat, run_module: RunModule) -> Any:
    """What preflight is told."""
    heat.conn.network.security_groups.return_value = []
    (group,) = run_module("service_info")["groups"]
    return group["other_user"]


@pytest.mark.usefixtures("aodh")
def test_who_made_a_group_is_told(heat: Heat, run_module: RunModule) -> None:
    of_alice(heat, run_module, HEALED)

    told = run_module("autoscaling_group", HEALED)

    assert told["changed"] is False
    assert told["group"]["owner"] == "alice"
    assert told["warnings"][0].startswith("Autoscaling group 'chat' was made by the user 'alice'")


@pytest.mark.usefixtures("aodh")
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("module", "options"), CHANGES)
def test_nobody_else_changes_what_is_healed(
    heat: Heat, run_module: RunModule, module: str, options: dict[str, Any], check: bool
) -> None:
    of_alice(heat, run_module, HEALED)

    told = run_module(module, options, check=check)

    assert "was made by the user 'alice'" in told["msg"]
    assert "After a change by 'bob' the cloud could not heal it" in told["msg"]
    assert heat.writes == []


@pytest.mark.usefixtures("aodh")
@pytest.mark.parametrize("owner", ["bob", None])
def test_its_own_user_changes_it(heat: Heat, run_module: RunModule, owner: str | None) -> None:
    of_alice(heat, run_module, HEALED)
    assert heat.stack is not None
    heat.stack["stack_owner"] = owner

    assert run_module("autoscaling_group", {**HEALED, **NEW})["changed"] is True


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("module", "options"), CHANGES)
def test_who_has_the_name_may_be_another_user(
    heat: Heat, aodh: Mock, run_module: RunModule, module: str, options: dict[str, Any], check: bool
) -> None:
    """With a user who is deleted, all trusts go, and one who gets the name has none of them."""
    of_alice(heat, run_module, HEALED)
    assert heat.stack is not None
    heat.stack["stack_owner"] = "bob"
    tell(aodh, [{**ALARM, "user_id": "u-first"}])

    told = run_module(module, options, check=check)

    assert "was made by the user 'bob' with the id u-first" in told["msg"]
    assert heat.writes == []


def test_it_is_told_and_removed_as_one_of_another_user(heat: Heat, aodh: Mock, run_module: RunModule) -> None:
    of_alice(heat, run_module, HEALED)
    assert heat.stack is not None
    heat.stack["stack_owner"] = "bob"
    theirs = {**ALARM, "user_id": "u-first"}
    tell(aodh, [theirs], answer({}, 204))

    told = run_module("autoscaling_group", HEALED)
    listed = other_user(heat, run_module)
    removed = run_module("autoscaling_group", {"name": "chat", "state": "absent"})

    assert (told["changed"], listed) == (False, "u-first")
    assert told["warnings"][0].startswith("Autoscaling group 'chat' was made by the user 'bob' with the id u-first")
    assert removed["changed"] is True
    assert [call.args[0] for call in aodh.request.call_args_list if call.args[1] == "DELETE"] == [
        "/v2/alarms/id-healing"
    ]


@pytest.mark.parametrize(
    "alarms",
    [
        403,
        [{**ALARM, "user_id": "u-bob"}],
        # Somebody has disabled one by hand, and is its user since then.
        [{**ALARM, "user_id": "u-bob"}, {**ALARM, "name": "chat-alarm_out_1-xyz", "user_id": "u-alice"}],
        [ALARM, {**ALARM, "name": "chat-2-zone_1-abc-healing-xyz", "user_id": "u-alice"}],
        [ALARM, {**ALARM, "name": None, "user_id": "u-alice"}],
    ],
)
def test_what_aodh_does_not_tell_the_name_decides(
    heat: Heat, aodh: Mock, run_module: RunModule, alarms: list[dict[str, Any]] | int
) -> None:
    of_alice(heat, run_module, HEALED)
    assert heat.stack is not None
    heat.stack["stack_owner"] = "bob"
    tell(aodh, alarms)

    assert run_module("autoscaling_group", HEALED)["warnings"] == []
    assert run_module("autoscaling_group", {**HEALED, **NEW})["changed"] is True
    assert other_user(heat, run_module) is None


@pytest.mark.usefixtures("aodh")
def test_without_alarms_everybody_may_change_it(heat: Heat, run_module: RunModule) -> None:
    of_alice(heat, run_module, CHAT)
    heat.resources = [one for one in heat.resources if not one["resource_type"].startswith("OS::Aodh::")]

    assert run_module("autoscaling_group", {**CHAT, **NEW})["changed"] is True
    assert run_module("autoscaling_capacity", SIZE)["changed"] is True


@pytest.mark.parametrize(("still_there", "fails"), [(404, False), (200, True)])
def test_others_remove_it_with_its_alarms(
    heat: Heat, aodh: Mock, run_module: RunModule, still_there: int, fails: bool
) -> None:
    """Aodh forgets an alarm before it fails at its trust."""
    of_alice(heat, run_module, HEALED)
    tell(aodh, [ALARM], answer({"error_message": "delete_trust"}, 500), answer({}, still_there))

    told = run_module("autoscaling_group", {"name": "chat", "state": "absent"})

    deleted = [call.args for call in aodh.request.call_args_list if call.args[1] == "DELETE"]
    assert deleted == [("/v2/alarms/id-healing", "DELETE")]
    assert told.get("failed", False) is fails
    assert heat.writes == ([] if fails else ["delete"])
    if fails:
        assert "Could not delete alarm 'id-healing'" in told["msg"]


@pytest.mark.parametrize(("credential", "past_heat"), [("a1", ["/v2/alarms/id-healing"]), (None, [])])
@pytest.mark.parametrize("leftover", [False, True])
def test_an_application_credential_removes_the_group_of_its_user(
    heat: Heat, aodh: Mock, run_module: RunModule, credential: str | None, past_heat: list[str], leftover: bool
) -> None:
    """Keystone lets it delete no trust, at which Heat would stop with DELETE_FAILED."""
    of_alice(heat, run_module, HEALED)
    assert heat.stack is not None
    heat.stack["stack_owner"] = "bob"
    if leftover:
        heat.stack["stack_status"] = "DELETE_FAILED"
    aodh.auth.get_access(aodh).application_credential_id = credential
    tell(aodh, [ALARM], answer({"error_message": "delete_trust"}, 500), answer({}, 404))

    told = run_module("autoscaling_group", HEALED if leftover else {"name": "chat", "state": "absent"})

    assert not told.get("failed", False), told
    assert [call.args[0] for call in aodh.request.call_args_list if call.args[1] == "DELETE"] == past_heat
    assert heat.writes == ["delete", *(["create"] if leftover else [])]


def test_the_alarms_of_a_group_are_shown(heat: Heat, aodh: Mock, run_module: RunModule) -> None:
    of_alice(heat, run_module, HEALED)
    shown = {"enabled": True, "state": "insufficient data", "state_reason": "not evaluated yet"}
    others = {"alarm_id": "theirs", **shown}
    tell(aodh, [others, {"alarm_id": "id-healing", **shown}])

    (group,) = run_module("autoscaling_group_info", {"name": "chat", "describe_alarms": True})["groups"]

    assert group["alarms"] == [{"name": "zone_1/healing", "id": "id-healing", **shown}]
    assert group["failed"] == []
    assert "alarms" not in run_module("autoscaling_group_info", {"name": "chat"})["groups"][0]
