# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How servers are spread over hosts. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

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
