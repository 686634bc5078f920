# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is null in an option with suboptions is not given: modules refuse a null where there is a default.

Of an option whose suboptions a role declares, Ansible itself refuses a null where these have choices or a default.

Ansible accepts a text for such an option, as with C(-e), and hands it on as it is.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..plugins.documentation import role_options
from ..templates import handed_on as calculated
from ..templates import read, value_of

URL = "http://127.0.0.1/"


def refused(role: str, given: dict[str, Any]) -> list[str]:
    """Return what Ansible says against these options before it runs the role."""
    options = role_options(role)
    messages: list[str] = ArgumentSpecValidator({name: options[name] for name in given}).validate(given).error_messages
    return messages


def handed_on(role: str, state: str, module: str, given: dict[str, Any]) -> dict[str, Any]:
    assert refused(role, given) == []
    return calculated(role, state, module, given)


def balancer_tree(given: dict[str, Any]) -> dict[str, Any]:
    assert refused("load_balancer", given) == []
    facts = {**read("roles/load_balancer/defaults/main.yml"), **read("roles/load_balancer/vars/main.yml"), **given}
    tree: dict[str, Any] = value_of("{{ load_balancer_tree }}", facts)
    return tree


@pytest.mark.parametrize("state", ["present", "absent"])
def test_of_a_fleet(state: str) -> None:
    given = {
        "compute_rollout": {"pause": None, "max_surge": None, "drain_timeout": 60},
        "compute_health": {"build_timeout": None},
    }
    options = handed_on("compute", state, "server_fleet", given)

    assert options["drain_timeout"] == 60
    assert not {"pause", "max_surge", "build_timeout"} & set(options)
    assert None not in options.values()


@pytest.mark.parametrize(("kind", "tested"), [({"type": "TCP"}, True), ({}, False)])
def test_of_a_load_balancer(kind: dict[str, str], tested: bool) -> None:
    tree = balancer_tree({"load_balancer_healthmonitor": {**kind, "url_path": None}})
    (pool,) = tree["pools"]

    assert bool(pool.get("healthmonitor")) is tested


@pytest.mark.parametrize(
    ("role", "given"),
    [
        ("compute", {"compute_rollout": {"update_policy": None}}),
        ("load_balancer", {"load_balancer_healthmonitor": {"type": None}}),
        ("load_balancer", {"load_balancer_healthmonitor": {"timeout": None}}),
        ("load_balancer", {"load_balancer_groups": [{"name": "eu", "weight": None}]}),
    ],
)
def test_ansible_itself_refuses_it_where_there_are_choices_or_a_default(role: str, given: dict[str, Any]) -> None:
    (message,) = refused(role, given)
    assert "None" in message


@pytest.mark.parametrize("monitor", ['{"type": "HTTP", "delay": 9, "url_path": null}', "type=HTTP delay=9"])
def test_a_load_balancer_is_told_by_a_text(monitor: str) -> None:
    tree = balancer_tree(
        {"load_balancer_healthmonitor": monitor, "load_balancer_tls": "default_tls_container_ref=local-cloud"}
    )

    (tested,) = [pool["healthmonitor"] for pool in tree["pools"]]
    assert (tested["type"], int(tested["delay"]), tested["timeout"]) == ("HTTP", 9, 3)
    assert tree["listeners"][0]["default_tls_container_ref"] == "local-cloud"


def test_a_fleet_is_told_by_texts() -> None:
    given = {"compute_rollout": '{"pause": 5, "max_surge": null}', "compute_health": "build_timeout=900"}
    options = handed_on("compute", "present", "server_fleet", given)

    assert (options["pause"], options["build_timeout"]) == (5, "900")
    assert "max_surge" not in options


def test_a_group_is_told_by_texts() -> None:
    given = {
        "autoscaling_max_size": 4,
        "autoscaling_readiness": f'{{"url": "{URL}", "timeout": 3000}}',
        "autoscaling_rolling_update": "pause=60",
    }
    options = handed_on("autoscaling", "present", "autoscaling_group", given)

    assert options["readiness"] == {"url": URL, "timeout": 3000}
    assert options["rolling_update"] == {"pause": "60"}
    # Four batches of the longest that is allowed.
    assert options["timeout"] > 4 * (3000 + 60)


def test_of_a_group_of_servers() -> None:
    servers = [{"name": "web-1", "addresses": {"lan": ["10.0.0.5"]}}]
    group = {"name": "eu", "servers": servers, "server_port": None, "routes": [{"host": "eu.example", "path": None}]}
    tree = balancer_tree({"load_balancer_server_port": 8000, "load_balancer_groups": [{**group, "ready_path": None}]})
    (pool,) = [each for each in tree["pools"] if each["name"] == "eu-http"]

    assert [member["protocol_port"] for member in pool["members"]] == [8000]


@pytest.mark.parametrize(
    ("option", "given", "wanted"),
    [
        ("boot_volume", {"size": 4, "delete_on_termination": None}, {"size": 4}),
        ("readiness", {"url": URL, "timeout": None, "interval": None}, {"url": URL}),
        ("rolling_update", {"max_batch_size": 2, "pause": None}, {"max_batch_size": 2}),
        ("rolling_update", {"max_batch_size": None, "pause": None}, None),
        ("target_tracking", {"target_value": 50, "granularity": None}, {"target_value": 50}),
        ("step_scaling", [{"metric": None, "granularity": None, "steps": []}], [{"steps": []}]),
        ("step_scaling", [], None),
    ],
)
def test_of_a_group(option: str, given: Any, wanted: Any) -> None:
    options = handed_on("autoscaling", "present", "autoscaling_group", {f"autoscaling_{option}": given})

    assert options.get(option) in ([wanted] if wanted is not None else [None, []])


@pytest.mark.parametrize(
    ("role", "state", "module", "option"),
    [
        ("autoscaling", "present", "autoscaling_group", "desired_capacity"),
        ("autoscaling", "present", "autoscaling_group", "max_server_per_host"),
        ("autoscaling", "present", "autoscaling_group", "timeout"),
        ("autoscaling", "absent", "autoscaling_group", "timeout"),
        ("anti_affinity", "present", "server_group", "max_server_per_host"),
    ],
)
def test_a_zero_is_not_null(role: str, state: str, module: str, option: str) -> None:
    assert handed_on(role, state, module, {f"{role}_{option}": 0})[option] == 0
    assert handed_on(role, state, module, {}).get(option) != 0


@pytest.mark.parametrize("role", ["compute", "autoscaling"])
@pytest.mark.parametrize(("port", "opened"), [(0, {0}), (8080, {8080}), (None, set())])
def test_a_port_is_left_out_when_it_is_null_only(role: str, port: int | None, opened: set[int]) -> None:
    given = {f"{role}_port": port, f"{role}_security_group": "web", f"{role}_state": "present"}
    facts = {**read(f"roles/{role}/defaults/main.yml"), **read(f"roles/{role}/vars/main.yml"), f"{role}_name": "chat"}
    (task,) = read(f"roles/{role}/tasks/security_group.yml")

    rules = value_of(task["model_serving.openstack.security_group"]["rules"], {**facts, **given})

    assert {rule["port_range_min"] for rule in rules} == opened
