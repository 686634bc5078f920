# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callbacks get to see, and whoever runs with -v: items of loops and facts, but no credentials of a service."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets

from ..plugins.documentation import role_options
from ..templates import ROOT, read, tasks_of, value_of
from .test_drill import chosen, member, replicas, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRET = "not-for-your-eyes"  # noqa: S105


def files(*folders: str) -> list[str]:
    """The files in folders, but those of the local cloud, which knows no services."""
    found = sorted(str(path.relative_to(ROOT)) for folder in folders for path in ROOT.glob(f"{folder}/*.yml"))
    return [name for name in found if "local_cloud" not in name]


FILES = files("playbooks", "playbooks/tasks", "roles/*/tasks")
SET = "ansible.builtin.set_fact"
OPTIONS = role_options("preflight", "service")["model_service"]["options"]
SERVICE: dict[str, Any] = {
    "name": "a",
    "replicas": 2,
    "image": "b",
    "flavor": "c",
    "network": "d",
    "models": [{"name": "e", "url": f"https://models.example/e.onnx?signature={SECRET}", "sha256": "0" * 64}],
    "object_storage": {"s3_secret_key": SECRET},
    "runtime_options": {"environment": {"HF_TOKEN": SECRET}},
    "fleets": [{"name": "canary", "replicas": 1, "runtime_options": {"environment": {"HF_TOKEN": SECRET}}}],
}


def result() -> dict[str, Any]:
    """What preflight publishes."""
    checked = service_arguments(SERVICE, OPTIONS)
    assert checked["problems"] == []
    fleets = [{**fleet, "elastic": True, "group_exists": False} for fleet in service_fleets(checked["service"])]
    gone = [{"name": "a.old", "pool": "", "security_group": ""}]
    surplus = {"leaving": gone, "fleets": gone, "groups": gone, "load_balancers": [{"name": "a.old", "service": None}]}
    return {**checked, "fleets": fleets, "surplus": surplus, "rehearsal": {}, "warnings": []}


def registered() -> dict[str, Any]:
    """What modules return, and what grows from task to task."""
    drilled = world({}, {"replicas-http": [member(1), member(2)]}, [replicas("a", 1, 2)])
    served = {
        "user_data": SECRET,
        "models": [{"name": "e", "infer_path": "/e", "known_answer": {"request": {}, "expected": {}}}],
        "ready_path": "/ready",
        "problems": [],
    }
    kept = {
        "changed": True,
        "actions": [],
        "fleet": replicas("a", 1),
        "group": replicas("a", 1),
        "load_balancer": {"pools": []},
    }
    return {
        **{name: value for name, value in drilled.items() if name.startswith("drill_")},
        **dict.fromkeys(("model_service", "preflight_service"), SERVICE),
        "preflight_options": OPTIONS,
        "preflight_result": result(),
        "model_server_made": served,
        "model_server_checked": {"profile": {"metrics": {"path": "/metrics", "port": None}}, "problems": []},
        "site_model_servers": {"a": served, "a.canary": served},
        "site_fleet_name": "a",
        "site_gone": result()["surplus"]["fleets"][0],
        **{f"{role}_kept": {**kept, "server_group": {}} for role in ("anti_affinity", "autoscaling", "compute")},
        **dict.fromkeys(("load_balancer_kept", "autoscaling_own_group", "compute_own_group"), kept),
        "compute_result": kept["fleet"],
        "autoscaling_result": kept["group"],
        "load_balancer_result": {"address": "192.0.2.1", "pools": []},
        "status_found": {"groups": [replicas("a", 1)], "groups_without_stack": [], "fleets": []},
        "site_groups": {},
        "site_replicas": [],
        "site_changed": False,
        "ansible_check_mode": False,
        "drill_pending": [],
        "drill_healthy": [{**one, "locked": False} for one in replicas("a", 1)["replicas"]],
        "drill_replica": replicas("a", 1)["replicas"][0],
    }


def variables(each: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the variables of a play, a block or a task and of all in it, and the facts that it sets."""
    yield from {**each.get("vars", {}), **each.get(SET, {})}.items()
    for section in ("pre_tasks", "tasks", "post_tasks", "block", "rescue", "always"):
        for inner in each.get(section, ()):
            yield from variables(inner)


@cache
def known() -> dict[str, Any]:
    """All that playbooks and roles know of a service, as expressions that can be calculated.

    What is known already goes before: site.yml before teardown.yml, and results before what a task adds to them.
    """
    found = registered()
    for name in ["playbooks/vars/service.yml", *files("roles/*/vars"), *files("roles/*/defaults")]:
        found = {**read(name), **found}
    for name in FILES:
        for each in read(name):
            found = {**dict(variables(each)), **found}
    return found


def shown(task: Mapping[str, Any], expression: Any) -> bool:
    return SECRET in str(value_of(expression, {**known(), **task.get("vars", {})}))


@pytest.mark.parametrize("name", FILES)
def test_items_of_loops_have_no_credentials(name: str) -> None:
    for task in tasks_of(read(name)):
        assert not any(key.startswith("with_") for key in task), "a loop that this test does not see"
        assert "loop" not in task or task.get("no_log") or not shown(task, task["loop"]), task["name"]


@pytest.mark.parametrize("name", FILES)
def test_facts_with_credentials_are_not_shown(name: str) -> None:
    for task in tasks_of(read(name)):
        assert SET not in task or task.get("no_log") or not shown(task, task[SET]), task["name"]


def test_the_drill_remembers_of_a_fleet_only_what_it_needs() -> None:
    known = world({}, {"replicas-http": [member(1), member(2)]}, [replicas("a", 1, 2)])

    facts = chosen({**known, "preflight_result": result()})

    assert facts["drill_chosen"] == {"name": "a", "pool": "replicas-http", "elastic": True}
