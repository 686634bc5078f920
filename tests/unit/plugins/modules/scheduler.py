# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud with few hosts: Nova's scheduler, and a fleet that is larger than one zone."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server_group import ServerGroup

from .answers import refuse
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from .conftest import Nova

CHAT: dict[str, Any] = {
    **OPTIONS,
    "replicas": 4,
    "server_group": "chat",
    "availability_zones": ["az1", "az2"],
}
HOSTS = {"az1": 3, "az2": 1}
NO_HOST = "No valid host was found. There are not enough hosts available."
FULL = "Quota exceeded, too many servers in group"
FULL_UNIFIED = (
    "Project p1 is over a limit for"
    " [Resource server_group_members is over limit of 4 due to current usage 4 and delta 1]"
)


class Scheduler:
    """Places all servers of a request or none, each on the first of the hosts with the fewest members of its group.

    Of what is on a host and no member it knows nothing, as Nova's filters do not: so each group begins at the same one.
    """

    def __init__(self, conn: Mock, nova: Nova) -> None:
        self.nova = nova
        self.groups: dict[str, ServerGroup] = {}
        self.lost: set[str] = set()
        self.fault = NO_HOST
        self.faults: dict[str, str] = {}  # Where a zone has another one.
        self.room: int | None = None  # For how many servers a host has room.
        self.limit: int | None = None
        self.unified = False
        self.ever: Counter[str] = Counter()
        self.create_group(name="chat", policy="anti-affinity")
        conn.compute.server_groups.side_effect = lambda: list(self.groups.values())
        conn.compute.create_server_group.side_effect = self.create_group
        conn.compute.create_server.side_effect = self.create
        conn.compute.delete_server.side_effect = self.delete
        conn.compute.delete_server_group.side_effect = lambda group_id, **_options: self.groups.pop(group_id)

    def create_group(self, **values: Any) -> ServerGroup:
        group = ServerGroup(id=f"id-{values['name']}", member_ids=[], **values)
        self.groups[group.id], self.ever[group.id] = group, 0
        return group

    def create(self, **request: Any) -> Any:
        known, zone = set(self.nova.servers), request.get("availability_zone", "nova")
        group = self.groups[request["scheduler_hints"]["group"]]
        self._refuse(group, request["max_count"])
        hosts = self._hosts(group, zone, request["max_count"])
        made = self.nova.create(**request)
        new = sorted(set(self.nova.servers) - known)
        nowhere = {"status": "ERROR", "fault": {"message": self.faults.get(zone, self.fault)}, "host_id": ""}
        for one, host in itertools.zip_longest(new, hosts):
            self.nova.servers[one]._update(**({"host_id": host} if host else nowhere))
        group._update(member_ids=[*group.member_ids, *new])
        return made

    def _hosts(self, group: ServerGroup, zone: str, count: int) -> list[str]:
        """Return a host for each of some new members; none when there are too few."""
        number = 0 if zone in self.lost else HOSTS[zone]
        names = [f"{zone}-{index}" for index in range(1, number + 1)]
        members = {name: 0 for name in names if self.room is None or self.hosts.count(name) < self.room}
        if group.policy == "affinity" and group.member_ids:
            used = {self.nova.servers[one].host_id for one in group.member_ids}
            members = {name: 0 for name in members if name in used}
        for one in group.member_ids:
            if one in self.nova.servers and (host := self.nova.servers[one].host_id) in members:
                members[host] += 1
        chosen: list[str] = []
        for _server in range(count):
            found = min(members, key=members.__getitem__, default=None)
            if found is None or (members[found] and group.policy == "anti-affinity"):
                return []
            members[found] += 1
            chosen.append(found)
            if self.room and (self.hosts + chosen).count(found) == self.room:
                del members[found]
        return chosen

    def _refuse(self, group: ServerGroup, count: int) -> None:
        """Count members as C(nova.compute.api.API._provision_instances) does: with unified limits, those that were."""
        there = self.ever[group.id] if self.unified else len(group.member_ids)
        if self.limit and there + count > self.limit:
            # What fitted of the request stays counted.
            self.ever[group.id] = self.limit
            refuse("forbidden", FULL_UNIFIED if self.unified else FULL, 403)
        self.ever[group.id] += count

    def delete(self, server_id: str, **options: bool) -> None:
        self.nova.delete(server_id, **options)
        for group in self.groups.values():
            group._update(member_ids=[one for one in group.member_ids if one != server_id])

    @property
    def hosts(self) -> list[str]:
        return sorted(server.host_id for server in self.nova.servers.values())

    @property
    def zones(self) -> Counter[str]:
        return Counter(server.availability_zone for server in self.nova.servers.values())


@pytest.fixture
def scheduler(conn: Mock, nova: Nova) -> Scheduler:
    return Scheduler(conn, nova)
