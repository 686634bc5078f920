# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listener that gets another port or protocol, which Octavia cannot change: it is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, only, response
from .shared_balancer import GUEST
from .test_load_balancer_guests import names

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia


def moved(**listener: Any) -> dict[str, Any]:
    return {**CHAT, "listeners": [{**CHAT["listeners"][0], "protocol_port": 81, **listener}]}


def test_a_listener_that_octavia_refuses_does_not_cost_the_one_that_is_there(
    octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    run_module("load_balancer", CHAT)
    assert neutron.ports
    before = only(octavia.rows["listeners"])
    octavia.refuse = lambda method, _path: response(400, {"faultstring": "no"}) if method == "POST" else None
    tls = {"protocol": "TERMINATED_HTTPS", "protocol_port": 443, "default_tls_container_ref": "mistyped"}

    assert run_module("load_balancer", moved(**tls))["failed"] is True

    assert only(octavia.rows["listeners"]) == before


# The writes: a listener, a policy, two rules, the policy again, and the deletion of the former listener.
@pytest.mark.parametrize("port", [81, 82, 80])
@pytest.mark.parametrize("writes", range(1, 6))
def test_the_run_after_a_killed_one_has_everything(
    port: int, writes: int, octavia: Octavia, neutron: Neutron, run_module: RunModule
) -> None:
    """Policies of guests, too, whom nobody else knows; whether the file is as it was or has another port again."""
    for one in (CHAT, GUEST):
        run_module("load_balancer", one)
    assert neutron.ports
    left = iter(range(writes))
    octavia.refuse = lambda _method, _path: response(500, {}) if next(left, None) is None else None
    assert run_module("load_balancer", moved())["failed"] is True
    octavia.refuse = lambda _method, _path: None
    assert len(octavia.rows["listeners"]) == 2
    early = run_module("load_balancer", GUEST)
    assert "a run of their owner may have been interrupted: run that again first" in early["msg"]

    run_module("load_balancer", moved(protocol_port=port))

    listener = only(octavia.rows["listeners"])
    assert (listener["protocol_port"], listener["tags"]) == (port, ["model_serving.load_balancer=chat"])
    (policy,) = (row for row in octavia.rows["l7policies"].values() if row["listener_id"] == listener["id"])
    assert (policy["admin_state_up"], policy["tags"]) == (True, ["model_serving.service=b"])
    rules = [row["type"] for row in octavia.rows["rules"].values() if row["owner"] == policy["id"]]
    assert rules == ["HOST_NAME", "PATH"]
    assert names(octavia, "pools") == ["b", "replicas"]
    assert run_module("load_balancer", moved(protocol_port=port))["changed"] is False
