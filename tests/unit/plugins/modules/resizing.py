# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Nova that resizes servers, and whose operator deletes flavors and makes them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openstack.compute.v2.flavor import Flavor
from openstack.exceptions import raise_from_response

from .answers import ago, answer

if TYPE_CHECKING:
    from unittest.mock import Mock

    from .conftest import Nova


class Sizes:
    """Hosts have room for some servers only. A server keeps the flavor that it got, whatever becomes of that."""

    def __init__(self, conn: Mock, nova: Nova) -> None:
        self.nova = nova
        self.room = {"s1", "s2", "s3"}
        self.quota = 99
        self.resized: list[str] = []
        self.flavors: dict[str, Flavor] = {}
        first = self.make("f1", "m1", ram=512)
        self.make("f2", "m2", ram=1024)
        self.held = dict.fromkeys(nova.servers, first)
        for server in nova.servers.values():
            server._update(flavor=embedded(first))
        conn.compute.flavors.side_effect = lambda: list(self.flavors.values())
        conn.compute.resize_server.side_effect = self.resize
        conn.compute.confirm_server_resize.side_effect = self.confirm

    def make(self, flavor_id: str, name: str, **values: Any) -> Flavor:
        self.flavors[flavor_id] = Flavor(id=flavor_id, name=name, **{"vcpus": 1, "ram": 512, "disk": 10, **values})
        return self.flavors[flavor_id]

    def resize(self, server_id: str, flavor: str) -> None:
        server = self.nova.servers[server_id]
        assert server.status == "ACTIVE"
        if self.held[server_id] is self.flavors[flavor]:
            message = "When resizing, instances must change flavor!"
            raise_from_response(answer({"badRequest": {"code": 400, "message": message}}, 400))
        if len(self.resized) >= self.quota:
            raise_from_response(answer({"forbidden": {"code": 403, "message": "Quota exceeded for cores"}}, 403))
        self.resized.append(server_id)
        if server_id in self.room:
            self.held[server_id] = self.flavors[flavor]
            server._update(status="VERIFY_RESIZE", launched_at=ago(), flavor=embedded(self.flavors[flavor]))

    def confirm(self, server_id: str) -> None:
        server = self.nova.servers[server_id]
        assert server.status == "VERIFY_RESIZE"
        server._update(status="ACTIVE")


def embedded(flavor: Flavor) -> dict[str, Any]:
    """Return a flavor as servers show it from microversion 2.47 on."""
    sizes = {key: getattr(flavor, key) for key in ("vcpus", "ram", "disk", "ephemeral", "swap")}
    return {"original_name": flavor.name, **sizes}
