# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of the answers that models give, by the expressions of the playbooks' own file."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, value_of

V2 = {"name": "chat", "known_answer": {"expected": {"y": [42]}}}
CUSTOM = {"name": "chat", "known_answer": {"expected": {"y": 42}}, "protocol": "custom"}
RIGHT = {"content": "", "json": {"outputs": [{"name": "y", "data": [42]}]}}
TEXT = '{"y": 42}'


def said(questions: list[dict[str, Any]], results: list[dict[str, Any]]) -> list[list[str]]:
    """Return what the run fails with because of the result of each question, nothing where it goes on."""
    (compare,) = [each for each in read("playbooks/tasks/ask.yml") if "ansible.builtin.fail" in each]
    facts = {**compare["vars"], "site_answers": {"results": results}, "site_questions": questions}
    items = [{**facts, "item": item} for item in value_of(compare["loop"], facts)]
    fails = [value_of(f"{{{{ {compare['when']} }}}}", each) for each in items]
    message = compare["ansible.builtin.fail"]["msg"]
    return [value_of(message, each) if failed else [] for each, failed in zip(items, fails, strict=True)]


def test_each_answer_is_compared_with_its_own() -> None:
    second = {"name": "second", "known_answer": {"expected": {"y": [1]}}}
    other = {"content": "", "json": {"outputs": [{"name": "y", "data": [2]}]}}

    assert said([V2, second], [RIGHT, other]) == [[], ["model 'second': y should be [1], but is [2]"]]


@pytest.mark.parametrize(
    ("question", "problem"),
    [(V2, f"the answer has no outputs: {TEXT!r}"), (CUSTOM, f"the answer should be {{'y': 42}}, but is {TEXT!r}")],
)
def test_an_answer_that_is_not_declared_as_json_is_told(question: dict[str, Any], problem: str) -> None:
    assert said([question], [{"content": TEXT}]) == [[f"model 'chat': {problem}"]]


@pytest.mark.parametrize(("former", "check", "asked"), [(["a"], False, True), (["a"], True, False), ([], False, False)])
def test_models_are_asked_before_another_address_goes(former: list[str], *, check: bool, asked: bool) -> None:
    (play,) = read("playbooks/site.yml")
    names = [task["name"] for task in play["tasks"]]
    (ask,) = [task for task in play["tasks"] if task.get("ansible.builtin.include_tasks") == "tasks/ask.yml"]
    facts = {"preflight_result": {"surplus": {"load_balancers": former}}, "ansible_check_mode": check}

    assert names.index(ask["name"]) == names.index("Remove what the service no longer has") - 1
    assert all(value_of(f"{{{{ {each} }}}}", facts) for each in ask["when"]) is asked


@pytest.mark.parametrize(("check", "asked"), [(False, True), (True, False)])
def test_models_are_asked_before_the_service_is_shown(*, check: bool, asked: bool) -> None:
    (play,) = read("playbooks/site.yml")
    names = [task["name"] for task in play["post_tasks"]]
    (ask,) = [task for task in play["post_tasks"] if task.get("ansible.builtin.include_tasks") == "tasks/ask.yml"]

    assert names.index(ask["name"]) < names.index("Show the service")
    assert value_of(f"{{{{ {ask['when']} }}}}", {"ansible_check_mode": check}) is asked


def test_the_text_of_answers_is_read() -> None:
    (asked,) = [
        each["ansible.builtin.uri"] for each in read("playbooks/tasks/ask.yml") if "ansible.builtin.uri" in each
    ]

    assert asked["return_content"] is True


@pytest.mark.parametrize(("told", "count"), [({}, 1), ({"site_ask": False}, 0), ({"site_ask": "false"}, 0)])
def test_who_does_not_reach_the_service_asks_nothing(told: dict[str, Any], count: int) -> None:
    fleet = {"name": "chat", "pool": "replicas-http", "routes": []}
    model = {"name": "m", "infer_path": "/m", "known_answer": {"request": {}, "expected": {}}}
    facts = {
        **read("playbooks/vars/service.yml"),
        "preflight_result": {"fleets": [fleet], "service": {}},
        "site_model_servers": {"chat": {"models": [model]}},
        "load_balancer_result": {"address": "192.0.2.1"},
        **told,
    }

    assert len(value_of("{{ site_questions }}", facts)) == count


@pytest.mark.parametrize(("proxies", "probed"), [([], True), (["http://proxy.example:3128"], False)])
@pytest.mark.parametrize(("host", "asked"), [("192.0.2.1", "192.0.2.1"), ("[2001:db8::5]", "2001:db8::5")])
def test_a_way_is_looked_for_where_there_is_no_proxy(proxies: list[str], probed: bool, host: str, asked: str) -> None:
    (probe,) = [each for each in read("playbooks/tasks/ask.yml") if "ansible.builtin.wait_for" in each]
    facts = {"site_proxies": proxies, "site_questions": [V2], "site_host": host, "site_balancer": {"port": 80}}

    conditions = [value_of(f"{{{{ {condition} }}}}", facts) for condition in probe["when"]]

    assert all(conditions) is probed
    assert value_of(probe["ansible.builtin.wait_for"]["host"], facts) == asked
