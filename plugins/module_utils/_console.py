# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers that do not become ready wrote to their consoles, which Nova shows of servers that nobody reaches."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import GROUP_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._terminal import without_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from openstack.compute.v2.server import Server

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

    Logs = Mapping[str, Sequence[str]]

TAG = "model-server["
"""How lines of the model server's unit begin (C(SyslogIdentifier) in the user data of the role C(model_server))."""
READY_TAG = "model-serving-ready:"
"""How lines of the program begin that tells Heat when a replica is ready."""
OWN_KEYS = frozenset({SERVICE_KEY, GROUP_KEY})
"""Metadata of servers that the collection made."""
READ = 300
"""Lines that Nova is asked for."""
SHOWN = 20
WIDEST = 300
AT_MOST = 3
"""Servers whose consoles are read: what is wrong with many is mostly the same."""
_UPTIME = re.compile(r"^\[ *\d+\.\d+\] ")


def last_lines(output: str) -> list[str]:
    """Return the last lines of a console: the model server's and about its readiness if it wrote any, else all."""
    lines = [_UPTIME.sub("", without_commands(line)).rstrip() for line in output.splitlines()]
    lines = [line[:WIDEST] for line in lines if line]
    own = any(TAG in line for line in lines)
    return [line for line in lines if not own or TAG in line or READY_TAG in line][-SHOWN:]


def console_logs(context: Context, servers: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the last lines of servers' consoles by the servers' names. It does not raise: it explains another failure.

    :param servers: ids of servers by name
    """
    chosen = sorted(servers.items())[:AT_MOST]
    return dict(
        zip((name for name, _id in chosen), in_parallel(lambda one: _log(context, one[1]), chosen), strict=True)
    )


def _log(context: Context, server_id: str) -> list[str]:
    try:
        with attempt("read", "the console of server", resource_id=server_id):
            answer = context.conn.compute.get_server_console_output(server_id, length=READ)
    except CloudError as error:
        # Not every hypervisor keeps one.
        return [f"(not to be had: {error.message})"]
    return last_lines(str(answer.get("output") or "")) or ["(empty)"]


def member_logs(context: Context) -> Callable[[Sequence[Member]], Logs]:
    """Return what asks for the logs of the servers behind members of a pool."""
    return lambda members: logs_of_addresses(context, {str(member.address) for member in members})


def logs_of_addresses(context: Context, addresses: Collection[str]) -> dict[str, list[str]]:
    """Return the last lines of the consoles of the project's servers that have one of these addresses.

    Networks that know nothing of each other can have the same ones. So when the collection made some of these servers,
    only their consoles are read.
    """
    return _logs_of(
        context,
        lambda server: any(one["addr"] in addresses for found in (server.addresses or {}).values() for one in found),
        _ours_or_all,
    )


def logs_of_servers(context: Context, ids: Collection[str]) -> dict[str, list[str]]:
    """Return the last lines of the consoles of the project's servers with one of these ids."""
    return _logs_of(context, lambda server: server.id in ids)


def _ours_or_all(servers: Sequence[Server]) -> Sequence[Server]:
    return [server for server in servers if not OWN_KEYS.isdisjoint(server.metadata or {})] or servers


def _logs_of(
    context: Context,
    wanted: Callable[[Server], bool],
    chosen: Callable[[Sequence[Server]], Sequence[Server]] = lambda found: found,
) -> dict[str, list[str]]:
    try:
        with attempt("list", "servers"):
            listed = list(context.conn.compute.servers(details=True))
    except CloudError:
        return {}
    # Of those in a part of the cloud that does not answer, Nova tells the ids only.
    servers = chosen([server for server in listed if server.name and wanted(server)])
    named = Counter(server.name for server in servers)
    return console_logs(
        context,
        {one.name if named[one.name] == 1 else f"{one.name} ({one.id})": one.id for one in servers},
    )
