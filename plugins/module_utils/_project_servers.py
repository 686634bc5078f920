# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists the servers of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._nova_abilities import listing_version

if TYPE_CHECKING:
    from openstack.compute.v2.server import Server

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def project_servers(context: Context) -> list[Server]:
    """Return all servers of the project with their details. One call.

    Nova tells of what is lost on the first page only, and not when that is full (C(max_limit), by default 1000).

    :raises CloudError: when a part of the cloud does not answer: Nova then lists its servers with their ids only
        (Compute API guide: Handling Down Cells), and nobody knows whose they are
    """
    version = listing_version(context.conn)
    query: dict[str, Any] = {"microversion": version} if version else {}
    with attempt("list", "servers"):
        found = list(context.conn.compute.servers(details=True, **query))
    unknown = sorted(server.id for server in found if not server.name)
    if unknown:
        raise CloudError(
            "list",
            "servers",
            answer=f"Nova knows nothing but the ids of {len(unknown)} of them: {', '.join(unknown)}",
            hint="A part of the cloud (a cell) does not answer. Nothing is decided without it; run again when it does.",
        )
    return found
