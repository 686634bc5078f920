# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.network.v2.security_group import SecurityGroup

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

EGRESS = [
    {"id": "e4", "direction": "egress", "ethertype": "IPv4", "protocol": None},
    {"id": "e6", "direction": "egress", "ethertype": "IPv6", "protocol": None},
]
HTTP = {
    "id": "r1",
    "direction": "ingress",
    "ethertype": "IPv4",
    "protocol": "tcp",
    "port_range_min": 8000,
    "port_range_max": 8000,
    "remote_ip_prefix": "0.0.0.0/0",
}
CHAT = {"name": "chat", "rules": [{"protocol": "tcp", "port_range_min": 8000}]}
OWN = {**CHAT, "description": "Replicas", "tags": ["ours", "more"], "purge_rules": True, "adopt": False}


def group(*rules: dict[str, Any], **attributes: Any) -> SecurityGroup:
    values = {"id": "g1", "name": "chat", "description": "", "security_group_rules": [*EGRESS, *rules], **attributes}
    return SecurityGroup(**values)


def test_creates_group_then_rules(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.side_effect = [[], [group(HTTP)]]
    conn.network.create_security_group.return_value = group()
    conn.network.create_security_group_rules.return_value = iter(())

    answer = run_module("security_group", {**CHAT, "description": "d", "tags": ["t"]})

    conn.network.create_security_group.assert_called_once_with(name="chat", description="d")
    (bodies,) = conn.network.create_security_group_rules.call_args.args
    assert bodies == [
        {
            "security_group_id": "g1",
            "direction": "ingress",
            "ether_type": "IPv4",
            "protocol": "tcp",
            "port_range_min": 8000,
            "port_range_max": 8000,
            "remote_ip_prefix": None,
            "remote_group_id": None,
        }
    ]
    conn.network.set_tags.assert_called_once()
    assert answer["changed"] is True
    assert [rule["id"] for rule in answer["security_group"]["rules"]] == ["e4", "e6", "r1"]


def test_new_group_refers_to_itself_and_loses_default_egress(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.side_effect = [[], [group()]]
    conn.network.create_security_group.return_value = group()
    rules = {"rules": [{"remote_group": "chat"}], "purge_rules": True, "keep_default_egress": False}

    run_module("security_group", {"name": "chat", **rules})

    (bodies,) = conn.network.create_security_group_rules.call_args.args
    assert bodies[0]["remote_group_id"] == "g1"
    assert [call.args[0] for call in conn.network.delete_security_group_rule.call_args_list] == ["e4", "e6"]


SSH = {**HTTP, "id": "ssh", "port_range_min": 22, "port_range_max": 22}


@pytest.mark.parametrize(("purge", "deleted"), [(True, ["ssh"]), (False, [])])
def test_rules_that_the_operator_puts_into_new_groups_go(
    conn: Mock, run_module: RunModule, purge: bool, deleted: list[str]
) -> None:
    conn.network.security_groups.side_effect = [[], [group(HTTP)]]
    conn.network.create_security_group.return_value = group(SSH, HTTP)

    run_module("security_group", {**CHAT, "purge_rules": purge})

    assert [call.args[0] for call in conn.network.delete_security_group_rule.call_args_list] == deleted
    # One of them is what is wanted, and stays.
    conn.network.create_security_group_rules.assert_not_called()


def test_second_run_changes_nothing_with_one_call(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = [group(HTTP)]

    answer = run_module("security_group", CHAT)

    assert answer["changed"] is False
    assert len(conn.network.mock_calls) == 1


def test_check_mode_writes_nothing(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = [group()]

    answer = run_module("security_group", CHAT, check=True)

    assert answer["changed"] is True
    assert "ingress IPv4 tcp 8000 from anywhere" in answer["diff"]["after"]["rules"]
    assert len(conn.network.mock_calls) == 1


def test_changes_in_place_and_deletes_rules(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = [group(HTTP, description="old")]

    run_module("security_group", {"name": "chat", "description": "new", "rules": [], "purge_rules": True})

    conn.network.update_security_group.assert_called_once_with("g1", description="new")
    conn.network.delete_security_group_rule.assert_called_once_with("r1", ignore_missing=True)
    conn.network.create_security_group_rules.assert_not_called()


@pytest.mark.parametrize("rules", [[], [{"remote_group": "gone before"}], [{"port_range_min": 80}]])
def test_deletes(conn: Mock, run_module: RunModule, rules: list[dict[str, Any]]) -> None:
    conn.network.security_groups.side_effect = [[group()], []]

    answer = run_module("security_group", {"name": "chat", "rules": rules, "state": "absent"})

    conn.network.delete_security_group.assert_called_once_with("g1", ignore_missing=True)
    assert answer["security_group"] is None


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("description", ["", "Web servers"])
def test_somebody_elses_group_is_refused(conn: Mock, run_module: RunModule, description: str, check: bool) -> None:
    conn.network.security_groups.return_value = [group(HTTP, description=description, tags=["mine"])]

    answer = run_module("security_group", OWN, check=check)

    (problem,) = answer["failure"]["problems"]
    assert "'chat' (g1) is somebody else's" in problem
    assert f"its description is {description!r}, its tags are mine" in problem
    assert "choose another name, or delete it. With the tag 'ours' it would lose its other rules" in problem
    assert len(conn.network.mock_calls) == 1


MARKED = pytest.mark.parametrize(
    "marks", [{"tags": ["ours", "mine"]}, {"description": "Replicas"}], ids=["tag", "killed-before-it-had-tags"]
)


@MARKED
def test_a_group_with_a_mark_is_ours(conn: Mock, run_module: RunModule, marks: dict[str, Any]) -> None:
    conn.network.security_groups.return_value = [group(**marks)]

    assert run_module("security_group", OWN)["changed"] is True
    conn.network.set_tags.assert_called_once()
    conn.network.create_security_group_rules.assert_called_once()


@MARKED
def test_deletes_what_has_a_mark(conn: Mock, run_module: RunModule, marks: dict[str, Any]) -> None:
    conn.network.security_groups.side_effect = [[group(**marks)], []]

    run_module("security_group", {**OWN, "state": "absent"})

    conn.network.delete_security_group.assert_called_once_with("g1", ignore_missing=True)


def test_somebody_elses_group_stays(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = [group()]

    answer = run_module("security_group", {**OWN, "state": "absent"})

    assert answer["changed"] is False
    assert answer["diff"]["before"] == answer["diff"]["after"]
    assert "somebody else's" in answer["warnings"][0]
    assert len(conn.network.mock_calls) == 1


@pytest.mark.parametrize("marks", [{}, {"tags": [], "description": ""}])
def test_without_marks_no_group_can_be_told_from_others(
    conn: Mock, run_module: RunModule, marks: dict[str, Any]
) -> None:
    answer = run_module("security_group", {**CHAT, **marks, "adopt": False})

    assert "needs 'tags' or 'description'" in answer["msg"]
    assert conn.network.mock_calls == []


def test_an_empty_description_is_no_mark(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = [group()]

    assert "somebody else's" in run_module("security_group", {**OWN, "description": ""})["msg"]


def test_nothing_is_looked_for_without_a_project(
    conn: Mock, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An administrator's token for a domain or the system: an empty filter would be none, and any project's group ours.
    monkeypatch.setattr(type(conn), "current_project_id", None)
    conn.network.security_groups.return_value = [SecurityGroup(id="g1", name="chat", project_id="somebody")]

    answer = run_module("security_group", {"name": "chat", "state": "absent"})

    assert "not for a project" in answer["msg"]
    conn.network.delete_security_group.assert_not_called()


def test_tells_all_unknown_remote_groups(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = []
    rules = [{"remote_group": "one"}, {"remote_group": "two"}]

    answer = run_module("security_group", {"name": "chat", "rules": rules})

    assert len(answer["failure"]["problems"]) == 2
    conn.network.create_security_group.assert_not_called()


def test_check_mode_bears_a_remote_group_that_is_not_there_yet(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = []

    answer = run_module("security_group", {"name": "chat", "rules": [{"remote_group": "lb"}]}, check=True)

    assert answer["changed"] is True
    assert "'lb'" in answer["warnings"][0]


def test_a_remote_group_whose_name_two_have_needs_the_id(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = [SecurityGroup(id=one, name="lb") for one in ("g1", "g2")]
    answer = run_module("security_group", {"name": "chat", "rules": [{"remote_group": "lb"}]})
    assert answer["msg"] == "2 security groups are named 'lb' (g1, g2); give the id of the one that is meant"


def test_refuses_bad_rules_before_any_call(conn: Mock, run_module: RunModule) -> None:
    answer = run_module(
        "security_group", {"name": "chat", "rules": [{"port_range_min": 80}, {"remote_ip_prefix": "x"}]}
    )

    assert len(answer["failure"]["problems"]) == 2
    assert conn.network.mock_calls == []


def test_info_finds_by_name_and_nothing_is_an_empty_list(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = [group(HTTP), group(id="g2", name="other")]

    assert [found["id"] for found in run_module("security_group_info", {"name": "chat"})["security_groups"]] == ["g1"]
    assert len(run_module("security_group_info")["security_groups"]) == 2
    assert run_module("security_group_info", {"name": "none"})["security_groups"] == []
