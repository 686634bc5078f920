# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook teardown looks at before it removes anything."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, value_of

SERVICES = [{}, {"name": "chat"}, {"name": 7}, {"name": ""}, {"name": None}]
"""What can be in a service file."""
LOCKED = {"name": "chat-1-1", "id": "s1", "locked": True, "locked_reason": "Anna looks at it"}


@pytest.mark.parametrize(("name", "tasks"), [("teardown", "pre_tasks"), ("status", "tasks")])
@pytest.mark.parametrize("service", SERVICES)
def test_without_a_name_nothing_is_done(name: str, tasks: str, service: dict[str, Any]) -> None:
    (play,) = read(f"playbooks/{name}.yml")
    condition = play[tasks][0]["ansible.builtin.assert"]["that"]

    assert value_of(f"{{{{ {condition} }}}}", {"model_service": service}) is bool(service.get("name"))


def test_without_a_service_file_nothing_is_done() -> None:
    (play,) = read("playbooks/teardown.yml")

    assert value_of(f"{{{{ {play['pre_tasks'][0]['ansible.builtin.assert']['that']} }}}}", {}) is False


@pytest.mark.parametrize("replicas", [[], [LOCKED]])
def test_a_locked_replica_is_noticed_before_the_load_balancer_goes(replicas: list[dict[str, Any]]) -> None:
    (play,) = read("playbooks/teardown.yml")
    # Roles run after these.
    (look,) = [each for each in play["pre_tasks"] if "model_serving.openstack.service_info" in each]
    refuse = play["pre_tasks"][-1]
    kinds = ("groups", "groups_without_stack", "security_groups", "server_groups", "load_balancers")
    there = dict.fromkeys(kinds, ())
    facts = {
        **play["vars"],
        "model_service": {"name": "chat"},
        look["register"]: {**there, "fleets": [{"name": "chat", "replicas": replicas}]},
    }

    condition = refuse["ansible.builtin.assert"]["that"]
    assert value_of(f"{{{{ {condition} }}}}", facts) is not bool(replicas)


@pytest.mark.parametrize(
    ("wanted", "right"), [({}, True), ({"project": "serving"}, True), ({"project": "prod"}, False)]
)
def test_nothing_is_removed_in_another_project(wanted: dict[str, Any], right: bool) -> None:
    (play,) = read("playbooks/teardown.yml")
    (refuse,) = [each for each in play["pre_tasks"] if "another project" in each["name"]]
    facts = {
        **refuse["vars"],
        "model_service": {"name": "chat", **wanted},
        "teardown_found": {"project": {"id": "5a3c", "name": "serving"}},
    }

    assert value_of(f"{{{{ {refuse['ansible.builtin.assert']['that']} }}}}", facts) is right


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, "Nothing was found of a service chta in the project serving"),
        ({"load_balancers": [{"name": "chta"}]}, "Removing the service chta from the project serving"),
    ],
)
def test_a_name_that_no_service_has_is_noticed(there: dict[str, Any], said: str) -> None:
    (play,) = read("playbooks/teardown.yml")
    (say,) = [each for each in play["pre_tasks"] if "ansible.builtin.debug" in each]
    kinds = ("fleets", "groups", "groups_without_stack", "security_groups", "server_groups", "load_balancers")
    found = {"project": {"id": "5a3c", "name": "serving"}, **dict.fromkeys(kinds, ()), **there}
    facts = {**play["vars"], "model_service": {"name": "chta"}, "teardown_found": found}

    assert value_of(say["ansible.builtin.debug"]["msg"], facts) == said


def test_servers_whose_stack_is_gone_are_shown_by_status() -> None:
    (play,) = read("playbooks/status.yml")
    (shown,) = [task["vars"]["status_replicas"] for task in play["tasks"] if "status_replicas" in task.get("vars", {})]
    found = {"groups": ["a"], "groups_without_stack": ["b"], "fleets": ["c"]}

    facts = {"status_found": {key: [{"replicas": replicas}] for key, replicas in found.items()}}

    assert value_of(shown, facts) == ["a", "b", "c"]
