# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners that choose their clients, and security groups of the VIP, which do it in their place.

Octavia sets the groups of a balancer whatever its listeners have, but makes no listener with networks beside groups.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateBalancer,
    CreateChild,
    UpdateBalancer,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan

from .load_balancer_values import HTTP, OURS, RULE, declared, listener, observed, pool

NETWORKS = ["10.0.0.0/8"]
GUEST: dict[str, Any] = {
    "service": "b",
    "listeners": [{**HTTP, "l7policies": [{"name": "b", "action": "REJECT", "rules": [RULE]}]}],
}
PLAIN: dict[str, Any] = {"listeners": [HTTP]}


def there(groups: list[str], *, ours: bool = True, wanted: list[str] | None = None, **more: Any) -> Observed:
    """A balancer whose listener has networks.

    :param groups: its security groups
    :param wanted: those that are declared
    """
    settings = {"tags": [OURS], "vip_sg_ids": groups}
    old = observed(listener(ours=ours, allowed_cidrs=NETWORKS), pool(), settings=settings, **more)
    return replace(old, references=replace(old.references, vip_sg_ids=wanted))


@pytest.mark.parametrize("options", [{}, PLAIN])
@pytest.mark.parametrize(("before", "after"), [([], ["g1"]), (["g1"], [])])
def test_networks_count_again_without_groups(options: dict[str, Any], before: list[str], after: list[str]) -> None:
    """Without them, everybody would be let in when the groups go."""
    (groups,) = plan(declared(**options), there(before, wanted=after)).actions

    assert isinstance(groups, UpdateBalancer)
    assert groups.changes == {"vip_sg_ids": after}


def test_a_replaced_listener_has_no_networks_beside_groups() -> None:
    actions = plan(declared(listeners=[{**HTTP, "protocol_port": 81}]), there(["g1"])).actions

    (create,) = (action for action in actions if isinstance(action, CreateChild))
    assert "allowed_cidrs" not in create.body


def test_networks_of_others_stay_as_long_as_the_balancer_does() -> None:
    assert plan(declared(), there(["g1"], ours=False)).actions == ()
    assert not any(isinstance(action, UpdateChild) for action in plan(declared(**GUEST), there(["g1"])).actions)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("options", [{}, PLAIN, GUEST, {**GUEST, "state": "absent"}])
def test_a_rebuilt_balancer_has_no_networks_beside_groups(options: dict[str, Any], ours: bool) -> None:
    old = there(["g1"], ours=ours, provisioning_status="ERROR")

    (create,) = (each for each in plan(declared(**options), old).actions if isinstance(each, CreateBalancer))

    (made,) = create.body["listeners"]
    assert (made["name"], "allowed_cidrs" in made) == ("http", False)
    assert create.body["vip_sg_ids"] == ["g1"]


def test_networks_stay_without_groups() -> None:
    assert plan(declared(**PLAIN), there([])).actions == ()
    (create,) = (
        each
        for each in plan(declared(**PLAIN), there([], provisioning_status="ERROR")).actions
        if isinstance(each, CreateBalancer)
    )
    assert create.body["listeners"][0]["allowed_cidrs"] == NETWORKS


@pytest.mark.parametrize(
    ("groups", "wanted", "fine"),
    [([], ["g1"], False), (["g1"], None, False), (["g1"], [], True), ([], None, True)],
)
def test_networks_are_not_declared_beside_groups(groups: list[str], wanted: list[str] | None, *, fine: bool) -> None:
    old = there(groups, wanted=wanted)
    options = declared(listeners=[{**HTTP, "allowed_cidrs": NETWORKS}])

    if fine:
        plan(options, old)
    else:
        with pytest.raises(InvalidInputError, match="'allowed_cidrs' of listener 'http' does not go with"):
            plan(options, old)
