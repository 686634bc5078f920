# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load balancers as values, for tests of decisions about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import VipPort
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired, desired
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed, References
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_options import BALANCER
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    AdditionalVip,
    Balancer,
    Listener,
    Member,
    Monitor,
    Policy,
    Pool,
    Rule,
)

OURS = "model_serving.load_balancer=chat"
RULE: dict[str, Any] = {"type": "PATH", "compare_type": "EQUAL_TO", "key": "", "value": "/a", "invert": False}
HTTP: dict[str, Any] = {"name": "http", "protocol": "HTTP", "protocol_port": 80}
WEB: dict[str, Any] = {"name": "web", "protocol": "HTTP"}
MONITOR: dict[str, Any] = {"type": "HTTP", "delay": 2, "timeout": 1, "max_retries": 1}
SIXTH = (AdditionalVip(subnet_id="s6", address="2001:db8::5"),)
ONE: dict[str, Any] = {"address": "10.0.0.1", "protocol_port": 80}


def declared(**options: Any) -> Desired:
    """What a user's options come to, with all defaults."""
    checked = ArgumentSpecValidator(BALANCER).validate({"name": "chat", **options})
    assert not checked.error_messages
    return desired(checked.validated_parameters)


def policy(name: str, *, ours: bool = True, **settings: Any) -> Policy:
    known = {"action": "REJECT", "admin_state_up": True, "redirect_url": "", "redirect_prefix": ""}
    rules = (Rule(id=f"rule-{name}", settings=RULE),)
    return Policy(id=f"id-{name}", name=name, settings={**known, "tags": [OURS] * ours, **settings}, rules=rules)


def listener(name: str = "http", *, policies: tuple[Policy, ...] = (), ours: bool = True, **settings: Any) -> Listener:
    known = {"protocol": "HTTP", "protocol_port": 80, "connection_limit": -1, "insert_headers": {}, **settings}
    tags = [OURS] if ours else []
    return Listener(id=f"id-{name}", name=name, settings={**known, "tags": tags}, default_pool="web", policies=policies)


def member(address: str = "10.0.0.1", *, ours: bool = True, **settings: Any) -> Member:
    known = {"name": "", "weight": 1, "backup": False, "admin_state_up": True, **settings}
    tags = [OURS] if ours else []
    return Member(id=f"id-{address}", address=address, protocol_port=80, settings={**known, "tags": tags})


def pool(name: str = "web", *, members: tuple[Member, ...] = (), ours: bool = True, **settings: Any) -> Pool:
    known = {"protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "session_persistence": {}, **settings}
    tags = [OURS] if ours else []
    monitor = Monitor(id="m1", settings=MONITOR)
    return Pool(id=f"id-{name}", name=name, settings={**known, "tags": tags}, monitor=monitor, members=members)


def observed(*parts: Listener | Pool, **more: Any) -> Observed:
    balancer = Balancer(
        id="lb1",
        name="chat",
        settings={"description": "", "admin_state_up": True, "tags": [OURS]},
        placement={"provider": "amphora"},
        provisioning_status="ACTIVE",
        listeners=tuple(part for part in parts if isinstance(part, Listener)),
        pools=tuple(part for part in parts if isinstance(part, Pool)),
        vip_port_id="p1",
        vip_address="10.0.0.5",
        vip_subnet_id="s1",
        vip_network_id="n1",
    )
    port = VipPort(id="p1", name="chat-vip", address="10.0.0.5", subnet_id="s1", network_id="n1", ours=True)
    references = References(subnets={"inner": "s1", "outer": "s2"})
    return Observed(balancer=replace(balancer, **more), port=port, references=references)


def kinds(actions: tuple[Any, ...]) -> list[str]:
    """Actions in short: verb, kind, name."""
    return [" ".join(str(action).split(" (", maxsplit=1)[0].split(":")[0].split()) for action in actions]
