# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Nova is sent to make replicas. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import encoded

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas


def creation_request(action: CreateReplicas) -> dict[str, Any]:
    """Return the attributes of one multi-create request."""
    template, count = action.template, len(action.names)
    request: dict[str, Any] = {
        # Nova adds -1 to -N itself when it makes several.
        "name": action.names[0] if count == 1 else action.names[0].rpartition("-")[0],
        "min_count": count,
        "max_count": count,
        "image_id": template.image.id,
        "flavor_id": template.flavor.id,
        "networks": [{"uuid": network.id} for network in template.networks],
        "metadata": dict(action.metadata),
    }
    optional = {
        "availability_zone": action.zone,
        "key_name": template.key_name,
        "config_drive": template.config_drive,
        "user_data": encoded(template.user_data) if template.user_data else None,
        "security_groups": [{"name": group.id} for group in template.security_groups or ()] or None,
        "scheduler_hints": {"group": action.server_group.id} if action.server_group else None,
    }
    return request | {key: value for key, value in optional.items() if value is not None}
