# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Nova leaves to administrators, unless its operator has changed that, which users cannot see. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._hints import NEEDS_OTHER_NETWORK, NEEDS_VOLUME
from ansible_collections.model_serving.openstack.plugins.plugin_utils._looked_up import looked_up
from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import network_names, volume_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import Existing

    Facts = Mapping[str, Any]


def privilege_warnings(fleets: Sequence[Facts], capacity: Facts, existing: Existing) -> Iterator[str]:
    """Yield which flavors have no disk, and which networks are external that no replica has an address on."""
    known = {
        network
        for service in (*existing.fleets, *existing.groups)
        for replica in service["replicas"]
        for network in replica.get("addresses") or ()
    }
    for fleet in fleets:
        flavor = looked_up(capacity.get("flavors") or (), fleet["flavor"])
        if flavor and flavor["disk"] == 0 and not volume_size(fleet):
            yield f"flavor {fleet['flavor']!r} of {fleet['name']!r} has no disk. {NEEDS_VOLUME}"
        for name in network_names(fleet):
            network = looked_up(capacity.get("networks") or (), name)
            if network and network["external"] and not network["shared"] and network["name"] not in known:
                yield f"network {name!r} of {fleet['name']!r} is external. {NEEDS_OTHER_NETWORK}"
