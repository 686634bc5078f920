# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ports of replicas, for their security groups: Nova tells those of all ports of a server together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import has_port_security
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openstack.network.v2.port import Port

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

DEFERRED = "deferred"
"""What Neutron says of a port that gets its address when a server uses it."""


@dataclass(frozen=True, kw_only=True)
class ReplicaPort:
    """A port of a replica that can have security groups.

    :param group_ids: those that it has
    """

    id: str
    replica_id: str
    group_ids: frozenset[str] = frozenset()


def replica_ports(context: Context, replicas: Iterable[Replica]) -> tuple[ReplicaPort, ...]:
    """Return the ports of replicas that can have security groups, whoever made them. One call, seldom another one."""
    known = {replica.id for replica in replicas}
    if not known:
        return ()
    with attempt("list", "ports"):
        found = context.conn.network.ports(project_id=project_of(context))
        ports = sorted((port for port in found if port.device_id in known), key=lambda port: (port.device_id, port.id))
    return tuple(
        ReplicaPort(id=port.id, replica_id=port.device_id, group_ids=frozenset(port.security_group_ids or ()))
        for port in _able(context, ports)
    )


def _able(context: Context, ports: Iterable[Port]) -> list[Port]:
    """Return the ports to which Neutron lets security groups be given: with an address and port security."""
    addressed = [port for port in ports if port.fixed_ips or port.ip_allocation == DEFERRED]
    secured = [port for port in addressed if port.is_port_security_enabled or port.security_group_ids]
    if len(secured) == len(addressed):
        return addressed
    # Where the cloud has no port security, the SDK calls that of all ports disabled.
    return secured if has_port_security(context.conn) else addressed
