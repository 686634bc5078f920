# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole small cloud that does what it is asked, and for each module good arguments to it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openstack.compute.v2.limits import Limits
from openstack.compute.v2.server_group import ServerGroup
from openstack.load_balancer.v2.quota import Quota as LoadBalancerQuota
from openstack.network.v2.quota import QuotaDetails
from openstack.network.v2.security_group import SecurityGroup

from ..conftest import in_catalogue
from .conftest import Nova, furnish, give_pool
from .fake_heat import CHAT as GROUP
from .fake_heat import Heat
from .fake_neutron import Neutron, fitting
from .fake_octavia import CHAT as BALANCER
from .fake_octavia import Octavia
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

FLEET: dict[str, Any] = {
    **OPTIONS,
    "replicas": 2,
    "security_groups": ["web"],
    "availability_zones": ["az1", "az2"],
    "user_data": "#cloud-config",
    "metadata": {"stage": "test"},
    "boot_volume": {"size": 0},
    "pools": [{"load_balancer": "front", "pool": "servers", "protocol_port": 8080}],
}
RULE = {"protocol": "tcp", "port_range_min": 8000, "port_range_max": 8001, "remote_ip_prefix": "10.0.0.0/24"}
MONITOR = {"type": "HTTP", "delay": 2, "timeout": 1, "max_retries": 1, "max_retries_down": 2}
L7_POLICY = {
    "name": "models",
    "action": "REDIRECT_TO_POOL",
    "redirect_pool": "replicas",
    "rules": [{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/v2"}],
}
TREE = {
    **BALANCER,
    "listeners": [{**BALANCER["listeners"][0], "l7policies": [L7_POLICY]}],
    "pools": [{**BALANCER["pools"][0], "session_persistence": {"type": "SOURCE_IP"}}],
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "autoscaling_capacity": {"name": "chat", "desired_capacity": 3},
    "autoscaling_group": {**GROUP, "target_tracking": {"target_value": 50}},
    "autoscaling_group_info": {"name": "chat"},
    "capacity_info": {"images": ["model-server"], "flavors": ["m1"], "networks": ["private"]},
    "load_balancer": TREE,
    "load_balancer_info": {"name": "front"},
    "pool_members": {"load_balancer": "front", "pool": "servers", "members": [{"address": "::1", "protocol_port": 80}]},
    "pool_members_info": {"pool": "servers"},
    "replica": {"service": "chat", "server": "chat-1-1", "state": "absent"},
    "security_group": {"name": "chat", "rules": [RULE, {"remote_group": "web"}], "tags": ["t"]},
    "security_group_info": {"name": "web"},
    "server_fleet": FLEET,
    "server_fleet_info": {"name": "chat"},
    "server_group": {"name": "chat", "policy": "anti-affinity", "max_server_per_host": 1},
    "server_group_info": {"name": "chat"},
    "service_info": {"name": "chat"},
    # Nobody listens there: what the requests come to is no matter of this world.
    "traffic_info": {"url": "http://127.0.0.1:9/", "pool": "servers", "duration": 1, "rate": 5},
}

MAKERS: dict[str, tuple[str, dict[str, Any]]] = {
    "autoscaling_capacity": ("autoscaling_group", GROUP),
    "replica": ("server_fleet", FLEET),
}
"""What makes the thing that a module is about, where the module itself does not."""


def maker(name: str) -> tuple[str, dict[str, Any]] | None:
    """Return the module, with its arguments, after whose run there is what another one is about."""
    own = name.removesuffix("_info")
    return MAKERS.get(own) or ((own, ARGUMENTS[own]) if own in ARGUMENTS else None)


class Groups:
    """Security groups and server groups that are remembered."""

    def __init__(self, conn: Mock) -> None:
        self.security: dict[str, SecurityGroup] = {}
        self.server: dict[str, ServerGroup] = {}
        self._ids = itertools.count(1)
        self._conn = conn
        network, compute = conn.network, conn.compute
        network.security_groups.side_effect = lambda **query: fitting(self.security.values(), query)
        network.create_security_group.side_effect = self.create_security
        network.delete_security_group.side_effect = lambda group, **_: self.security.pop(group)
        network.create_security_group_rules.side_effect = iter
        # Without all_projects, administrators are told about the project, too.
        compute.server_groups.side_effect = lambda: fitting(self.server.values(), self._project)
        compute.create_server_group.side_effect = self.create_server
        compute.delete_server_group.side_effect = lambda group, **_: self.server.pop(group)

    @property
    def _project(self) -> dict[str, Any]:
        return {"project_id": self._conn.current_project_id}

    def create_security(self, **values: Any) -> SecurityGroup:
        made = SecurityGroup(id=f"sg-{next(self._ids)}", security_group_rules=[], tags=[], **self._project, **values)
        self.security[made.id] = made
        return made

    def create_server(self, **values: Any) -> ServerGroup:
        made = ServerGroup(id=f"g{next(self._ids)}", member_ids=[], **self._project, **values)
        self.server[made.id] = made
        return made


@dataclass(frozen=True)
class World:
    """What answers behind the connection."""

    nova: Nova
    neutron: Neutron
    octavia: Octavia
    groups: Groups

    def found(self) -> None:
        """Make what is there before the modules make anything."""
        pool = {"name": "servers", "protocol": "HTTP", "healthmonitor": MONITOR, "members": []}
        made = self.octavia.create_tree({"name": "front", "provider": "amphora", "pools": [pool]})
        made["provisioning_status"] = "ACTIVE"
        self.groups.create_security(name="web")


def make_world(conn: Mock, module: str) -> World:
    """Give the connection a cloud in which the module's good arguments work."""
    world = World(furnish(conn), Neutron(conn), Octavia(conn), Groups(conn))
    world.found()
    conn.load_balancer.get_quota.return_value = LoadBalancerQuota(load_balancers=3)
    conn.load_balancer.load_balancers.return_value = []
    conn.network.get_quota.return_value = QuotaDetails(ports={"limit": 5, "used": 5, "reserved": 1})
    limits = {"maxTotalInstances": 10, "totalInstancesUsed": 2, "maxServerGroupMembers": 10}
    conn.compute.get_limits.return_value = Limits(absolute=limits)
    if module.startswith("autoscaling"):
        heat(conn)
    return world


def heat(conn: Mock) -> Heat:
    """Make a Heat and the rest of what an autoscaling group needs."""
    made = Heat(conn)
    give_pool(conn)
    kinds = ("compute", "orchestration", "alarming", "metric", "load-balancer", "network", "image")
    conn.service_catalog = in_catalogue(*kinds)
    return made
