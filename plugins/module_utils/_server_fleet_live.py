# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is changed on running replicas, without an interruption. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._plan import differing
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    ChangeSecurityGroups,
    FleetAction,
    SetMetadata,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Observed, Replica


def changes_in_place(
    kept: Sequence[Replica], template: Template, observed: Observed, changed: Collection[str] = ()
) -> list[FleetAction]:
    """Return what is changed on running replicas.

    While a server is built, its ports are incomplete. Until the migration or resize of one is confirmed, Nova sets no
    metadata of it. A later run does it then.

    :param changed: ids of those that are rebuilt or resized, which sets their metadata
    """
    running = [replica for replica in kept if replica.status == "ACTIVE"]
    return [change for replica in running for change in _changes(replica, template, observed, changed)]


def _changes(
    replica: Replica, template: Template, observed: Observed, changed: Collection[str]
) -> Iterator[FleetAction]:
    metadata = {} if replica.id in changed else differing(template.metadata, replica.metadata)
    if metadata:
        yield SetMetadata(id=replica.id, name=replica.name, metadata=metadata)
    if ports := differing_ports(replica, observed):
        yield ChangeSecurityGroups(
            id=replica.id,
            name=replica.name,
            ports=ports,
            groups=tuple(sorted(_wanted_groups(template))),
            described=tuple(sorted({group.name for group in template.security_groups or ()})),
        )


def differing_ports(replica: Replica, observed: Observed) -> tuple[str, ...]:
    """Return the ids of a replica's ports that have other security groups than the template, or not all of them."""
    if observed.template is None or observed.template.security_groups is None:
        return ()
    wanted = _wanted_groups(observed.template)
    return tuple(
        port.id for port in observed.replica_ports if port.replica_id == replica.id and port.group_ids != wanted
    )


def _wanted_groups(template: Template) -> frozenset[str]:
    """Return the ids of the security groups; names of those that are not there yet (check mode)."""
    return frozenset(group.id or group.name for group in template.security_groups or ())
