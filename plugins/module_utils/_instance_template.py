# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instance template: what every replica of a service is made from. Pure.

A replica carries the digests of the template's parts it was made from in its metadata. So it can be told which parts of
the template changed since, also those that Nova does not show (user data, networks), and no state file is needed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import RESERVED
from ansible_collections.model_serving.openstack.plugins.module_utils._texts import nested, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openstack.compute.v2.flavor import Flavor

TEMPLATE_KEY = "model_serving.template"
"""Metadata key of a server: digests of the template it was made from, as C(part=digest,part=digest)."""
SLOT_KEY = "model_serving.slot"
"""Metadata key of a server: number of the fixed ports it uses."""
TAGS_KEY = "model_serving.tags"
"""Metadata key of a server: the tags that the fleet set, with commas between them."""
USER_DATA_LIMIT = 65535
"""Characters of base64 that Nova takes as user data (its schema for creating servers)."""
_DIGEST_LENGTH = 10
_METADATA_LIMIT = 255
_METADATA_KEY = re.compile("[a-zA-Z0-9_:. -]+")
"""What Nova takes as a key of metadata (nova.api.validation.parameter_types)."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Something that exists in the cloud."""

    id: str
    name: str

    def identity(self, slot: int | None) -> str:  # noqa: ARG002
        """Return the text whose digest tells whether a replica was made with it; C(slot) as in C(FixedNetwork)."""
        return self.id

    @property
    def label(self) -> str:
        """What a diff calls it."""
        return self.name


@dataclass(frozen=True, kw_only=True)
class BootVolume:
    """The volume a replica boots from.

    :param size: GiB
    :param volume_type: None is the cloud's default
    """

    size: int
    volume_type: Reference | None = None
    delete_on_termination: bool = True

    @property
    def identity(self) -> str:
        kind = self.volume_type.id if self.volume_type else ""
        return f"{self.size},{kind},{self.delete_on_termination}"

    @property
    def label(self) -> str:
        kind = f" of type {self.volume_type.name}" if self.volume_type else ""
        return f"{self.size} GiB{kind}{'' if self.delete_on_termination else ', kept'}"


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a flavor gives a server: RAM and swap in MiB, disks in GiB."""

    vcpus: int
    ram: int
    disk: int
    ephemeral: int
    swap: int


@dataclass(frozen=True, kw_only=True)
class Template:
    """An instance template whose names were looked up. C(None) is left to the cloud and not managed.

    :param key_name: an empty text means that replicas have none
    :param local_disk: whether replicas must not boot from a volume; C(boot_volume) is None then
    :param size: of the flavor; None when it is not known
    :param external: names of those networks that are external and not shared
    :param by_administrator: whether an administrator makes the replicas
    """

    image: Reference
    flavor: Reference
    networks: tuple[Reference, ...]
    security_groups: tuple[Reference, ...] | None = None
    key_name: str | None = None
    user_data: str | None = field(default=None, repr=False)
    config_drive: bool | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    boot_volume: BootVolume | None = None
    local_disk: bool = False
    tags: tuple[str, ...] | None = None
    description: str | None = None
    size: Size | None = None
    external: frozenset[str] = frozenset()
    by_administrator: bool = False

    @property
    def vcpus(self) -> int:
        return self.size.vcpus if self.size else 1

    def digests(self, slot: int | None = None) -> dict[str, str]:
        """Return a digest of each part that can only be changed by making the server anew.

        :param slot: number of the replica's fixed ports, if it has any
        """
        parts: dict[str, str | None] = {
            "image": self.image.id,
            "flavor": self.flavor.id,
            "networks": ",".join(network.identity(slot) for network in self.networks),
            "boot_volume": self.boot_volume.identity if self.boot_volume else None,
            "key_name": self.key_name or None,
            "user_data": self.user_data,
            "config_drive": None if self.config_drive is None else str(self.config_drive),
        }
        return {part: digest(value)[:_DIGEST_LENGTH] for part, value in parts.items() if value is not None}

    def shown(self) -> dict[str, Any]:
        """Return the template for a diff: user data as its digest only, because it may hold secrets."""
        parts = {
            "image": self.image.name,
            "flavor": self.flavor.name,
            "networks": [network.label for network in self.networks],
            "boot_volume": self.boot_volume.label if self.boot_volume else None,
            "key_name": self.key_name or None,
            "user_data": shown_digest(self.digests().get("user_data")),
            "config_drive": self.config_drive,
        }
        return {part: value for part, value in parts.items() if value is not None}


def size_of(flavor: Flavor) -> Size | None:
    """Return what a flavor gives a server, None when Nova does not tell.

    Before microversion 2.47 it tells the id of a server's flavor only, and the SDK calls what it was not told 0. No
    flavor has as few vCPUs.
    """
    if not flavor.vcpus:
        return None
    return Size(
        vcpus=flavor.vcpus,
        ram=flavor.ram or 0,
        disk=flavor.disk or 0,
        ephemeral=flavor.ephemeral or 0,
        swap=flavor.swap or 0,
    )


def digest(value: str) -> str:
    """Return the SHA-256 of a text as hexadecimal digits."""
    return hashlib.sha256(value.encode()).hexdigest()


def shown_digest(value: str | None) -> str | None:
    """Return a digest so that a reader knows what it is."""
    return None if value is None else f"sha256:{value}"


def written(digests: Mapping[str, str]) -> str:
    """Return digests as the value of C(TEMPLATE_KEY)."""
    return ",".join(f"{part}={value}" for part, value in sorted(digests.items()))


def read(value: str | None) -> dict[str, str]:
    """Return the digests that C(written) made a value of; nothing for a value that is not of that form."""
    pairs = (pair.partition("=") for pair in (value or "").split(","))
    return {part: digest for part, separator, digest in pairs if separator}


def encoded(user_data: str) -> str:
    """Return user data as Nova wants it."""
    return base64.b64encode(user_data.encode()).decode()


def problems(params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options of an instance template, as far as it shows without the cloud."""
    found = []
    if params["networks"] is not None and not params["networks"]:
        found.append("'networks' is empty: name at least one network")
    if params["security_groups"] is not None and not params["security_groups"]:
        found.append("'security_groups' is empty: Nova would use the group 'default'; leave the option out for that")
    if params["user_data"] and (size := len(encoded(params["user_data"]))) > USER_DATA_LIMIT:
        found.append(f"'user_data' takes {size} characters in base64, but Nova takes {USER_DATA_LIMIT} at most")
    return found + metadata_problems(params["metadata"] or {})


def metadata_problems(metadata: Mapping[str, Any], where: str = "'metadata'") -> list[str]:
    """Return what is wrong with metadata of servers. Keys that YAML takes for numbers become texts on the way."""
    found = []
    for key, value in ((str(name), value) for name, value in metadata.items()):
        if key.startswith(RESERVED):
            found.append(f"{where} has the key {key!r}, but keys with {RESERVED!r} are the collection's own")
        if kind := nested(value):
            found.append(f"{where} has the key {key!r} with {kind}, but Nova keeps one text for each key")
        elif len(key) > _METADATA_LIMIT or len(text(value)) > _METADATA_LIMIT:
            found.append(f"{where} has the key {key!r}, whose name or value exceeds {_METADATA_LIMIT} characters")
        elif not _METADATA_KEY.fullmatch(key):
            found.append(f"{where} has the key {key!r}, but Nova takes letters, digits, spaces and '-', '_', ':', '.'")
    return found


def names(references: Sequence[Reference]) -> list[str]:
    """Return the names of references."""
    return [reference.name for reference in references]
