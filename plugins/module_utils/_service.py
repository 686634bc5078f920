# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that belongs to services, by one look at each kind of resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_group import (
    groups_among,
    groups_without_stack,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_MARK
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_shown
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group import own_groups
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet import fleets_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_groups import (
    SITE_PREFIX,
    first_name,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    all_servers,
    replicas_among,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import all_server_groups
from ansible_collections.model_serving.openstack.plugins.module_utils._service_balancers import service_balancers

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Params


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(service_info) returns. The number of requests does not grow with what there is."""
    name = params["name"]

    def of_service(fleet: str) -> bool:
        return name is None or fleet == name or fleet.startswith(f"{name}.")

    servers, every_group = all_servers(context), all_server_groups(context)
    fleets = fleets_of(context, replicas_among(servers), every_group)
    groups = groups_among(context, servers, every_group)
    security_groups = [
        {"id": group.id, "name": group.name, "fleet": tag.removeprefix(SERVICE_MARK)}
        for group in own_groups(context)
        for tag in group.tags
        if tag.startswith(SERVICE_MARK)
    ]
    server_groups = [
        {"id": group.id, "name": group.name, "fleet": first_name(group.name.removeprefix(SITE_PREFIX))}
        for group in every_group
        if group.name.startswith(SITE_PREFIX)
    ]
    return {
        "project": project_shown(context.conn),
        "fleets": [one for one in fleets if of_service(one["name"])],
        "groups": [one for one in groups if of_service(one["name"])],
        "groups_without_stack": [
            one for one in groups_without_stack(context, groups, servers) if of_service(one["name"])
        ],
        "security_groups": [one for one in security_groups if of_service(one["fleet"])],
        "server_groups": [one for one in server_groups if of_service(one["fleet"])],
        "load_balancers": [one for one in service_balancers(context, name) if of_service(one["service"])],
    }
