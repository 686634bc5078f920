# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Octavia's v2 API in its own words, over the session of openstacksdk's load-balancer proxy.

The SDK's resource classes know only a part of the attributes (no C(http_version) and C(domain_name) of monitors, no
C(client_authentication) of listeners, no C(redirect_http_code), ...) and drop the others silently; and there is no
call for a batch of members. The proxy itself is a session that sends any request, which is what is used here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openstack.load_balancer.v2._proxy import Proxy

    Body = Mapping[str, Any]

NOT_FOUND = 404
CONFLICT = 409
TOO_LARGE = 413
MOST_BYTES = 114_688
"""What Octavia takes as a request (C(oslo_middleware/sizelimit.py)), unless its operator has set another limit."""
LARGEST = 100_000
"""Bytes of a request that is not divided."""
ADDITIVE = (2, 11)
"""Version of the API from which members can be added without the others (Octavia's list: "Additive batch member
update"). An older one takes no notice of the wish, and removes all others."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource: what people call it, and where the API has it.

    :param path: of the collection; C({parent}) stands for the id of the parent
    :param key: around one resource in requests and answers
    """

    name: str
    path: str
    key: str

    @property
    def list_key(self) -> str:
        return self.path.rsplit("/", 1)[-1]


BALANCER = Kind(name="load balancer", path="/lbaas/loadbalancers", key="loadbalancer")
LISTENER = Kind(name="listener", path="/lbaas/listeners", key="listener")
POOL = Kind(name="pool", path="/lbaas/pools", key="pool")
MONITOR = Kind(name="health monitor", path="/lbaas/healthmonitors", key="healthmonitor")
MEMBER = Kind(name="member", path="/lbaas/pools/{parent}/members", key="member")
POLICY = Kind(name="L7 policy", path="/lbaas/l7policies", key="l7policy")
RULE = Kind(name="L7 rule", path="/lbaas/l7policies/{parent}/rules", key="rule")


def status_of(error: Exception) -> int | None:
    """Return the HTTP status of an exception of the SDK."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _said(error: Exception) -> str:
    return f"{error} {getattr(error, 'details', '')}"


def is_busy(error: Exception) -> bool:
    """Return whether Octavia refused because the balancer is being changed. It says 409 for duplicates, too."""
    text = _said(error).lower()
    return status_of(error) == CONFLICT and ("immutable" in text or "invalid state" in text)


def locked_part(error: Exception) -> tuple[Kind, str] | None:
    """Return what Octavia named when it refused a change of what belongs to it, None when that was the balancer."""
    found = re.search(r"\b(Pool|L7Policy) (\S+) is immutable", _said(error))
    return ({"Pool": POOL, "L7Policy": POLICY}[found[1]], found[2]) if found else None


@cache
def newest_version(proxy: Proxy) -> tuple[int, ...] | None:
    """Return the newest version of the API, C(None) when nothing tells. One request in the life of a module.

    It is listed at the root. The SDK's proxy has the address of C(v2.0).
    """
    root = re.sub(r"/v2(\.\d+)?/?$", "", proxy.get_endpoint() or "")
    with attempt("read the versions of", "the load balancer service"):
        response = proxy.get(f"{root}/")
    try:
        listed = response.json()["versions"]
        numbers = [re.fullmatch(r"v(\d+)\.(\d+)", each["id"]) for each in listed]
    except (LookupError, TypeError, ValueError):
        return None  # A gateway may have something else there.
    return max((tuple(map(int, found.groups())) for found in numbers if found), default=None)


def size_of(body: Body) -> int:
    """Return how many bytes a request has."""
    return len(json.dumps(body))


@dataclass(frozen=True)
class Api:
    """Requests about one project's load balancers. Every method raises what the SDK raises.

    :param proxy: the SDK's load-balancer proxy
    """

    proxy: Proxy

    def list(self, kind: Kind, parent: str = "", **query: str) -> list[dict[str, Any]]:
        """Return all resources that fit the query, page by page. One request when they fit on a page."""
        found: list[dict[str, Any]] = []
        path = kind.path.format(parent=parent)
        with attempt("list", f"{kind.name}s"):
            while True:
                answer = checked(self.proxy.get(path, params=query)).json()
                page = answer.get(kind.list_key) or []
                found += page
                links: Iterable[Body] = answer.get(f"{kind.list_key}_links") or ()
                if not page or all(link.get("rel") != "next" for link in links):
                    return found
                query = {**query, "marker": page[-1]["id"]}

    def show(self, kind: Kind, resource_id: str, name: str | None = None) -> dict[str, Any] | None:
        """Return one resource, None when there is none."""
        with attempt("look at", kind.name, name, resource_id):
            response = self.proxy.get(f"{kind.path}/{resource_id}")
            if response.status_code == NOT_FOUND:
                return None
            found: dict[str, Any] = checked(response).json()[kind.key]
            return found

    def create(self, kind: Kind, body: Body, parent: str = "") -> dict[str, Any]:
        """Create a resource and return what the API says about it."""
        response = self.proxy.post(kind.path.format(parent=parent), json={kind.key: dict(body)})
        made: dict[str, Any] = checked(response).json()[kind.key]
        return made

    def update(self, kind: Kind, resource_id: str, changes: Body, parent: str = "") -> None:
        """Change some attributes of a resource."""
        checked(self.proxy.put(f"{kind.path.format(parent=parent)}/{resource_id}", json={kind.key: dict(changes)}))

    def delete(self, kind: Kind, resource_id: str, parent: str = "", **query: str) -> None:
        """Delete a resource; that there is none any more is fine."""
        response = self.proxy.delete(f"{kind.path.format(parent=parent)}/{resource_id}", params=query)
        if response.status_code != NOT_FOUND:
            checked(response)

    def adds_members(self) -> bool:
        """Return whether Octavia can add members to a pool without being told of the others."""
        return (newest_version(self.proxy) or ADDITIVE) >= ADDITIVE

    def set_members(self, pool_id: str, members: Iterable[Body], *, additive: bool) -> None:
        """Replace the members of a pool, or, when additive, add and change these and leave the others alone.

        What a member's entry leaves out is reset to its default, the weight to 1: entries must be complete.
        """
        query = {"additive_only": "true"} if additive else {}
        path = MEMBER.path.format(parent=pool_id)
        checked(self.proxy.put(path, json={"members": [dict(member) for member in members]}, params=query))
