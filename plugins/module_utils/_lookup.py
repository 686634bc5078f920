# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what users call things (name or id) to the things. All problems are collected, none is raised.

Names come first: users write them, and one call answers. Only when nothing has the name is it tried as an id.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    GIVE_ID,
    CloudError,
    InvalidInputError,
    attempt,
    one_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import exactly, is_id, named
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Reference
from ansible_collections.model_serving.openstack.plugins.module_utils._project import (
    is_shared_network,
    own_or_shared,
    project_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openstack.compute.v2.flavor import Flavor
    from openstack.connection import Connection
    from openstack.image.v2._proxy import Proxy as ImageProxy
    from openstack.image.v2.image import Image
    from openstack.network.v2.network import Network

PORT_SECURITY = "port-security"
"""Extension of Neutron."""
GIB = 2**30
SHOWN_NAMES = 10
"""Existing names that a message lists at most when the wanted one is missing."""


class Named(Protocol):
    """What every OpenStack resource has."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


@dataclass
class Lookup:
    """Looks things up and remembers what was wrong.

    :param check_mode: things that an earlier task of the play would have made may be missing; then C(assumed) has them
    :param branched: ids of the networks found that have several subnets
    :param unsecured: references to networks found whose port security is disabled
    :param external: ids of the networks found that are external and not shared
    """

    conn: Connection
    check_mode: bool = False
    problems: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    branched: set[str] = field(default_factory=set)
    unsecured: set[str] = field(default_factory=set)
    external: set[str] = field(default_factory=set)

    def image(self, reference: str) -> Image | None:
        """Return an image that can be booted. One of the project's own goes before others of the same name."""
        with attempt("look up", "image", reference):
            glance = cast("ImageProxy", self.conn.image)  # the SDK's type allows for version 1 of the API
            found = self._usable(exactly(glance.images(name=reference), name=reference))
            if not found and is_id(reference) and (by_id := glance.find_image(reference, ignore_missing=True)):
                found = [by_id]
        image = self.only("image", reference, found)
        if image is not None and image.status != "active":
            self.problems.append(f"image {reference!r} ({image.id}) is not active, but {image.status}")
        return image

    def _usable(self, images: Sequence[Image]) -> Sequence[Image]:
        """Return those of the project, else those of others that it may use.

        Administrators are told about all images of all projects, also about those that are shared with nobody: that is
        what new ones are by default.
        """
        own = project_id(self.conn)
        return [one for one in images if one.owner == own] or [one for one in images if self._is_for_us(one)]

    def _is_for_us(self, image: Image) -> bool:
        """Return whether the project may use an image of another one. One call for one that is shared with some."""
        if image.visibility != "shared":
            return bool(image.visibility != "private")
        glance = cast("ImageProxy", self.conn.image)
        try:
            with attempt("list the members of", "image", image.name, image.id):
                members = list(glance.members(image.id))
        except CloudError as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            # Who is no administrator is told about those only that are shared with the project.
            return True
        own = project_id(self.conn)
        return any(member.member_id == own and member.status == "accepted" for member in members)

    def flavor(self, reference: str) -> Flavor | None:
        """Return a flavor."""
        with attempt("list", "flavors"):
            flavors = list(self.conn.compute.flavors())
        matching = [flavor for flavor in flavors if reference in (flavor.name, flavor.id)]
        return self.only("flavor", reference, matching, existing=flavors)

    def network(self, reference: str) -> Network | None:
        """Return a network. One of the project's own goes before others of the same name."""
        with attempt("look up", "network", reference):
            found = named(self.conn.network.networks, reference)
        usable = own_or_shared(self.conn, reference, found, is_shared_network)
        network = self.only("network", reference, usable)
        if network is not None and len(network.subnet_ids or ()) > 1:
            self.branched.add(network.id)
        if network is not None and not network.is_port_security_enabled and has_port_security(self.conn):
            self.unsecured.add(reference)
        if network is not None and network.is_router_external and not network.is_shared:
            self.external.add(network.id)
        return network

    def security_groups(self, references: Sequence[str]) -> tuple[Reference, ...]:
        """Return security groups of the project. One call for all."""
        with attempt("list", "security groups"):
            groups = list(self.conn.network.security_groups(project_id=project_id(self.conn)))
        found = []
        for reference in references:
            matching = [group for group in groups if reference in (group.name, group.id)]
            group = self.only("security group", reference, matching, made_earlier=True)
            found.append(Reference(id=group.id if group else "", name=group.name if group else reference))
        return tuple(found)

    def key_pair(self, name: str) -> None:
        """Check that the user has a key pair."""
        with attempt("look up", "key pair", name):
            if self.conn.compute.find_keypair(name, ignore_missing=True) is None:
                self.problems.append(f"there is no key pair {name!r}")

    def zones(self) -> dict[str, bool]:
        """Return whether each availability zone is available."""
        with attempt("list", "availability zones"):
            return {
                zone.name: bool((zone.state or {}).get("available")) for zone in self.conn.compute.availability_zones()
            }

    def only(
        self,
        kind: str,
        reference: str,
        found: Sequence[N],
        *,
        existing: Iterable[N] = (),
        none: str | None = None,
        way_out: str = GIVE_ID,
        made_earlier: bool = False,
    ) -> N | None:
        """Return what a name or id means, None when it means nothing. What is wrong about it is noted.

        :param existing: what the user may have meant when nothing was found
        :param none: what to say then, when it is more than that there is none
        :param way_out: what to say when it means several things
        :param made_earlier: whether an earlier task of the play could have made it
        """
        try:
            only = one_of(kind, reference, found, way_out=way_out)
        except InvalidInputError as error:
            self.problems.extend(error.problems)
            return found[0]
        if only is None and made_earlier and self.check_mode:
            self.assumed.append(f"{kind} {reference!r}")
        elif only is None:
            names = sorted(other.name for other in existing)
            more = ", ..." if len(names) > SHOWN_NAMES else ""
            there_are = f" (there are: {', '.join(names[:SHOWN_NAMES])}{more})" if names else ""
            self.problems.append(none or f"there is no {kind} {reference!r}{there_are}")
        return only


def has_port_security(conn: Connection) -> bool:
    """Return whether the cloud has port security. Where it has none, the SDK calls that of networks disabled."""
    with attempt("look up", "extension", PORT_SECURITY):
        return conn.network.find_extension(PORT_SECURITY, ignore_missing=True) is not None


def fits(image: Image, flavor: Flavor, volume: int) -> list[str]:
    """Return why an image cannot boot on a flavor. Nova and Cinder would say so only after the request.

    Their rules are C(nova.compute.api.API._validate_flavor_image_nostatus) and
    C(cinder.volume.flows.api.create_volume). A flavor whose disk is 0 takes the size of the image.

    :param volume: size of the volume that it boots from, in GiB; 0 is the disk of the flavor
    """
    found = []
    if (image.min_ram or 0) > (flavor.ram or 0):
        found.append(f"image {image.name!r} needs {image.min_ram} MiB of RAM, flavor {flavor.name!r} has {flavor.ram}")
    disk, whose = (volume, "the boot volume") if volume else (flavor.disk, f"flavor {flavor.name!r}")
    needed = max(image.min_disk or 0, math.ceil((image.size or 0) / GIB))
    if disk and needed > disk:
        found.append(f"image {image.name!r} needs {needed} GiB of disk, {whose} has {disk}")
    return found
