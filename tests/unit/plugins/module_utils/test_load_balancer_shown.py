# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a diff shows of a load balancer: what is wrong with it, and nothing that is not written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import FloatingIp
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Monitor, Rule

from .load_balancer_values import HTTP, MONITOR, RULE, WEB, declared, listener, member, observed, policy, pool

OTHER = {**RULE, "value": "/b"}


@pytest.mark.parametrize(
    ("status", "again"), [("ERROR", "in ERROR; it may"), ("PENDING_DELETE", "being deleted; nobody")]
)
def test_a_balancer_that_is_made_again(status: str, again: str) -> None:
    wanted = declared(vip_subnet="inner", listeners=[HTTP], pools=[WEB])

    decided = plan(wanted, observed(listener(), pool(), provisioning_status=status))

    assert decided.actions
    assert (decided.before["status"], decided.after.get("status")) == (status, None)
    assert any(f"made again, because it is {again}" in warning for warning in decided.warnings)


def test_parts_in_error_are_named() -> None:
    failed: dict[str, Any] = {"provisioning_status": "ERROR"}
    tree = (
        replace(listener(policies=(replace(policy("no"), **failed),)), **failed),
        replace(
            pool(members=(replace(member(), **failed), member("10.0.0.2"))),
            monitor=Monitor(id="m1", settings=MONITOR, provisioning_status="ERROR"),
        ),
    )

    decided = plan(declared(), observed(*tree))

    assert decided.before["failed"] == [
        "listener 'http'",
        "L7 policy 'no'",
        "the health monitor of pool 'web'",
        "member 10.0.0.1:80 of pool 'web'",
    ]
    assert len(decided.actions) == 4
    assert {**decided.before, "failed": None} == {**decided.after, "failed": None}
    assert decided.warnings == ()


def test_a_balancer_of_somebody_else_stays_in_error() -> None:
    theirs = observed(listener(ours=False), pool(ours=False), provisioning_status="ERROR", settings={"tags": []})
    own = FloatingIp(id="f1", address="192.0.2.1", network_id="n2", port_id="p1", ours=True)

    decided = plan(declared(state="absent"), replace(theirs, floating_ips=(own,)))

    assert decided.after == {**decided.before, "floating_ip_address": None}
    assert decided.after["status"] == "ERROR"


def test_rules_in_another_order_are_the_same() -> None:
    """Octavia lists those that it made in one second in any order."""
    there = replace(policy("no"), rules=(Rule(id="r2", settings=OTHER), Rule(id="r1", settings=RULE)))
    wanted = {"name": "no", "action": "REJECT", "rules": [RULE, OTHER]}

    decided = plan(
        declared(description="x", listeners=[{**HTTP, "l7policies": [wanted]}]),
        observed(listener(policies=(there,)), pool()),
    )

    assert len(decided.actions) == 1
    assert decided.before["listeners"] == decided.after["listeners"]
