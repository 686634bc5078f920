# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a closer look at an autoscaling group tells, which only a group that changes gets. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import ZONE_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import (
    replica_in,
    server_group_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_batch import Place


@dataclass(frozen=True, kw_only=True)
class Details:
    """What Heat was given last to make a group from, and what has become of it.

    :param template: C(None) for a group that nobody has looked at closer
    :param troubled: names of resources that are in a failed state
    :param types: files that replicas were made from
    :param never_served: whether it failed when it was made, before a single replica was in service
    :param places: replicas of each zone as Heat lists them
    :param lost: ids of pools that are gone and that a template of the group names
    :param gone: images, flavors and key pairs that a template of the group names and that no server can be made from
    """

    template: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    troubled: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    never_served: bool = False
    places: tuple[tuple[Place, ...], ...] = ()
    lost: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()

    def file(self, name: str) -> dict[str, Any]:
        """Return a file that Heat was given, nothing when there was none of that name."""
        found: dict[str, Any] = json.loads(self.files.get(name, "{}"))
        return found

    @property
    def replica(self) -> dict[str, Any] | None:
        """What the replicas are in the template of a zone."""
        return replica_in(self.file(ZONE_FILE))

    @property
    def server_group(self) -> str | None:
        """The name of the server group in the template of a zone."""
        return server_group_in(self.file(ZONE_FILE))
