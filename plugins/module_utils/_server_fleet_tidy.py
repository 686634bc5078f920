# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is put in order in pools at the end of a plan. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_actions as does

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Observed, Replica


def left_in_pools(service: str, observed: Observed, untouched: Sequence[Replica]) -> list[does.FleetAction]:
    """Return the steps that remove members whose replicas are gone, give others the declared weight, and mend some.

    :param untouched: the replicas that stay and are not changed in place; the others get the weight when they come back
    """
    actions: list[does.FleetAction] = []
    for state in observed.pools:
        if stale := state.stale(service, observed.replicas, observed.pools):
            addresses = tuple(f"{one.address}:{one.protocol_port}" for one in stale)
            actions.append(does.RemoveMembers(use=state.use, addresses=addresses))
        if off := state.off_weight(untouched):
            ids, names = tuple(one.id for one in off), tuple(one.name for one in off)
            actions.append(does.SetWeights(use=state.use, ids=ids, names=names))
        if unsent := state.unsent(untouched):
            actions.append(does.SendMembers(use=state.use, names=tuple(one.name for one in unsent)))
    return actions
