# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the flavors of a service may be refused for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._hints import NEEDS_VOLUME
from ansible_collections.model_serving.openstack.plugins.plugin_utils._looked_up import looked_up
from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import volume_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]


def flavor_warnings(fleets: Sequence[Facts], capacity: Facts) -> Iterator[str]:
    """Yield which flavors have no disk. Whether the operator lets images boot on them is not visible to users."""
    for fleet in fleets:
        flavor = looked_up(capacity.get("flavors") or (), fleet["flavor"])
        if flavor and flavor["disk"] == 0 and not volume_size(fleet):
            yield f"flavor {fleet['flavor']!r} of {fleet['name']!r} has no disk. {NEEDS_VOLUME}"
