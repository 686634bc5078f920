# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading load balancers with everything below them.

Four lists for all balancers together, one more for L7 policies when there are any, and one per pool that has members
and per policy that has rules: the number of requests does not grow with the number of members.

Other services add and remove parts meanwhile. Octavia answers 404 when it is asked for what belongs to a part that is
gone; then all is read again, so that nothing of the tree leads to a part that is not in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_fields as fields
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import exactly, named
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    AdditionalVip,
    Balancer,
    Listener,
    Member,
    Monitor,
    Policy,
    Pool,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Api

    Row = Mapping[str, Any]

PLACEMENT = ("provider", "flavor_id", "availability_zone")
READS = 5
"""How often a tree is read of which a part was gone each time."""


def find(api: Api, project_id: str, name: str | None) -> list[dict[str, Any]]:
    """Return the balancers with this name, all of the project when it is None, as the API tells them. One request.

    Administrators would see those of all projects, hence the filter.
    """
    query = {"name": name} if name is not None else {}
    return exactly(api.list(octavia.BALANCER, project_id=project_id, **query), **query)


def by_name_or_id(api: Api, kind: octavia.Kind, name: str | None, **scope: str) -> list[dict[str, Any]]:
    """Return what has this name, else what has it as id, everything when it is None.

    :param scope: what else it is selected by
    """
    return api.list(kind, **scope) if name is None else named(partial(api.list, kind), name, **scope)


def read(api: Api, project_id: str, rows: Sequence[Row], reads: int = READS) -> list[Balancer]:
    """Return the trees of these balancers.

    :param reads: how often it is tried while parts are removed
    """
    try:
        return _read(api, project_id, rows) if rows else []
    except CloudError as error:
        if error.status != octavia.NOT_FOUND or reads == 1:
            raise
        return read(api, project_id, rows, reads - 1)


def _read(api: Api, project_id: str, rows: Sequence[Row]) -> list[Balancer]:
    # One balancer can be asked for; for several it is one list of the project.
    scope = {"load_balancer_id": rows[0]["id"]} if len(rows) == 1 else {"project_id": project_id}
    listeners = api.list(octavia.LISTENER, **scope)
    pools = api.list(octavia.POOL, **{key.replace("load_balancer", "loadbalancer"): scope[key] for key in scope})
    labels = _labels(pools)
    monitored = any(pool.get("healthmonitor_id") for pool in pools)
    monitors = api.list(octavia.MONITOR, project_id=project_id) if monitored else []
    by_pool = {pool["id"]: monitor for monitor in monitors for pool in monitor.get("pools") or ()}
    with_policies = any(listener.get("l7policies") for listener in listeners)
    policies = api.list(octavia.POLICY, project_id=project_id) if with_policies else []
    by_listener: defaultdict[str, list[Policy]] = defaultdict(list)
    ours = {listener["id"] for listener in listeners}
    for row in sorted(policies, key=lambda policy: policy["position"]):
        if row["listener_id"] in ours:
            by_listener[row["listener_id"]].append(_policy(api, row, labels))
    return [
        _balancer(
            row,
            [_listener(listener, by_listener, labels) for listener in _below(row, listeners)],
            [read_pool(api, pool, labels[pool["id"]], by_pool.get(pool["id"])) for pool in _below(row, pools)],
        )
        for row in rows
    ]


def _below(balancer: Row, children: Iterable[Row]) -> list[Row]:
    return [child for child in children if any(lb["id"] == balancer["id"] for lb in child.get("loadbalancers") or ())]


def _labels(pools: Iterable[Row]) -> dict[str, str]:
    pools = list(pools)
    counted = Counter((balancer_of(pool), pool.get("name")) for pool in pools)
    return {
        pool["id"]: pool["name"] if pool.get("name") and counted[balancer_of(pool), pool["name"]] == 1 else pool["id"]
        for pool in pools
    }


def balancer_of(pool: Row) -> str:
    """Return the id of a pool's load balancer."""
    return next((str(balancer["id"]) for balancer in pool.get("loadbalancers") or ()), "")


def _status(row: Row) -> dict[str, str]:
    return {key: row.get(key) or "" for key in ("provisioning_status", "operating_status")}


def _balancer(row: Row, listeners: Iterable[Listener], pools: Iterable[Pool]) -> Balancer:
    return Balancer(
        id=row["id"],
        name=row["name"],
        settings=fields.observed(fields.BALANCER, row),
        placement={key: row[key] for key in PLACEMENT if row.get(key)},
        additional_vips=tuple(
            AdditionalVip(subnet_id=vip["subnet_id"], address=fields.address(vip["ip_address"]))
            for vip in row.get("additional_vips") or ()
        ),
        listeners=tuple(listeners),
        pools=tuple(pools),
        vip_address=row.get("vip_address") or "",
        vip_port_id=row.get("vip_port_id") or "",
        vip_subnet_id=row.get("vip_subnet_id") or "",
        vip_network_id=row.get("vip_network_id") or "",
        **_status(row),
    )


def _listener(row: Row, policies: Mapping[str, list[Policy]], labels: Mapping[str, str]) -> Listener:
    pool = row.get("default_pool_id")
    return Listener(
        id=row["id"],
        name=row.get("name") or "",
        settings=fields.observed(fields.LISTENER, row),
        default_pool=labels.get(pool, pool) if pool else "",
        policies=tuple(policies.get(row["id"], ())),
        **_status(row),
    )


def _policy(api: Api, row: Row, labels: Mapping[str, str]) -> Policy:
    pool = row.get("redirect_pool_id")
    rules = api.list(octavia.RULE, row["id"]) if row.get("rules") else []
    return Policy(
        id=row["id"],
        name=row.get("name") or "",
        settings=fields.observed(fields.POLICY, row),
        redirect_pool=labels.get(pool, pool) if pool else "",
        rules=tuple(
            Rule(id=rule["id"], settings=fields.observed(fields.RULE, rule), **_status(rule)) for rule in rules
        ),
        **_status(row),
    )


def read_pool(api: Api, row: Row, label: str, monitor: Row | None) -> Pool:
    """Return a pool with its members, for which it takes one request if there are any."""
    name = row.get("name") or ""
    return Pool(
        id=row["id"],
        name=label,
        shared_name=name if name != label else "",
        settings=fields.observed(fields.POOL, row),
        monitor=Monitor(id=monitor["id"], settings=fields.observed(fields.MONITOR, monitor), **_status(monitor))
        if monitor
        else None,
        members=read_members(api, row["id"]) if row.get("members") else (),
        **_status(row),
    )


def read_members(api: Api, pool_id: str) -> tuple[Member, ...]:
    """Return the members of a pool. One request."""
    return tuple(
        Member(
            id=row["id"],
            address=fields.address(row["address"]),
            protocol_port=row["protocol_port"],
            spelled=row["address"],
            changed_at=row.get("updated_at") or row.get("created_at") or "",
            settings={
                **fields.observed(fields.MEMBER, row),
                **({"request_sriov": True} if row.get("vnic_type") == "direct" else {}),
            },
            **_status(row),
        )
        for row in api.list(octavia.MEMBER, pool_id)
    )
