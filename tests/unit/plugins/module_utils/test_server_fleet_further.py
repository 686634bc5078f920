# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the further server groups that a run has made are deleted in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openstack.compute.v2.server import Server
from openstack.compute.v2.server_group import ServerGroup
from openstack.exceptions import SDKException

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_further import FurtherGroups
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def further(context: Context, *names: str) -> FurtherGroups:
    made = [Group(id=name, name=name, policy="anti-affinity", max_server_per_host=None) for name in names]
    return FurtherGroups(context, made={group.name: group for group in made})


def test_a_group_that_has_members_stays_whatever_is_known_of_these(context: Context, conn: Mock) -> None:
    told: list[str] = []
    conn.compute.server_groups.return_value = [
        ServerGroup(id="used", name="used", policy="anti-affinity", member_ids=["s1"]),
        ServerGroup(id="empty", name="empty", policy="anti-affinity", member_ids=[]),
    ]
    # As Nova lists what a cell has that does not answer.
    conn.compute.servers.return_value = [Server(id="s1")]

    further(replace(context, warn=told.append), "used", "empty", "gone").discard()

    assert told == []
    conn.compute.delete_server_group.assert_called_once_with("empty", ignore_missing=True)


def test_a_group_that_cannot_be_looked_at_may_be_left(context: Context, conn: Mock) -> None:
    told: list[str] = []
    conn.compute.server_groups.side_effect = SDKException("no")

    further(replace(context, warn=told.append), "used").discard()

    assert "An empty server group may be left" in told[0]
    conn.compute.delete_server_group.assert_not_called()
