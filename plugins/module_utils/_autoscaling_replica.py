# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One replica of an autoscaling group as a Heat template: server, readiness gate, drain, pool members. Pure.

Heat creates along the dependencies and deletes against them. So their order is all there is to do:
server, ready, drain, member. A member exists only after the replica said that it is ready, and the server goes only
after its member is gone and the drain is over. No controller of ours has to run.

Another version of the template replaces all of it, new before old. A server that Heat replaces by itself, because a
property changed, loses its network first: Heat takes the ports off it for the new one. So a server has the version in
its name and is another resource each time. Heat deletes the old one after everything that needed it has been updated,
and the resource C(settled), which needs everything, keeps its name. Which pools the members are in is no part of the
version: in another pool there are other members of the same server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Reference, Template

VERSION = "2018-08-31"
"""Version of Heat's template language: of Rocky, with all functions that are used here."""
USER_DATA_FILE = "user_data"
"""What a replica's template calls the file with its user data, before a digest is added."""
GROUP_KEY = "model_serving.autoscaling_group"
"""Metadata key of a server: name of the service whose group made it. Not the key of fleets: those delete their own."""
METERING_KEY = "metering.server_group"
"""Metadata key of a server that Ceilometer hands on to Gnocchi, where alarms select by it."""
METERED_AS = "metered_as"
"""Parameter: what is in that key, which is the id of the group's stack."""
SERVER, HANDLE, READY = "server_", "handle_", "ready_"
"""How the names of a server, of what it signals to and of what waits for that begin; the version follows."""
MEMBER = "member_"
"""How the name of a member begins; the id of the pool, the port and the member's number follow."""
SETTLED = "settled"
"""Name of the resource that a replica makes last."""
MEMBER_TYPE, SERVER_TYPE = "OS::Octavia::PoolMember", "OS::Nova::Server"
_NAMED_BY = 6
"""Characters of the version in a server's name."""
SIGNAL_PLACE = "@MODEL_SERVING_SIGNAL_URL@"
TOKEN_PLACE = "@MODEL_SERVING_SIGNAL_TOKEN@"  # noqa: S105  # not a token, but where Heat puts it


@dataclass(frozen=True, kw_only=True)
class PoolMember:
    """How a replica stands in one pool of a load balancer."""

    pool: str
    protocol_port: int
    subnet: str | None = None
    weight: int | None = None
    monitor_port: int | None = None


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """How a replica finds out that it is ready, and how long that may take.

    :param url: is asked by the replica itself, for example C(http://127.0.0.1:8080/v2/health/ready)
    :param timeout: seconds from the start of the server; a replica that is later has failed
    :param interval: seconds between two attempts
    :param endpoint: scheme, host and port under which replicas reach Heat, when not those of the catalogue
    """

    url: str
    timeout: int
    interval: int = 2
    endpoint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Replica:
    """What all replicas of a group have in common.

    :param drain: seconds between the end of the members and the end of the server
    """

    service: str
    template: Template
    members: Sequence[PoolMember] = ()
    readiness: Readiness | None = None
    drain: int = 0


def template(replica: Replica, version: str, user_data_file: str) -> dict[str, Any]:
    """Return the Heat template of one replica.

    :param version: is another one whenever replicas shall be replaced
    :param user_data_file: name of the file with the user data among the files of the stack
    """
    resources, last = _chain(replica, version, user_data_file)
    server = SERVER + version
    address = {"get_attr": [server, "networks", replica.template.networks[0].id, 0]}
    for number, member in enumerate(replica.members, start=1):
        resources[f"{MEMBER}{member.pool}_{member.protocol_port}_{number}"] = {
            "type": MEMBER_TYPE,
            "depends_on": last,
            "properties": _member(member, address),
        }
    resources[SETTLED] = {
        "type": "OS::Heat::Value",
        "depends_on": sorted(resources),
        "properties": {"value": version},
    }
    return {
        "heat_template_version": VERSION,
        "description": f"A replica of the service {replica.service}",
        "parameters": {
            "server_group": {"type": "string"},
            "availability_zone": {"type": "string", "default": ""},
            METERED_AS: {"type": "string"},
            "attempt": {"type": "string", "default": "", "description": "Only makes the group run its batches"},
        },
        "conditions": {"zoned": {"not": {"equals": [{"get_param": "availability_zone"}, ""]}}},
        "resources": resources,
        "outputs": {"server": {"value": {"get_resource": server}}, "address": {"value": address}},
    }


def member_place(name: str) -> tuple[str, int]:
    """Return the pool and the port that are in the name of a member's resource."""
    pool, port = name.removeprefix(MEMBER).split("_")[:2]
    return pool, int(port)


def _chain(replica: Replica, version: str, user_data_file: str) -> tuple[dict[str, Any], str]:
    """Return what comes before the members, and the name of the last of it."""
    handle, last = HANDLE + version, SERVER + version
    resources: dict[str, Any] = {last: _server(replica, version, _user_data(replica, handle, user_data_file))}
    if replica.readiness is not None:
        resources[handle] = {"type": "OS::Heat::WaitConditionHandle"}
        resources[READY + version] = {
            "type": "OS::Heat::WaitCondition",
            "depends_on": last,
            "properties": {"handle": {"get_resource": handle}, "timeout": replica.readiness.timeout},
        }
        last = READY + version
    if replica.members and replica.drain:
        drain = f"drain_{version}"
        resources[drain] = {
            "type": "OS::Heat::Delay",
            "depends_on": last,
            "properties": {"min_wait": replica.drain, "actions": ["DELETE"]},
        }
        last = drain
    return resources, last


def _server(replica: Replica, version: str, user_data: Any) -> dict[str, Any]:
    made_from = replica.template
    properties: dict[str, Any] = {
        "name": _name(replica.service, version),
        "image": None if made_from.boot_volume else made_from.image.id,
        "block_device_mapping_v2": _boot_devices(made_from),
        "flavor": made_from.flavor.id,
        "networks": [_network(network) for network in made_from.networks],
        "security_groups": None
        if made_from.security_groups is None
        else [group.id for group in made_from.security_groups],
        "key_name": made_from.key_name or None,
        "config_drive": made_from.config_drive,
        "tags": list(made_from.tags) if made_from.tags else None,
        "metadata": {
            **made_from.metadata,
            GROUP_KEY: replica.service,
            METERING_KEY: {"get_param": METERED_AS},
        },
        "scheduler_hints": {"group": {"get_param": "server_group"}},
        "availability_zone": {"if": ["zoned", {"get_param": "availability_zone"}, None]},
        "user_data_format": "RAW",
        "user_data": user_data,
    }
    return {"type": SERVER_TYPE, "properties": _given(properties)}


def _name(service: str, version: str) -> dict[str, Any]:
    """Return a server's name: service, version, and what Heat has put at the end of the name of the replica's stack."""
    own = {"str_split": ["-", {"get_param": "OS::stack_name"}, -1]}
    return {"list_join": ["-", [service, version[:_NAMED_BY], own]]}


def _boot_devices(made_from: Template) -> list[dict[str, Any]] | None:
    volume = made_from.boot_volume
    if volume is None:
        return None
    device = {
        "image": made_from.image.id,
        "boot_index": 0,
        "volume_size": volume.size,
        "delete_on_termination": volume.delete_on_termination,
        "volume_type": volume.volume_type.id if volume.volume_type else None,
    }
    return [_given(device)]


def _network(network: Reference) -> dict[str, Any]:
    if not isinstance(network, FixedNetwork):
        return {"network": network.id}
    extra = _given({"port_security_enabled": network.port_security_enabled, "binding:vnic_type": network.vnic_type})
    subnet = network.subnet.id if network.subnet else None
    return _given({"network": network.id, "subnet": subnet, "port_extra_properties": extra or None})


def _user_data(replica: Replica, handle: str, file: str) -> Any:
    readiness = replica.readiness
    if readiness is None:
        return {"get_file": file} if replica.template.user_data is not None else None
    return {
        "str_replace": {
            "template": {"get_file": file},
            "params": {
                SIGNAL_PLACE: {"get_attr": [handle, "endpoint"]},
                TOKEN_PLACE: {"get_attr": [handle, "token"]},
            },
        }
    }


def _member(member: PoolMember, address: Mapping[str, Any]) -> dict[str, Any]:
    return _given(
        {
            "pool": member.pool,
            "address": address,
            "protocol_port": member.protocol_port,
            "subnet": member.subnet,
            "weight": member.weight,
            "monitor_port": member.monitor_port,
        }
    )


def _given(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}
