# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How servers are spread over hosts. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

ANTI_AFFINITY = frozenset({"anti-affinity", "soft-anti-affinity"})
AFFINITY = frozenset({"affinity", "soft-affinity"})
POLICIES = ("anti-affinity", "soft-anti-affinity", "affinity", "soft-affinity")


def spread(
    host_ids: Sequence[str | None], policy: str | None, max_server_per_host: int | None = None
) -> dict[str, Any]:
    """Return how many servers run on how many distinct hosts, and whether that is what the policy asks for.

    A host is known by C(hostId), which Nova derives from the host and the project: ordinary users see it, and it is
    the same for all servers of one project on one host. A server that Nova has not placed yet has none.
    Soft policies are judged like the hard ones: for them "violated" says that Nova could not do better.
    """
    placed = Counter(host_id for host_id in host_ids if host_id)
    fullest = max(placed.values(), default=0)
    if policy in ANTI_AFFINITY:
        violated = fullest > (max_server_per_host or 1)
    elif policy in AFFINITY:
        violated = len(placed) > 1
    else:
        violated = False
    return {
        "servers": len(host_ids),
        "placed": placed.total(),
        "distinct_hosts": len(placed),
        "max_servers_on_one_host": fullest,
        "violated": violated,
    }


def group_of(servers: Iterable[Replica], groups: Iterable[Group]) -> Group | None:
    """Return the server group that has most of the servers; C(None) when they are in none."""
    ids = {server.id for server in servers}
    most = max(groups, key=lambda group: len(ids.intersection(group.member_ids)), default=None)
    return most if most and ids.intersection(most.member_ids) else None


def judged(servers: Iterable[Replica], group: Group | None) -> dict[str, Any]:
    """Return how the replicas of a service are spread, in whichever of its server groups each of them is.

    :param group: one of these, as they are all alike
    """
    policy, limit = (group.policy, group.max_server_per_host) if group else (None, None)
    return spread([server.host_id for server in servers], policy, limit)


def spread_warnings(whose: str, servers: Iterable[Replica], group: Group | None) -> list[str]:
    """Return what to tell the user when replicas run where a hard policy would not have them.

    :param whose: replicas these are
    """
    listed = list(servers)
    found = judged(listed, group)
    if not found["violated"] or group is None or group.policy.startswith("soft"):
        return []
    ((host, most),) = Counter(server.host_id for server in listed if server.host_id).most_common(1)
    names = ", ".join(repr(server.name) for server in listed if server.host_id == host)
    where = f"{found['distinct_hosts']} hosts, {most} on one of them ({names})"
    what = f"Replicas of {whose} do not run as server group {group.name!r} says"
    return [f"{what}: {found['placed']} replicas on {where}."]


def spread_warnings_by_group(whose: str, servers: Iterable[Replica], groups: Iterable[Group]) -> list[str]:
    """Return the same for replicas of which only those of one server group are to be kept apart from each other."""
    listed = list(servers)
    return [
        warning
        for group in groups
        for warning in spread_warnings(whose, [one for one in listed if one.id in group.member_ids], group)
    ]
