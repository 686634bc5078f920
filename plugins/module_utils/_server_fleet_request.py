# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes replicas: many with one request or, with fixed ports, which Nova takes for one server at a time, one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedNetwork
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_apply import ports_for
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    SLOT_KEY,
    TAGS_KEY,
    TEMPLATE_KEY,
    BootVolume,
    encoded,
    written,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import noted_tags
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    REPLICA,
    progress,
    replica_now,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Reference, Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

Ports = dict[tuple[str, int], str]
"""Ids of ports by network and slot."""


def request_replicas(context: Context, action: CreateReplicas) -> tuple[str, ...]:
    """Ask Nova for replicas and return the names of those that were asked for.

    That is all of them, unless they have to be made one after another and one of them could not be built.
    """
    where = f" in availability zone {action.zone}" if action.zone else ""
    if not action.slots:
        with attempt("create", f"replicas {', '.join(action.names)}{where}"):
            context.conn.compute.create_server(**creation_request(action))
        return action.names
    action = replace(action, slots=_unused_slots(context, action))
    ports = ports_for(context, action)
    for index, name in enumerate(action.names):
        with attempt("create", f"replica {name}{where}"):
            server = context.conn.compute.create_server(**creation_request(action, index, ports))
        last = index == len(action.names) - 1
        if action.server_group and not last and not _placed(context, server.id, name):
            return action.names[: index + 1]
    return action.names


def _unused_slots(context: Context, action: CreateReplicas) -> tuple[int, ...]:
    """Return a slot for each replica. When some of them found no host, others take their slots at other places."""
    held = {replica.slot for replica in replicas_of(context, action.service) if not replica.leaving}
    slots = [slot for slot in action.slots if slot not in held][: len(action.names)]
    if len(slots) < len(action.names):
        answer = f"others of the fleet use those of the slots {', '.join(map(str, action.slots))} already"
        raise CloudError("use", "the fixed ports of fleet", action.service, answer=answer)
    return tuple(slots)


def _placed(context: Context, server_id: str, name: str) -> bool:
    """Wait until a replica has its host, so that the next one is not placed beside it; say whether it has one.

    The scheduler keeps servers of one request apart. Those of several requests it can only keep away from servers whose
    hosts are known.
    """
    latest: list[Replica] = []

    def look() -> bool | None:
        replica = replica_now(context, server_id, name)
        latest[:] = [replica] if replica else []
        if replica is None or replica.broken:
            return False
        return True if replica.host_id else None

    return wait_until(
        look,
        context.deadline,
        attempted="be placed",
        kind=REPLICA,
        resource_id=server_id,
        progress=lambda: progress(latest),
    )


def creation_request(action: CreateReplicas, index: int | None = None, ports: Ports | None = None) -> dict[str, Any]:
    """Return the attributes of a request.

    :param index: which one of the replicas; None is all of them with one request
    :param ports: the fixed ports
    """
    template = action.template
    slot = action.slots[index] if index is not None and action.slots else None
    request: dict[str, Any] = {
        **_names(action, index),
        "flavor_id": template.flavor.id,
        "networks": [_network(network, slot, ports or {}) for network in template.networks],
        "metadata": _metadata(action, slot),
    }
    if template.boot_volume:
        request["block_device_mapping"] = [_boot_device(template.image, template.boot_volume)]
    else:
        request["image_id"] = template.image.id
    optional = {
        "availability_zone": action.zone,
        "scheduler_hints": {"group": action.server_group.id} if action.server_group else None,
    }
    if all("port" in network for network in request["networks"]):
        # They have their security groups. Nova would refuse any where a network has port security disabled.
        optional["security_groups"] = None
    return request | {key: value for key, value in (_options(template) | optional).items() if value is not None}


def _names(action: CreateReplicas, index: int | None) -> dict[str, Any]:
    count = len(action.names) if index is None else 1
    first = action.names[index or 0]
    # Nova adds -1 to -N itself when it makes several.
    return {
        "name": first if count == 1 else first.rpartition("-")[0],
        "min_count": count,
        "max_count": count,
    }


def _network(network: Reference, slot: int | None, ports: Mapping[tuple[str, int], str]) -> dict[str, str]:
    if slot is not None and isinstance(network, FixedNetwork):
        return {"port": ports[network.id, slot]}
    return {"uuid": network.id}


def _metadata(action: CreateReplicas, slot: int | None) -> dict[str, str]:
    metadata = dict(action.metadata)
    if slot is not None:
        metadata |= {SLOT_KEY: str(slot), TEMPLATE_KEY: written(action.template.digests(slot))}
    if action.template.tags:
        metadata[TAGS_KEY] = noted_tags(action.template.tags)
    return metadata


def _options(template: Template) -> dict[str, Any]:
    return {
        "key_name": template.key_name or None,
        "config_drive": template.config_drive,
        "user_data": encoded(template.user_data) if template.user_data else None,
        "security_groups": [{"name": group.id} for group in template.security_groups or ()] or None,
        "tags": list(template.tags) if template.tags else None,
        "description": template.description,
    }


def _boot_device(image: Reference, volume: BootVolume) -> dict[str, Any]:
    """Return the volume as Nova wants it: it makes the volume from the image and boots from it."""
    device = {
        "boot_index": 0,
        "source_type": "image",
        "uuid": image.id,
        "destination_type": "volume",
        "volume_size": volume.size,
        "delete_on_termination": volume.delete_on_termination,
    }
    return device | ({"volume_type": volume.volume_type.id} if volume.volume_type else {})
