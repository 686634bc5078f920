# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the further server groups of a fleet, and deletes them when they are empty."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _server_group
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group


@dataclass
class FurtherGroups:
    """The further server groups of a fleet during a run.

    :param made: those that the run has made, by name
    """

    context: Context
    made: dict[str, Group] = field(default_factory=dict)

    def existing(self, group: Group) -> Group:
        """Return a group with its id, made when it is needed first."""
        if group.id:
            return group
        if group.name not in self.made:
            made = _server_group.create_group(self.context, group.name, group.policy, group.max_server_per_host)
            self.made[group.name] = replace(group, id=made)
        return self.made[group.name]

    def delete(self, name: str, group_id: str) -> bool:
        """Delete a group unless it has members: since the plan was made, a replica may have found no other place.

        :returns: whether it is gone
        """
        there = [group for group in _server_group.all_server_groups(self.context) if group.id == group_id]
        if any(group.member_ids for group in there):
            return False
        if there:
            _server_group.delete_group(self.context, name, group_id)
        return True

    def discard(self) -> None:
        """Delete what the run has made and does not use in the end: the next run could not tell whose it is."""
        try:
            for group in self.made.values():
                self.delete(group.name, group.id)
        except CloudError as error:
            self.context.warn(f"An empty server group may be left: {error.message}")
