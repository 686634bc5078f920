# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Nova that remembers servers, behind the SDK's interface."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import pytest
from openstack.compute.v2.availability_zone import AvailabilityZone
from openstack.compute.v2.flavor import Flavor
from openstack.compute.v2.limits import Limits
from openstack.compute.v2.server import Server
from openstack.exceptions import raise_from_response
from openstack.image.v2.image import Image
from openstack.load_balancer.v2.pool import Pool
from openstack.network.v2.network import Network
from openstack.network.v2.security_group import SecurityGroup
from requests import Response

from ..conftest import in_catalogue
from .answers import answer, refuse
from .fake_heat import Heat
from .fake_neutron import Neutron, fitting
from .fake_octavia import Octavia
from .fleet_behind_pool import fleet, pool
from .fleet_with_ports import ports
from .shared_balancer import former

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from unittest.mock import Mock

GIB = 2**30
NO_NETWORK = {"message": "Build of instance aborted: Failed to allocate the network(s), not rescheduling."}

__all__ = ["fleet", "former", "pool", "ports"]


class Nova:
    """Servers behind the proxy's methods: a multi-create that numbers names, builds that take some looks."""

    def __init__(self, conn: Mock) -> None:
        self.servers: dict[str, Server] = {}
        self.requests: list[dict[str, Any]] = []
        self.made = 0
        self.looks_until_built = 1
        self.looks_until_gone = 0
        self.doomed: dict[str, int] = {}
        self.outcome: dict[str, Any] = {"status": "ACTIVE"}
        self.liberal = False  # whether its policy lets everybody do what is up to administrators by default
        self.image = Image(id="i1", name="model-server", status="active", size=2 * GIB, min_disk=0, min_ram=256)
        self.metadata: list[tuple[str, dict[str, str]]] = []
        self.on_metadata: Callable[[str], None] = lambda _server_id: None
        self.looks = 0
        self.detailed = 0
        self._conn = conn
        conn.compute.servers.side_effect = self.list
        conn.compute.get_server.side_effect = self.get
        conn.compute.create_server.side_effect = self.create
        conn.compute.delete_server.side_effect = self.delete
        conn.compute.post.side_effect = self.post

    def list(self, details: bool, status: str = "", name: str = "", limit: int = 0) -> Iterator[Server]:
        self.detailed += details
        # Where its database is MySQL, Nova takes "|" for a letter.
        assert "|" not in name
        self._look()
        # Without all_projects, administrators are told about the project, too.
        own = [server for server in self.servers.values() if server.project_id == self._conn.current_project_id]
        found = [server for server in own if status in ("", server.status)]
        return self._pages([server for server in found if re.search(name, server.name or "")], limit)

    def _pages(self, found: Sequence[Server], limit: int) -> Iterator[Server]:
        """The SDK goes on to the next page as long as somebody takes what it yields."""
        for index, server in enumerate(found):
            self.looks += bool(limit and index and index % limit == 0)
            yield server

    def get(self, server_id: str) -> Server:
        self._look()
        if server_id not in self.servers:
            raise_from_response(answer({}, 404))
        return self.servers[server_id]

    def _look(self) -> None:
        self.looks += 1
        self._bury()
        for server in self.servers.values():
            if server.status == "BUILD" and self.looks > server.progress:
                address = {"addr": f"10.0.0.{server.id[1:]}", "OS-EXT-IPS:type": "fixed"}
                built = {"host_id": server.host_id or f"h-{server.id}", "addresses": {"private": [address]}}
                server._update(**{**built, **self.outcome})

    def create(self, **request: Any) -> Server:
        self._refuse(request)
        self.requests.append(request)
        count = request["max_count"]
        forbidden = not self.liberal and self._has_external(request["networks"])
        for index in range(1, count + 1):
            self.made += 1
            self.add(
                name=request["name"] if count == 1 else f"{request['name']}-{index}",
                **({"status": "ERROR", "fault": NO_NETWORK} if forbidden else {"status": "BUILD"}),
                progress=self.looks + self.looks_until_built,
                metadata=request["metadata"],
                # A server that boots from a volume has no image.
                image={"id": request["image_id"]} if "image_id" in request else None,
                **{label: request[label] for label in ("tags", "description", "key_name") if label in request},
                availability_zone=request.get("availability_zone", "nova"),
            )
        return self.servers[f"s{self.made}"]

    def _has_external(self, networks: Sequence[dict[str, str]]) -> bool:
        """Look at networks and ports as C(nova.network.neutron.API._check_external_network_attach) does."""
        network = self._conn.network
        used = {one["uuid"] for one in networks if "uuid" in one}
        used |= {port.network_id for one in networks if "port" in one for port in network.ports(id=one["port"])}
        return any(one.id in used and one.is_router_external and not one.is_shared for one in network.networks())

    def _refuse(self, request: dict[str, Any]) -> None:
        """Compare image and flavor as C(nova.compute.api.API._validate_flavor_image_nostatus) does."""
        flavor = next(one for one in self._conn.compute.flavors() if one.id == request["flavor_id"])
        if "image_id" in request and not flavor.disk and not self.liberal:
            refuse("forbidden", "Only volume-backed servers are allowed for flavors with zero disk.", 403)
        if request.get("image_id") != self.image.id:
            return
        if flavor.disk and (self.image.size or 0) > flavor.disk * GIB:
            refuse("badRequest", "Flavor's disk is too small for requested image.", 400)
        if flavor.disk and self.image.min_disk > flavor.disk:
            refuse("badRequest", "The created instance's disk would be too small.", 400)

    def add(self, **values: Any) -> Server:
        server_id = values.pop("id", f"s{self.made}")
        defaults = {"flavor": {"original_name": "m1"}, "created_at": "2026-01-01T00:00:00Z", "security_groups": []}
        project = {"project_id": self._conn.current_project_id}
        self.servers[server_id] = Server(id=server_id, **{**defaults, **project, **values})
        return self.servers[server_id]

    def delete(self, server_id: str, ignore_missing: bool = False, force: bool = False) -> None:
        if force and server_id not in self.servers:
            raise_from_response(answer({}, 404))
        assert ignore_missing is not force
        self.doomed.setdefault(server_id, self.looks + self.looks_until_gone)
        if server_id in self.servers:
            self.servers[server_id]._update(task_state="deleting")
        self._bury()

    def post(self, path: str, json: dict[str, dict[str, str]]) -> Response:
        _empty, _servers, server_id, kind = path.split("/")
        assert kind == "metadata"
        server = self.servers[server_id]
        server._update(metadata={**server.metadata, **json["metadata"]})
        self.metadata.append((server_id, json["metadata"]))
        self.on_metadata(server_id)
        response: Response = create_autospec(Response, instance=True, status_code=200)
        return response

    def _bury(self) -> None:
        for server_id in [one for one, look in self.doomed.items() if self.looks >= look]:
            self.servers.pop(server_id, None)
            del self.doomed[server_id]


def furnish(conn: Mock) -> Nova:
    """Make a Nova with what servers are made from."""
    nova = Nova(conn)
    conn.image.images.side_effect = lambda name: [nova.image] * (name == "model-server")
    conn.image.find_image.return_value = None
    conn.compute.flavors.return_value = [Flavor(id="f1", name="m1", ram=512, disk=10)]
    conn.network.networks.side_effect = lambda **query: (
        [Network(id="n1", name="private", is_port_security_enabled=True, project_id=conn.current_project_id)]
        * (query.get("name") == "private")
    )
    conn.network.security_groups.return_value = [SecurityGroup(id="sg1", name="web")]
    conn.compute.server_groups.return_value = []
    zones = [AvailabilityZone(name=name, state={"available": True}) for name in ("az1", "az2")]
    conn.compute.availability_zones.return_value = zones
    conn.compute.find_keypair.return_value = None
    conn.compute.get_limits.return_value = Limits(absolute={"maxServerGroupMembers": 10})
    conn.compute.get_endpoint_data.return_value = SimpleNamespace(max_microversion=(2, 100))
    return nova


def give_twin(conn: Mock, since: Callable[[], object]) -> None:
    """Let there be two images of one name, as soon as something is so."""
    image, twin = (Image(id=image_id, name="model-server", status="active") for image_id in ("i1", "i2"))
    conn.image.images.side_effect = lambda **_query: [image, twin] if since() else [image]


def give_pool(conn: Mock) -> None:
    """Make the pool of an autoscaling group. Another project has one of this name."""
    pools = [Pool(id=project, name="chat", project_id=project) for project in (conn.current_project_id, "other")]
    conn.load_balancer.pools.side_effect = lambda **query: fitting(pools, query)


@pytest.fixture
def nova(conn: Mock) -> Nova:
    return furnish(conn)


@pytest.fixture
def octavia(conn: Mock) -> Octavia:
    return Octavia(conn)


@pytest.fixture
def neutron(conn: Mock) -> Neutron:
    return Neutron(conn)


@pytest.fixture
def heat(conn: Mock, nova: Nova) -> Heat:
    assert nova is not None
    conn.service_catalog = in_catalogue("compute", "orchestration", "alarming", "metric")
    give_pool(conn)
    return Heat(conn)
