# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change in place of a part of a load balancer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_fields as fields
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import UpdateChild
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import differing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Node
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def update(
    kind: octavia.Kind,
    form: fields.Fields,
    name: str,
    old: Node,
    new: Node,
    more: Mapping[str, Any] | None = None,
    parent: str | None = None,
) -> Iterator[Action]:
    """Yield a change of the settings that differ, and of what is given in addition.

    What is in ERROR is what its load balancer was not told. Any change of it, also one that changes nothing, has
    Octavia tell everything again. Only what belongs to a pool or L7 policy in ERROR is refused, so it comes later.
    """
    changes = {**fields.to_update(form, differing(new.settings, old.settings)), **(more or {})}
    again = ""
    if not changes and old.provisioning_status == "ERROR":
        changes = {"admin_state_up": bool(old.settings.get("admin_state_up", True))}
        again = "nothing, but it is in ERROR"
    if changes:
        yield UpdateChild(kind=kind, name=name, id=str(old.id), changes=changes, parent=parent, again=again)
