# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A load balancer with parts of a service, of its guest and of nobody, for tests of what becomes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, only, response
from .test_load_balancer_guests import guest
from .test_load_balancer_large import shape

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

BALANCERS, LISTENERS, MONITORS = (f"/lbaas/{kind}" for kind in ("loadbalancers", "listeners", "healthmonitors"))
AGAIN = "What had been deleted for it was made again as it was: "
TCP = {"type": "TCP", "delay": 2, "timeout": 1, "max_retries": 1}
(LISTENER,), (POOL,) = CHAT["listeners"], CHAT["pools"]
TLS = {**LISTENER, "protocol": "TERMINATED_HTTPS", "default_tls_container_ref": "mistyped"}
SAME_PORT = {**CHAT, "listeners": [TLS]}
RULES = [
    {"type": "HOST_NAME", "compare_type": "EQUAL_TO", "value": "a.example"},
    {"type": "PATH", "compare_type": "STARTS_WITH", "value": "/b"},
]
GUEST = guest("b", {"name": "b", "action": "REDIRECT_TO_POOL", "redirect_pool": "b", "rules": RULES})


def refusing(octavia: Octavia, path: str, *, skip: int = 0, times: int = 1) -> None:
    """Let Octavia refuse some posts of a kind of thing."""
    answers = iter([False] * skip + [True] * times)

    def refuse(method: str, asked: str) -> Any:
        refused = (method, asked) == ("POST", path) and next(answers, False)
        return response(400, {"faultstring": "no such secret"}) if refused else None

    octavia.refuse = refuse
    octavia.requests.clear()


def of_somebody(octavia: Octavia) -> None:
    """Add by hand what no service declares: a pool, and a policy that leads to it."""
    balancer, listener = only(octavia.rows["loadbalancers"]), only(octavia.rows["listeners"])
    values = {"name": "hand", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"}
    pool = octavia.add("pools", loadbalancer_id=balancer["id"], **values)
    action = {"name": "hand", "action": "REDIRECT_TO_POOL", "redirect_pool_id": pool["id"], "position": 2}
    policy = octavia.add("l7policies", listener_id=listener["id"], **action)
    octavia.add("rules", owner=policy["id"], type="PATH", compare_type="EQUAL_TO", value="/hand", invert=False)


def broken(octavia: Octavia) -> None:
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"


@pytest.fixture
def former(octavia: Octavia, neutron: Neutron, run_module: RunModule) -> dict[str, Any]:
    """A load balancer with parts of a guest and parts that were made by hand, as it is."""
    for one in (CHAT, GUEST):
        run_module("load_balancer", one)
    of_somebody(octavia)
    assert neutron.ports
    return told(octavia)


def told(octavia: Octavia) -> dict[str, Any]:
    """What there is but for ids, statuses and the places of policies among themselves."""
    loose = ("position", "provisioning_status")
    return {
        kind: sorted(
            json.dumps({key: value for key, value in json.loads(row).items() if value and key not in loose})
            for row in rows
        )
        for kind, rows in shape(octavia).items()
    }
