# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service has and shall no longer have, and when it goes. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import RESERVED, SERVICE_MARK
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_groups import SITE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Named = Mapping[str, Any]


def service_surplus(
    found: Mapping[str, Sequence[Named]],
    service: str,
    fleets: Sequence[Named] = (),
    load_balancer: str | None = None,
) -> dict[str, Any]:
    """Return what of a service is in the cloud and not wanted.

    :param found: as C(service_info) returns it
    :param fleets: as C(kept_fleets) returns them; none when the whole service goes
    :param load_balancer: that the service has or has joined
    """

    def named(names: Iterable[str], kept: Iterable[str], secured: Iterable[str]) -> list[dict[str, str]]:
        own = {name for name in names if name == service or name.startswith(f"{service}.")}
        spared = set(secured)
        return [
            {"name": name, "security_group": "" if name in spared else SITE_PREFIX + name}
            for name in sorted(own.difference(kept))
        ]

    elastic = {fleet["name"] for fleet in fleets if fleet["elastic"]}
    still = {fleet["name"] for fleet in fleets if not fleet["elastic"]}
    served = {fleet["name"] for fleet in found["fleets"]}
    # A change from one to the other that was killed leaves both: the security group goes with what is removed last.
    there = [*found["groups"], *found["groups_without_stack"]]
    groups = named((group["name"] for group in there), elastic, still | served)
    # A security group with nothing else is what a run left that was killed.
    servers = {group["fleet"] for group in found["security_groups"]} - elastic - {group["name"] for group in groups}
    servers |= served | {group["fleet"] for group in found["server_groups"]}
    surplus = named(servers, still, elastic)
    leaving = list(_leaving(surplus, fleets, _current(found, service, load_balancer)))
    early = {fleet["name"] for fleet in leaving}
    return {
        "groups": groups,
        "leaving": leaving,
        "fleets": [fleet for fleet in surplus if fleet["name"] not in early],
        "load_balancers": list(_load_balancers(found, service, load_balancer)),
        "locked": [*_locked(there, groups), *_locked(found["fleets"], surplus, SERVICE_MARK)],
    }


def _locked(there: Sequence[Named], going: Sequence[Named], own: str | None = None) -> Iterator[str]:
    """Yield the replicas of what goes that somebody has locked.

    :param own: how the reason of a fleet's own lock begins, which the fleet opens; its name follows
    """
    names = {one["name"] for one in going}
    for one in there:
        for replica in one.get("replicas", ()) if one["name"] in names else ():
            reason = replica.get("locked_reason")
            if replica.get("locked") and (own is None or reason != f"{own}{one['name']}"):
                yield (
                    f"replica {replica['name']!r} ({replica['id']}) would have to be removed, but it is locked"
                    f" ({reason or 'no reason given'}); unlock it first"
                )


def _current(found: Mapping[str, Sequence[Named]], service: str, load_balancer: str | None) -> Named | None:
    """Return what a service has of the load balancer that it uses, None when that is to be made first."""
    for one in found["load_balancers"]:
        ours = one["service"] == service and one["name"] == load_balancer
        if ours and one["owner"] == (load_balancer == service) and one["provisioning_status"] != "ERROR":
            return one
    return None


def _leaving(surplus: Sequence[Named], fleets: Sequence[Named], current: Named | None) -> Iterator[dict[str, str]]:
    """Yield the fleets that have to be drained before the load balancer forgets their members.

    Where an autoscaling group takes over a shared pool, its replicas come later, and the members are left alone.
    """
    if not fleets or current is None:
        return
    wanted = {fleet["name"] for fleet in fleets}
    # The pool of the first fleet is shared. The names of all pools end with the protocol.
    shared, protocol = fleets[0], fleets[0]["pool"].rpartition("-")[2]
    own = {pool.rpartition("-")[0]: pool for pool in current["pools"]}
    for fleet in surplus:
        pool = own.get(fleet["name"], "")
        drainable = pool.endswith(f"-{protocol}") if pool else not shared["elastic"]
        if drainable and fleet["name"] not in wanted:
            yield {**fleet, "pool": pool}


def service_strays(pools: Sequence[Named], fleets: Sequence[Named]) -> list[dict[str, Any]]:
    """Return the members of a service's pools whose fleet has another pool by now.

    :param pools: as C(load_balancer) returns them
    :param fleets: as C(kept_fleets) returns them
    """
    used = {fleet["pool"] for fleet in fleets}
    found = []
    for pool in pools:
        moved = [fleet["name"] for fleet in fleets if not fleet["elastic"] and fleet["pool"] != pool["name"]]
        strays = [
            {key: member[key] for key in ("address", "protocol_port")}
            for member in pool["members"]
            if pool["name"] in used and any(_stands_for(member, fleet) for fleet in moved)
        ]
        if strays:
            found.append({"pool": pool["name"], "members": strays})
    return found


def _stands_for(member: Named, fleet: str) -> bool:
    """Return whether a member is a replica of a fleet, and the collection made it."""
    own = any(tag.startswith(RESERVED) for tag in member["tags"] or ())
    return own and re.fullmatch(rf"{re.escape(fleet)}-\d+-\d+", member["name"] or "") is not None


def _load_balancers(
    found: Mapping[str, Sequence[Named]], service: str, load_balancer: str | None
) -> Iterator[dict[str, str]]:
    for one in found["load_balancers"]:
        if load_balancer and one["service"] == service and one["name"] != load_balancer:
            yield {"name": one["name"], "service": "" if one["owner"] else service}
