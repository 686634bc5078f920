# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Nova that resizes servers, and whose operator deletes flavors and makes them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openstack.compute.v2.flavor import Flavor

from .answers import ago, refuse

if TYPE_CHECKING:
    from unittest.mock import Mock

    from .conftest import Nova


class Sizes:
    """Hosts have room for some servers only. A server keeps the flavor that it got, whatever becomes of that.

    :param first: what the flavor of the servers gives them
    """

    def __init__(self, conn: Mock, nova: Nova, **first: Any) -> None:
        self.nova = nova
        self.room = {"s1", "s2", "s3"}
        self.quota = 99
        self.resized: list[str] = []
        self.flavors: dict[str, Flavor] = {}
        flavor = self.make("f1", "m1", **first)
        self.make("f2", "m2", ram=1024)
        self.held = dict.fromkeys(nova.servers, flavor)
        for server in nova.servers.values():
            server._update(flavor=embedded(flavor))
        conn.compute.flavors.side_effect = lambda: list(self.flavors.values())
        conn.compute.resize_server.side_effect = self.resize
        conn.compute.confirm_server_resize.side_effect = self.confirm

    def make(self, flavor_id: str, name: str, **values: Any) -> Flavor:
        self.flavors[flavor_id] = Flavor(id=flavor_id, name=name, **{"vcpus": 1, "ram": 512, "disk": 10, **values})
        return self.flavors[flavor_id]

    def resize(self, server_id: str, flavor: str) -> None:
        server = self.nova.servers[server_id]
        assert server.status == "ACTIVE"
        old, new = self.held[server_id], self.flavors[flavor]
        if server.image and old.disk and not new.disk:
            message = "Server disk was unable to be resized because: Resize to zero disk flavor is not allowed."
            refuse("badRequest", message, 400)
        if old is new:
            refuse("badRequest", "When resizing, instances must change flavor!", 400)
        if len(self.resized) >= self.quota:
            refuse("forbidden", "Quota exceeded for cores", 403)
        self.resized.append(server_id)
        # The driver: "Unable to resize disk down."
        down = (server.image and new.disk < old.disk) or (new.ephemeral or 0) < (old.ephemeral or 0)
        if server_id in self.room and not down:
            self.held[server_id] = new
            server._update(status="VERIFY_RESIZE", launched_at=ago(), flavor=embedded(new))

    def confirm(self, server_id: str) -> None:
        server = self.nova.servers[server_id]
        assert server.status == "VERIFY_RESIZE"
        server._update(status="ACTIVE")


def embedded(flavor: Flavor) -> dict[str, Any]:
    """Return a flavor as servers show it from microversion 2.47 on."""
    sizes = {key: getattr(flavor, key) for key in ("vcpus", "ram", "disk", "ephemeral", "swap")}
    return {"original_name": flavor.name, **sizes}
