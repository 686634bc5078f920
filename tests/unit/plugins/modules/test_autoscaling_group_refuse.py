# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused about groups, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.load_balancer.v2.load_balancer import LoadBalancer
from openstack.load_balancer.v2.pool import Pool

from ..conftest import in_catalogue
from .fake_heat import CHAT
from .fake_neutron import fitting

if TYPE_CHECKING:
    from unittest.mock import Mock

    from openstack.compute.v2.server import Server

    from ..conftest import RunModule
    from .fake_heat import Heat


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_stack_of_somebody_else_is_not_touched(heat: Heat, run_module: RunModule, state: str) -> None:
    run_module("autoscaling_group", CHAT)
    assert heat.stack is not None
    heat.stack["tags"] = ["theirs"]
    heat.writes.clear()

    answer = run_module("autoscaling_group", {**CHAT, "state": state})

    assert "is no autoscaling group" in answer["msg"]
    assert heat.writes == []


@pytest.fixture
def locked(heat: Heat, conn: Mock, run_module: RunModule) -> Server:
    """A server of a group that somebody has locked, whatever else becomes of the group."""
    run_module("autoscaling_group", CHAT)
    heat.writes.clear()
    one, *others = heat.servers()
    one._update(is_locked=True, locked_reason="somebody looks at it")
    conn.compute.servers.side_effect = lambda **_query: [one, *others]
    return one


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("module", "change", "why"),
    [
        ("autoscaling_group", {**CHAT, "user_data": "#!/bin/sh\n"}, "all replicas get another version"),
        ("autoscaling_group", {"name": "chat", "state": "absent"}, "the autoscaling group shall be absent"),
        ("autoscaling_capacity", {"name": "chat", "replace": ["s0"]}, "it is to be replaced"),
    ],
)
def test_a_locked_server_is_not_left_to_heat(
    heat: Heat, locked: Server, run_module: RunModule, module: str, change: dict[str, Any], why: str, check: bool
) -> None:
    answer = run_module(module, change, check=check)

    server = f"replica {locked.name!r} ({locked.id})"
    assert f"{server} has to be deleted ({why}), but it is locked (somebody looks at it)" in answer["msg"]
    assert heat.writes == []


@pytest.mark.usefixtures("locked")
def test_a_locked_server_that_stays_is_no_obstacle(heat: Heat, run_module: RunModule) -> None:
    assert run_module("autoscaling_group", CHAT)["changed"] is False
    assert "failed" not in run_module("autoscaling_group", {**CHAT, "max_size": 8})
    assert "failed" not in run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3})
    assert heat.writes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "1chat"}, "a letter first"),
        ({"min_size": 0}, "'min_size' (0) must be at least 1"),
        ({"min_size": 5}, "'max_size' (4) not less"),
        ({"desired_capacity": 5}, "must be between"),
        ({"availability_zones": list("abcde")}, "there are 5 zones"),
        ({"availability_zones": list("abc")}, "'min_size' is 2, but there are 3 zones"),
        (
            {"pools": [{"pool": "web", "protocol_port": 80, "weight": 0}]},
            "'weight: 0' of pool 'web' would leave all replicas without requests",
        ),
        (
            {"pools": [{"pool": "web", "protocol_port": 0}]},
            "'protocol_port: 0' of member",
        ),
        ({"pools": [], "health_check_type": "load_balancer"}, "no pool to watch"),
        ({"readiness": {"url": "http://127.0.0.1/", "timeout": 0}}, "'readiness.timeout'"),
        ({"readiness": {"url": "http://127.0.0.1/", "interval": 0}}, "'readiness.interval' must be at least 1"),
        ({"readiness": {"url": "foo"}}, "'readiness.url' is 'foo', but must be an http or https URL"),
        ({"readiness": {"url": "http://a/", "endpoint": "heat:8004"}}, "'readiness.endpoint' is 'heat:8004'"),
        ({"readiness": {"url": "http://a/", "endpoint": "http://a:b@c"}}, "'readiness.endpoint' has an '@' before"),
        ({"rolling_update": {"max_batch_size": 0}}, "'rolling_update.max_batch_size' must be at least 1"),
        ({"rolling_update": {"pause": -1}}, "'rolling_update.pause' must not be negative"),
        ({"drain_timeout": -5}, "'drain_timeout' must not be negative"),
        ({"target_tracking": {"target_value": 99}}, "too near to the highest value"),
        ({"target_tracking": {"target_value": 50, "maximum": 90}}, "'target_tracking.maximum' is 100"),
        (
            {"target_tracking": {"target_value": 50, "resource_query": {"=": {"a": "b"}}}},
            "'target_tracking.resource_query' needs another 'metric'",
        ),
        ({"target_tracking": {"target_value": 50, "granularity": 0}}, "'granularity' must be at least 1"),
        ({"target_tracking": {"target_value": 5, "metric": "m", "resource_type": "volume"}}, "resource_query' is"),
        ({"step_scaling": [{"steps": []}]}, "'step_scaling[0]': 'steps' is empty"),
        ({"lock": True}, "only the operator delete a locked server"),
        ({"description": "chat"}, "cannot set the description"),
        ({"networks": [{"network": "private", "fixed_ports": True}]}, "no ports that outlive them"),
        ({"networks": [{"network": "private", "ports": ["p"]}]}, "no ports that outlive them"),
        ({"networks": [{"network": "private", "vnic_type": "none"}]}, "vnic_type"),
        (
            {"networks": [{"network": "private", "port_security_enabled": False}], "security_groups": ["web"]},
            "without port security",
        ),
        (
            {"networks": [{"network": "private", "port_security_enabled": "no"}], "security_groups": ["web"]},
            "without port security",
        ),
        ({"tags": ["a,b"]}, "neither ','"),
        ({"boot_volume": {"size": -1}}, "must be at least 1 (GiB)"),
    ],
)
def test_what_cannot_be_is_refused_before_anything(
    heat: Heat, run_module: RunModule, change: dict[str, Any], said: str
) -> None:
    answer = run_module("autoscaling_group", {**CHAT, **change})

    assert said in answer["msg"]
    assert heat.calls == 0


def test_booleans_of_networks_may_be_texts(heat: Heat, run_module: RunModule) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "networks": [{"network": "private", "fixed_ports": "false"}]})

    assert answer["changed"] is True
    assert heat.writes


def test_all_missing_references_are_told_together(heat: Heat, run_module: RunModule) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "image": "none", "pools": [{"pool": "x", "protocol_port": 1}]})

    assert "there is no image 'none'" in answer["msg"]
    assert "there is no pool 'x'" in answer["msg"]
    assert heat.writes == []


@pytest.mark.parametrize("check", [False, True])
def test_a_name_that_two_pools_have_needs_the_id(conn: Mock, heat: Heat, run_module: RunModule, check: bool) -> None:
    pools = [Pool(id=one, name="chat", project_id=conn.current_project_id) for one in ("p1", "p2")]
    conn.load_balancer.pools.side_effect = lambda **query: fitting(pools, query)

    answer = run_module("autoscaling_group", CHAT, check=check)

    assert answer["msg"] == "2 pools are named 'chat' (p1, p2); say which with 'load_balancer' or the id"
    assert heat.writes == []


def test_check_mode_takes_a_pool_that_is_still_to_be_made(heat: Heat, run_module: RunModule) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "pools": [{"pool": "x", "protocol_port": 1}]}, check=True)

    assert answer["changed"] is True
    assert heat.writes == []
    assert any("There is no pool 'x' yet" in warning for warning in answer["warnings"])


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, ["Heat"]),
        ({"health_check_type": "load_balancer"}, ["Heat", "Aodh"]),
        ({"target_tracking": {"target_value": 50}}, ["Heat", "Aodh", "Gnocchi"]),
        ({"target_tracking": {"target_value": 5, "query": "avg(x)"}}, ["Heat", "Aodh"]),
        ({"step_scaling": [{"steps": [{"lower_bound": 50, "adjustment": 1}]}]}, ["Heat", "Aodh", "Gnocchi"]),
    ],
)
def test_services_that_the_cloud_lacks_are_told(
    heat: Heat, conn: Mock, run_module: RunModule, change: dict[str, Any], missing: list[str]
) -> None:
    conn.service_catalog = in_catalogue("compute")

    answer = run_module("autoscaling_group", {**CHAT, **change})

    told = answer["failure"]["problems"]
    assert len(told) == len(missing)
    assert all(
        f"needs {name}" in problem or f"on this metric needs {name}" in problem
        for name, problem in zip(missing, told, strict=True)
    )
    assert heat.writes == []


@pytest.mark.parametrize("networks", [None, []])
def test_networks_that_are_null_or_empty_are_missing(heat: Heat, run_module: RunModule, networks: Any) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "networks": networks})

    assert answer["failed"] is True
    assert "networks" in answer["msg"]
    assert heat.writes == []


@pytest.mark.parametrize(("timeout", "warned"), [(3600, False), (3601, True)])
@pytest.mark.usefixtures("heat")
def test_a_time_that_outlasts_a_token_is_warned_of(run_module: RunModule, timeout: int, warned: bool) -> None:
    answer = run_module("autoscaling_group", {**CHAT, "readiness": {"url": "http://127.0.0.1/", "timeout": timeout}})

    assert any("token of Keystone" in warning for warning in answer["warnings"]) is warned


OURS = {"pools": [{"load_balancer": "ours", "pool": "replicas-http", "protocol_port": 8080}]}


def give_balancers(conn: Mock, *names: str, pools: tuple[str, ...]) -> None:
    """Let there be load balancers, and some with a pool, all of which services call alike."""
    project = {"project_id": conn.current_project_id}
    balancers = [LoadBalancer(id=f"id of {name}", name=name, **project) for name in names]
    made = [Pool(id=f"of-{name}", name="replicas-http", loadbalancer_id=f"id of {name}", **project) for name in pools]
    conn.load_balancer.load_balancers.side_effect = lambda **query: fitting(balancers, query)
    conn.load_balancer.pools.side_effect = lambda **query: fitting(made, query)


def test_a_group_joins_the_pool_of_the_load_balancer_that_is_named(heat: Heat, run_module: RunModule) -> None:
    give_balancers(heat.conn, "theirs", "ours", pools=("theirs", "ours"))

    assert run_module("autoscaling_group", {**CHAT, **OURS})["changed"] is True
    assert "of-ours" in str(heat.files)
    assert "of-theirs" not in str(heat.files)


@pytest.mark.parametrize("names", [("theirs",), ("theirs", "ours")])
def test_a_pool_of_another_load_balancer_is_not_taken(
    heat: Heat, run_module: RunModule, names: tuple[str, ...]
) -> None:
    give_balancers(heat.conn, *names, pools=("theirs",))
    missing = "pool 'replicas-http'" if "ours" in names else "load balancer 'ours'"

    predicted = run_module("autoscaling_group", {**CHAT, **OURS}, check=True)
    assert any(f"There is no {missing} yet" in warning for warning in predicted["warnings"])
    said = run_module("autoscaling_group", {**CHAT, **OURS})["msg"]
    assert f"there is no {missing}" in said
    assert "load balancer 'ours'" in said
    assert heat.writes == []
