# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding pools by what a user calls them, and reading their members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import GIVE_BALANCER, GIVE_ID, not_unique
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import (
    balancer_of,
    by_name_or_id,
    read_pool,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_references import Resolver
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Pool
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

    Row = Mapping[str, Any]

ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class PoolOfBalancer:
    """A pool with its members, and what is needed of its load balancer.

    :param balancer_status: provisioning status of the load balancer
    """

    pool: Pool
    balancer_id: str
    balancer: str
    provider: str
    balancer_status: str = ""


@dataclass(frozen=True, kw_only=True)
class FoundPool:
    """The pool that a user means, None when there is none, and ids of subnets by the names that go with it."""

    pool: PoolOfBalancer | None
    subnets: Mapping[str, str]


def find_pool(
    context: Context, pool: str, balancer: str | None, subnets: Iterable[str], *, state: str | None
) -> FoundPool:
    """Return the pool, None when it need not be there, and the ids of subnets by name.

    In check mode an earlier task of the play would have made a pool that is missing.

    :param state: what is wanted of members; C(absent) when the pool need not be there, None when nobody misses it
    :raises InvalidInputError: when something that is named is not there, or several are
    """
    names = Resolver(context)
    found_subnets = names.subnets(subnets)
    rows, balancers = _rows(context, pool, balancer)
    where = f"{pool!r} of load balancer {balancer!r}" if balancer else repr(pool)
    if len(rows) > 1:
        ids = ", ".join(f"{row['id']} of load balancer {balancer_of(row)}" for row in rows)
        names.problems.append(f"several pools are named {where} ({ids}); {GIVE_BALANCER}")
    if not rows and state == ABSENT:
        context.warn(f"{_no_pool(context, pool, balancer, balancers)}; nothing is removed")
    elif not rows and state is not None:
        if context.check_mode:
            context.warn(f"there is no pool {where}; going on as if an earlier task had made it")
        else:
            names.problems.append(_no_pool(context, pool, balancer, balancers))
    names.finish()
    return FoundPool(pool=_read(context, rows, balancers)[0] if rows else None, subnets=found_subnets)


def _no_pool(context: Context, pool: str, balancer: str | None, found: Sequence[Row]) -> str:
    """Return that there is no such pool, with those that there are. It asks for them.

    :param found: the load balancer, empty when there is none of this name
    """
    api = octavia.Api(context.conn.load_balancer)
    query = {"project_id": project_of(context)}
    of = ""
    if balancer is not None:
        if not found:
            return f"there is no load balancer {balancer!r} (there are: {_names(api.list(octavia.BALANCER, **query))})"
        query["loadbalancer_id"] = str(found[0]["id"])
        of = f" of load balancer {balancer!r}"
    return f"there is no pool {pool!r}{of} (there are: {_names(api.list(octavia.POOL, **query))})"


def _names(rows: Iterable[Row]) -> str:
    return ", ".join(sorted(str(row.get("name") or row["id"]) for row in rows)) or "none"


def find_pools(context: Context, pool: str | None, balancer: str | None) -> list[PoolOfBalancer]:
    """Return all pools that fit, all of the project when nothing is named."""
    return _read(context, *_rows(context, pool, balancer))


def _rows(context: Context, pool: str | None, balancer: str | None) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return the pools that fit, and the balancers that were looked up for it."""
    api = octavia.Api(context.conn.load_balancer)
    project_id = project_of(context)
    if balancer is None:
        return by_name_or_id(api, octavia.POOL, pool, project_id=project_id), []
    balancers = by_name_or_id(api, octavia.BALANCER, balancer, project_id=project_id)
    if len(balancers) > 1:
        raise not_unique("load balancer", balancer, [row["id"] for row in balancers], GIVE_ID)
    if not balancers:
        return [], []
    of_balancer = {"project_id": project_id, "loadbalancer_id": balancers[0]["id"]}
    return by_name_or_id(api, octavia.POOL, pool, **of_balancer), balancers


def _read(context: Context, rows: Sequence[Row], known: Sequence[Row]) -> list[PoolOfBalancer]:
    """Return pools with members: one request for the members of each, and one each for balancers and monitors.

    :param known: the balancers, when they have been looked up already
    """
    if not rows:
        return []
    api = octavia.Api(context.conn.load_balancer)
    project_id = project_of(context)
    only = {"id": balancer_of(rows[0])} if len({balancer_of(row) for row in rows}) == 1 else {}
    looked_up = known or api.list(octavia.BALANCER, project_id=project_id, **only)
    balancers = {row["id"]: row for row in looked_up}
    monitors: dict[str, Row] = {}
    if any(row.get("healthmonitor_id") for row in rows):
        pool = {"pool_id": str(rows[0]["id"])} if len(rows) == 1 else {}
        monitors = {row["id"]: row for row in api.list(octavia.MONITOR, project_id=project_id, **pool)}
    found = []
    for row in rows:
        balancer = balancers.get(balancer_of(row), {})
        monitor = monitors.get(row.get("healthmonitor_id") or "")
        found.append(
            PoolOfBalancer(
                pool=read_pool(api, row, row.get("name") or row["id"], monitor),
                balancer_id=balancer_of(row),
                balancer=balancer.get("name") or "",
                provider=balancer.get("provider") or "",
                balancer_status=balancer.get("provisioning_status") or "",
            )
        )
    return found
