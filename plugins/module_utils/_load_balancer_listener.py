# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a listener of another protocol has of the one whose place it takes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import L7_PROTOCOLS, OF_TLS

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS = "insert_headers"
OF_ANY_PROTOCOL = frozenset(
    {
        "protocol",
        "protocol_port",
        "description",
        "admin_state_up",
        "connection_limit",
        "allowed_cidrs",
        "timeout_client_data",
        "timeout_member_connect",
        "timeout_member_data",
        "timeout_tcp_inspect",
        "tags",
    }
)
"""Settings of a listener that outlive a change of its protocol."""


def outliving(settings: Mapping[str, Any], protocol: str) -> dict[str, Any]:
    """Return the settings of a listener that one of another protocol can have, too."""
    kept = {key: value for key, value in settings.items() if key in OF_ANY_PROTOCOL}
    headers = {name: value for name, value in (settings.get(HEADERS) or {}).items() if not name.startswith(OF_TLS)}
    return {**kept, HEADERS: headers} if headers and protocol in L7_PROTOCOLS else kept
