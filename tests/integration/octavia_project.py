# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Octavia has in its own project: no user sees it, and nobody takes away what stays there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

NAME = "service"


def of_octavia(operator: Any, own: str = "") -> set[str]:
    """Return what there is in Octavia's project but for what load balancers have, and spare amphorae.

    :param own: the name of a load balancer whose things are returned, too
    """
    project = operator.identity.find_project(NAME, ignore_missing=False).id
    balancers = {balancer.id for balancer in operator.load_balancer.load_balancers() if balancer.name != own}
    found = [*_of_amphorae(operator, project, balancers), *_groups(operator, project, balancers)]
    return {f"left behind: {text} in project {NAME}" for text in found}


def _of_amphorae(operator: Any, project: str, balancers: set[str]) -> list[str]:
    used = [
        amphora
        for amphora in operator.load_balancer.amphorae()
        if amphora.loadbalancer_id in balancers or amphora.status == "READY"
    ]
    servers = {amphora.compute_id for amphora in used}
    ports = {port for amphora in used for port in (amphora.vrrp_port_id, amphora.ha_port_id)}
    return [
        f"server {server.name} ({server.id})"
        for server in operator.compute.servers(all_projects=True, project_id=project)
        if server.id not in servers
    ] + [
        f"port {port.name} ({port.id})"
        for port in operator.network.ports(project_id=project)
        if port.id not in ports and port.device_id not in servers
    ]


def _groups(operator: Any, project: str, balancers: set[str]) -> list[str]:
    """Octavia names the groups of a load balancer after its id."""
    used = {f"{prefix}{balancer}" for prefix in ("lb-", "octavia-lb-") for balancer in balancers}
    return [
        f"security group {group.name} ({group.id})"
        for group in operator.network.security_groups(project_id=project)
        if group.name not in used
    ] + [
        f"server group {group.name} ({group.id})"
        # Nova takes no project to select by.
        for group in operator.compute.server_groups(all_projects=True)
        if group.project_id == project and group.name not in used
    ]


def remaining(look: Callable[[], set[str]], before: set[str], patience: float) -> list[str]:
    """Return what is seen in addition when it had some time, in seconds, to go away."""
    end = time.monotonic() + patience
    while (found := look() - before) and time.monotonic() < end:
        time.sleep(2)
    return sorted(found)
