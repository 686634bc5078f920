# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The load balancers that services have, or have parts on. Two requests for all of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import OCTAVIA, services_of
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import exactly
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import find
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    ABANDONED,
    MARK,
    mark_of,
    owner_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import POOL, Api
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_MARK
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

    Row = Mapping[str, Any]


def service_balancers(context: Context, name: str | None) -> list[dict[str, Any]]:
    """Return who has what on which load balancer; none where there is no Octavia.

    :param name: a service, whose VIP port is looked for, too: a run that was killed may have left no more than that
    """
    if OCTAVIA not in services_of(context.conn):
        return []
    api, project_id = Api(context.conn.load_balancer), project_of(context)
    rows = find(api, project_id, None)
    pools = api.list(POOL, project_id=project_id) if rows else []
    left = [_entry({"id": None, "name": name}, mark_of(name), ())] if name and _is_left(context, rows, name) else []
    return [*parts(rows, pools), *left]


def parts(balancers: Iterable[Row], pools: Sequence[Row]) -> list[dict[str, Any]]:
    """Return an entry for each load balancer and each service that has something of it. Pure."""
    found = []
    for row in balancers:
        below = [pool for pool in pools if any(one["id"] == row["id"] for one in pool.get("loadbalancers") or ())]
        tags: Sequence[str] = row.get("tags") or ()
        # When the owner has left and others have not, its tag stays with the load balancer.
        own = [tag for tag in tags if tag.startswith(MARK)] if ABANDONED not in tags else []
        marks = dict.fromkeys([*own, *(mark for pool in below if (mark := owner_of(pool.get("tags") or ())))])
        found += [_entry(row, mark, below) for mark in marks]
    return found


def _entry(row: Row, mark: str, pools: Iterable[Row]) -> dict[str, Any]:
    owner = mark.startswith(MARK)
    return {
        "id": row["id"],
        "name": row["name"],
        "service": mark.removeprefix(MARK if owner else SERVICE_MARK),
        "owner": owner,
        "provisioning_status": row.get("provisioning_status"),
        "pools": sorted(pool.get("name") or "" for pool in pools if mark in (pool.get("tags") or ())),
    }


def _is_left(context: Context, balancers: Iterable[Row], name: str) -> bool:
    """Return whether the VIP port of a load balancer is there that is not."""
    if any(row["name"] == name for row in balancers):
        return False
    mark = mark_of(name)
    with attempt("list", "ports"):
        found = context.conn.network.ports(description=mark, project_id=project_of(context))
        return bool(exactly(found, description=mark))
