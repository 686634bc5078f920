# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members of pools, from servers as users and modules list them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._addresses import replica_address
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Facts = Mapping[str, Any]

NEVER_PLACED = ("BUILD", "ERROR")
"""Statuses in which a server may not have had an address yet, so that no pool can have it as a member."""
FORM = "'name' and 'addresses', for example {name: web-1, addresses: {private: [10.0.0.5]}}"


def check_servers(servers: Sequence[Any]) -> None:
    """Check the servers of all groups.

    :raises InvalidInputError: with all that have no address although they should, or another form
    """
    if problems := [problem for server in servers for problem in _problem(server)]:
        raise InvalidInputError(problems)


def _problem(server: Any) -> Iterator[str]:
    if not isinstance(server, Mapping) or not server.get("name") or not isinstance(server.get("addresses"), Mapping):
        named = server.get("name") if isinstance(server, Mapping) else server
        yield f"server {named!r} does not have {FORM}"
        return
    status = server.get("status")
    if _address(server) is None and status not in NEVER_PLACED:
        # The member that stands for the server would go, and the server may be serving.
        yield (
            f"the cloud tells no address of server {server['name']!r} ({status or 'of unknown status'}) at the"
            " moment, so it is not known which member it is; run this again"
        )


def members_of(group: Facts, weight: int) -> Iterator[dict[str, Any]]:
    """Yield the members of a group. A server that was never placed gets its member when it has been."""
    for server in group["servers"]:
        if address := _address(server):
            subnet = {"subnet": server["subnet"]} if server.get("subnet") else {}
            port = int(group["server_port"])
            yield {"name": server["name"], "address": address, "protocol_port": port, "weight": weight, **subnet}


def _address(server: Facts) -> str | None:
    """Return the address of a server, which may be listed as Nova does it, with its facts."""
    return replica_address(
        {
            network: [one["addr"] if isinstance(one, Mapping) else one for one in found]
            for network, found in server["addresses"].items()
        }
    )
