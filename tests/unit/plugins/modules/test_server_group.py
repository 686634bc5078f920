# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openstack.compute.v2.server import Server
from openstack.compute.v2.server_group import ServerGroup
from openstack.exceptions import ForbiddenException

from ansible_collections.model_serving.openstack.plugins.module_utils._connection import MINIMUM_SDK
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import Failure, MissingLibraryError
from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

GROUP = ServerGroup(id="g1", name="chat", policy="anti-affinity", rules={}, member_ids=[])
CHAT = {"name": "chat", "policy": "anti-affinity"}


def test_creates_what_is_missing(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.side_effect = [[], [GROUP]]

    answer = run_module("server_group", CHAT)

    conn.compute.create_server_group.assert_called_once_with(name="chat", policy="anti-affinity")
    assert answer["changed"] is True
    assert answer["actions"] == ["create server group 'chat' (anti-affinity)"]
    assert answer["diff"]["before"] == {}
    assert answer["server_group"]["id"] == "g1"


def test_sends_the_rule(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = []

    run_module("server_group", {**CHAT, "max_server_per_host": 2})

    conn.compute.create_server_group.assert_called_once_with(
        name="chat", policy="anti-affinity", rules={"max_server_per_host": 2}
    )


def test_check_mode_predicts_and_writes_nothing(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = []

    answer = run_module("server_group", CHAT, check=True)

    conn.compute.create_server_group.assert_not_called()
    assert answer["changed"] is True
    assert answer["server_group"] is None


def test_second_run_changes_nothing(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = [GROUP]

    answer = run_module("server_group", CHAT)

    assert answer["changed"] is False
    assert answer["actions"] == []
    assert conn.compute.server_groups.call_count == 1


@pytest.mark.parametrize("more", [{}, {"max_server_per_host": 2}])
def test_deletes(conn: Mock, run_module: RunModule, more: dict[str, int]) -> None:
    conn.compute.server_groups.side_effect = [[GROUP], []]

    answer = run_module("server_group", {"name": "chat", "state": "absent", **more})

    conn.compute.delete_server_group.assert_called_once_with("g1", ignore_missing=True)
    assert answer["changed"] is True
    assert answer["server_group"] is None


def test_names_every_group_of_an_ambiguous_name(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = [GROUP, ServerGroup(id="g2", name="chat", policy="affinity")]

    answer = run_module("server_group", CHAT)

    assert answer["failed"] is True
    assert "g1, g2" in answer["msg"]
    conn.compute.create_server_group.assert_not_called()


def test_reports_what_the_cloud_said(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = []
    error = ForbiddenException(message="Forbidden", details="Quota exceeded, too many server groups.")
    error.status_code = 403
    error.request_id = "req-1"
    conn.compute.create_server_group.side_effect = error

    answer = run_module("server_group", CHAT)

    assert "Could not create server group 'chat': the cloud answered 403: Quota exceeded" in answer["msg"]
    assert answer["failure"]["request_id"] == "req-1"
    assert answer["failure"]["status"] == 403


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"name": "chat"}, "policy"),
        ({**CHAT, "policy": "spread"}, "one of"),
        ({"name": "chat", "policy": "affinity", "max_server_per_host": 2}, "anti-affinity"),
        ({**CHAT, "max_server_per_host": 0}, "at least 1"),
    ],
)
def test_refuses_bad_options_before_any_call(
    conn: Mock, run_module: RunModule, args: dict[str, object], message: str
) -> None:
    answer = run_module("server_group", args)

    assert answer["failed"] is True
    assert message in answer["msg"]
    conn.compute.server_groups.assert_not_called()


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        ({"name": "chat", "policy": "spread"}, "value of policy must be one of"),
        ({**CHAT, "max_server_per_host": "two"}, "unable to convert to int"),
        ({**CHAT, "colour": "red"}, "Unsupported parameters"),
        ({**CHAT, "max_server_per_host": 0}, "invalid input"),
    ],
)
def test_whatever_is_wrong_is_a_failure_with_all_its_facts(
    run_module: RunModule, args: dict[str, object], answer: str
) -> None:
    failure = run_module("server_group", args)["failure"]

    assert answer in failure["answer"]
    assert failure.keys() == Failure.__annotations__.keys()
    assert failure["status"] is None


def test_a_missing_library_is_a_failure_too(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(_self: object, _module: object) -> None:
        raise MissingLibraryError(MINIMUM_SDK, "no module named openstack")

    monkeypatch.setattr(StateModule, "_answer", lacking)
    assert MINIMUM_SDK in run_module("server_group", CHAT)["failure"]["answer"]


def test_info_shows_where_members_run(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = [
        ServerGroup(id="g1", name="chat", policy="anti-affinity", member_ids=["s1", "s2"]),
        ServerGroup(id="g2", name="other", policy="affinity", member_ids=[]),
    ]
    conn.compute.servers.return_value = [
        Server(id="s1", name="chat-1", status="ACTIVE", host_id="h1", availability_zone="az1"),
        Server(id="s2", name="chat-2", status="ACTIVE", host_id="h1", availability_zone="az1"),
        Server(id="s3", name="foreign", status="ACTIVE", host_id="h1", availability_zone="az1"),
    ]

    groups = run_module("server_group_info", {"name": "chat"})["server_groups"]

    assert [group["id"] for group in groups] == ["g1"]
    assert [member["id"] for member in groups[0]["members"]] == ["s1", "s2"]
    assert groups[0]["spread"] == {
        "servers": 2,
        "placed": 2,
        "distinct_hosts": 1,
        "max_servers_on_one_host": 2,
        "violated": True,
    }


def test_info_of_nothing_is_an_empty_list(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.return_value = []

    assert run_module("server_group_info", {"name": "chat"})["server_groups"] == []
