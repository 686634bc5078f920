# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups of fixed ports, on networks with port security and without."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import ChangePort
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_plan import with_slots
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Reference

from .test_fixed_ports import FIXED, GIVEN, TEMPLATE, create, port

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedNetwork


@pytest.mark.parametrize(
    ("network", "secured", "wanted"),
    [
        (replace(FIXED, secured=False), False, []),
        (replace(FIXED, secured=False), True, ["sg1"]),
        (replace(FIXED, secured=False, port_security_enabled=True), True, ["sg1"]),
        (replace(GIVEN, secured=False), False, []),
        (replace(GIVEN, secured=False), True, ["sg1"]),
        (GIVEN, False, ["sg1"]),
    ],
)
def test_security_groups_go_to_ports_that_take_them(network: FixedNetwork, secured: bool, wanted: list[str]) -> None:
    """The SDK calls port security disabled, too, where Neutron says nothing of it."""
    template = replace(TEMPLATE, networks=(network,), security_groups=(Reference(id="sg1", name="web"),))
    owner = "chat" if network.ports is None else None
    there = port(1, security_group_ids=frozenset({"other"}), port_security_enabled=secured, service=owner)

    changed = with_slots([create(1, template)], [], [there])[0]

    assert isinstance(changed, ChangePort)
    assert changed.attributes == {"security_group_ids": wanted}
