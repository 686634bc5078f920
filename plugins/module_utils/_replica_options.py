# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a fleet's instance template that are more than a text: typed, and what is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import member_problems
from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec
from ansible_collections.model_serving.openstack.plugins.module_utils._texts import texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

NETWORK: ArgumentSpec = {
    "network": {"type": "str", "required": True},
    "fixed_ports": {"type": "bool", "default": False},
    "ports": {"type": "list", "elements": "str"},
    "subnet": {"type": "str"},
    "port_security_enabled": {"type": "bool"},
    "vnic_type": {
        "type": "str",
        "choices": ["normal", "direct", "direct-physical", "macvtap", "virtio-forwarder", "vdpa"],
    },
}
"""An item of C(networks) that is more than a name."""
OF_OWN_PORTS = ("subnet", "port_security_enabled", "vnic_type")

LONGEST_TAG = 60
MOST_TAGS = 50
"""Characters of a tag, and tags of a server, that Nova takes."""
LONGEST_METADATA = 255
LONGEST_DESCRIPTION = 255
NEEDS_PORT_SECURITY = "'security_groups' need port security on one network at least"


@dataclass(frozen=True, kw_only=True)
class NetworkOption:
    """An item of C(networks), references as the user wrote them."""

    network: str
    fixed_ports: bool = False
    ports: tuple[str, ...] | None = None
    subnet: str | None = None
    port_security_enabled: bool | None = None
    vnic_type: str | None = None

    @property
    def fixed(self) -> bool:
        return self.fixed_ports or self.ports is not None


@dataclass(frozen=True, kw_only=True)
class BootVolumeOption:
    """C(boot_volume); C(size) 0 means none."""

    size: int
    volume_type: str | None = None
    delete_on_termination: bool = True


@dataclass(frozen=True, kw_only=True)
class TemplateOptions:
    """The options of an instance template, references as the user wrote them."""

    image: str = ""
    flavor: str = ""
    networks: tuple[NetworkOption, ...] = ()
    security_groups: tuple[str, ...] | None = None
    key_name: str | None = None
    user_data: str | None = field(default=None, repr=False)
    config_drive: bool | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    boot_volume: BootVolumeOption | None = None
    tags: tuple[str, ...] | None = None
    description: str | None = None
    lock: bool | None = None


def template_options(params: Mapping[str, Any]) -> TemplateOptions:
    """Return the options of an instance template, in which C(problems) found nothing."""
    groups, tags = params["security_groups"], params["tags"]
    return TemplateOptions(
        image=params["image"],
        flavor=params["flavor"],
        networks=networks(params["networks"]),
        security_groups=tuple(dict.fromkeys(groups)) if groups is not None else None,
        key_name=params["key_name"],
        user_data=params["user_data"],
        config_drive=params["config_drive"],
        metadata=texts(params["metadata"] or {}),
        boot_volume=boot_volume(params["boot_volume"]),
        tags=tuple(sorted(set(tags))) if tags is not None else None,
        description=params["description"],
        lock=params["lock"],
    )


def typed_network(value: Any) -> Any:
    """Return an item of C(networks) in which booleans and lists are no texts any more; what is wrong stays as it is."""
    if not isinstance(value, Mapping):
        return value
    typed = ArgumentSpecValidator(NETWORK).validate(dict(value)).validated_parameters
    return {name: typed[name] for name in value}


def networks(values: Sequence[Any]) -> tuple[NetworkOption, ...]:
    """Return the items of C(networks), in which C(network_problems) found nothing."""
    options = []
    for value in values:
        if not isinstance(value, Mapping):
            options.append(NetworkOption(network=str(value)))
            continue
        item = typed_network(value)
        ports = item.get("ports")
        options.append(NetworkOption(**{**item, "ports": tuple(ports) if ports is not None else None}))
    return tuple(options)


def boot_volume(value: Mapping[str, Any] | None) -> BootVolumeOption | None:
    """Return C(boot_volume)."""
    return None if value is None else BootVolumeOption(**value)


def problems(params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with these options, as far as it shows without the cloud."""
    found = network_problems(params["networks"] or (), "networks")
    items = () if found else networks(params["networks"] or ())
    if items and params["security_groups"] and all(item.port_security_enabled is False for item in items):
        found.append(NEEDS_PORT_SECURITY)
    found.extend(boot_volume_problems(params["boot_volume"]))
    found.extend(tag_problems(params["tags"] or ()))
    found.extend(description_problems(params["description"] or ""))
    if params["state"] == "absent" and params["lock"]:
        found.append("'lock' protects the replicas; to remove them, set it to false or leave it out")
    return found


def network_problems(values: Sequence[Any], where: str) -> list[str]:
    """Return what is wrong with items of C(networks)."""
    found = []
    for index, value in enumerate(values):
        place = f"{where}[{index}]"
        if isinstance(value, str) and value:
            continue
        if not isinstance(value, Mapping):
            found.append(f"{place} must be the name or id of a network, or a mapping, not {value!r}")
            continue
        messages = ArgumentSpecValidator(NETWORK).validate(dict(value)).error_messages
        found.extend(f"{place}: {message}" for message in messages)
        if not messages:
            (item,) = networks([value])
            found.extend(f"{place}: {problem}" for problem in _rules(item))
    return found


def _rules(item: NetworkOption) -> list[str]:
    found = [] if item.network else ["'network' is empty"]
    if item.ports is not None and item.fixed_ports:
        found.append("'ports' are ports that exist, with 'fixed_ports' the fleet makes them; use one of both")
    if item.ports is not None and len(set(item.ports)) < len(item.ports):
        found.append("'ports' names a port twice")
    if not item.fixed_ports and (given := [name for name in OF_OWN_PORTS if getattr(item, name) is not None]):
        what = ", ".join(repr(name) for name in given)
        found.append(f"{what} can be set on ports that the fleet makes only, that is with 'fixed_ports: true'")
    return found


def port_security_problems(networks: Sequence[NetworkOption], unsecured: Collection[str], *, fleet: bool) -> list[str]:
    """Return why servers with security groups cannot be on networks of which some have port security disabled.

    Nova refuses security groups when one of the networks has it disabled, whoever made the ports. When all ports are
    the fleet's, it is asked for none.

    :param unsecured: the ones that have, by what the options call them
    :param fleet: whether a fleet makes the servers, else Heat does
    """
    concerned = [option.network for option in networks if option.network in unsecured]
    if not concerned:
        return []
    if fleet and all(option.fixed for option in networks):
        return [] if any(_may_be_secured(option, unsecured) for option in networks) else [NEEDS_PORT_SECURITY]
    way_out = "give all networks 'fixed_ports: true', or" if fleet else "for an autoscaling group,"
    return [
        f"network {name!r} has port security disabled, and Nova builds no server with security groups on it: {way_out}"
        " choose another network"
        for name in dict.fromkeys(concerned)
    ]


def _may_be_secured(option: NetworkOption, unsecured: Collection[str]) -> bool:
    # Ports that are given may have port security although their network has none.
    default = option.ports is not None or option.network not in unsecured
    return default if option.port_security_enabled is None else option.port_security_enabled


def boot_volume_problems(value: Mapping[str, Any] | None, where: str = "boot_volume") -> list[str]:
    """Return what is wrong with C(boot_volume)."""
    if value is None or value["size"] is None:
        return []
    if value["size"] < 0:
        return [f"{where}.size is {value['size']}, but must be at least 1 (GiB), or 0 for no volume"]
    if value["size"] == 0 and value["volume_type"]:
        return [f"{where}.volume_type goes with a volume, but {where}.size is 0"]
    return []


def tag_problems(tags: Sequence[str], where: str = "tags") -> list[str]:
    """Return what is wrong with tags of servers."""
    bad = [tag for tag in tags if not 1 <= len(tag) <= LONGEST_TAG or {",", "/"} & set(tag)]
    found = [f"{where} has {tag!r}, but a tag has 1 to {LONGEST_TAG} characters and neither ',' nor '/'" for tag in bad]
    if len(tags) > MOST_TAGS:
        found.append(f"{where} has {len(tags)} tags, but Nova takes {MOST_TAGS} at most")
    elif len(",".join(tags)) > LONGEST_METADATA:
        found.append(
            f"{where} takes {len(','.join(tags))} characters with commas between them, but {LONGEST_METADATA} are"
            " possible, because the tags that are the fleet's own are noted in metadata"
        )
    return found


def description_problems(description: str, where: str = "description") -> list[str]:
    """Return what is wrong with the description of servers."""
    found = []
    if len(description) > LONGEST_DESCRIPTION:
        found.append(f"{where} has {len(description)} characters, but Nova takes {LONGEST_DESCRIPTION} at most")
    if not all(character.isprintable() for character in description):
        found.append(f"{where} must be one line of printable characters")
    return found


def pool_problems(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a pool that replicas are members of, with port and weight of each.

    The rules are those for members of any pool, with any address in the place of a replica's.
    """
    member = {"name": None, "admin_state_up": None, "address": "192.0.2.1", **pool}
    yield from member_problems([member], f"pool {pool['pool']!r}")
    if pool["weight"] == 0:
        yield (
            f"'weight: 0' of pool {pool['pool']!r} would leave all replicas without requests; it goes from 1 to 256,"
            " and what is to get no requests is drained with pool_members"
        )
