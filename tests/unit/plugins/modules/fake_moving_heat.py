# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Heat whose replicas are members of Octavia's pools: as long as there is no room for one, it asks again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openstack.compute.v2.server import Server
from openstack.load_balancer.v2.pool import Pool

from .answers import answer
from .fake_heat import KEY, Heat
from .octavia_rows import Row

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from .fake_octavia import Octavia

PORT = 8080


class MovingHeat(Heat):
    """One member for each replica, each in the pool that the replica's template names."""

    def __init__(self, conn: Mock, octavia: Octavia) -> None:
        super().__init__(conn)
        self.octavia = octavia
        self.members: dict[int, str] = {}
        self.first = 0
        """Number of the first server: those that replace all others have other numbers."""
        self.going: list[int] = []
        """Servers that are there until the members of those that replace them are made."""
        self.places: int | None = None
        """How many addresses there are. New servers get those of old ones, which have gone then."""
        self.fewest = 0
        """Members that the pool had at least since its load balancer was made again."""
        self.make_balancer()
        conn.load_balancer.pools.side_effect = lambda **query: [
            Pool(id=row["id"], name=row["name"])
            for row in octavia.rows["pools"].values()
            if all(row[key] == query[key] for key in query)
        ]

    def make_balancer(self, *members: Row) -> None:
        pool = {"name": "chat", "protocol": "HTTP", "members": list(members)}
        self.balancer = self.octavia.create_tree({"name": "chat", "pools": [pool]})["id"]
        self.octavia.get(f"/lbaas/loadbalancers/{self.balancer}")
        self.octavia.get(f"/lbaas/loadbalancers/{self.balancer}")

    def make_balancer_again(self) -> None:
        """Do what the module load_balancer does when it was lost: members are copied, all with other ids."""
        copies = [{"address": self.address(number), "protocol_port": PORT} for number in self.numbers(self.size)]
        self.octavia.remove(self.balancer)
        self.make_balancer(*copies)
        self.octavia.requests.clear()
        self.writes.clear()
        self.fewest = self.size

    def address(self, number: int) -> str:
        return f"10.0.0.{10 + (number % self.places if self.places else number)}"

    def numbers(self, size: int) -> range:
        return range(self.first, self.first + size)

    @property
    def pool(self) -> str:
        (row,) = [row for row in self.octavia.rows["pools"].values() if row["name"] == "chat"]
        return str(row["id"])

    def servers(self, **_query: Any) -> list[Server]:
        return [
            Server(
                id=f"s{number}",
                name=f"chat-{number}",
                status="ACTIVE",
                metadata={KEY: "chat"},
                addresses={"private": [{"addr": self.address(number), "OS-EXT-IPS:type": "fixed"}]},
            )
            for number in (*self.going, *self.numbers(self.size))
        ]

    def put(self, path: str, json: dict[str, Any], **more: Any) -> Response:
        at_once = json["parameters"].get("moving") or self._replaces_all(json)
        if not path.endswith("/preview") and not at_once and self._named() - {self.pool}:
            return answer({"error": {"message": "a replica's template names a pool that is gone"}}, 400)
        return super().put(path, json, **more)

    def _replaces_all(self, body: dict[str, Any]) -> bool:
        return int(body["parameters"].get("batch_1", 0)) >= self.size > 0

    def _named(self) -> set[str]:
        """The pools in the templates of replicas."""
        types = {one["resource_type"] for one in self.resources}
        contents = [json.loads(text) for name, text in self.files.items() if name in types]
        members = [one for content in contents for one in content["resources"].values() if "Pool" in one["type"]]
        return {member["properties"]["pool"] for member in members}

    def _take(self, body: dict[str, Any]) -> None:
        if self._replaces_all(body):
            # What Heat has made for the servers goes with them.
            for number in self.numbers(self.size):
                self.octavia.rows["members"].pop(self.members.pop(number, ""), None)
            self.going = [] if self.places else [*self.numbers(self.size)]
            self.first += self.size
        super()._take(body)
        zone = json.loads(self.files["zone.yaml"])
        replica = zone["resources"]["group"]["properties"]["resource"]["type"]
        self.resources = [one for one in self.resources if not one["resource_type"].startswith("replica-")]
        for number in self.numbers(self.size or body["parameters"]["desired_1"]):
            self.resource(f"r{number}", replica, parent="group")
            self.resource("server_x", "OS::Nova::Server", parent=f"r{number}")
            self.resources[-1]["physical_resource_id"] = f"s{number}"
            for name in json.loads(self.files[replica])["resources"]:
                if name.startswith("member_"):
                    self.resource(name, "OS::Octavia::PoolMember", "CREATE_IN_PROGRESS", f"r{number}")
                    self.resources[-1]["physical_resource_id"] = self.members.get(number, "")

    def _move_on(self) -> dict[str, Any] | None:
        assert self.stack is not None
        at_work = self.stack["stack_status"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        if at_work and not self._all_made():
            return self.stack
        self.going = []
        return super()._move_on()

    def _all_made(self) -> bool:
        """Ask Octavia for each member that is missing."""
        self.octavia.get(f"/lbaas/loadbalancers/{self.balancer}")
        there = {row["id"]: row for row in self.octavia.members(self.pool)}
        self.fewest = min(self.fewest, len(there))
        made = []
        for one in [one for one in self.resources if one["resource_type"] == "OS::Octavia::PoolMember"]:
            number = int(one["parent_resource"][1:])
            if self.members.get(number) not in there:
                one["physical_resource_id"] = ""
                body = {"member": {"address": self.address(number), "protocol_port": PORT}}
                done = self.octavia.write("POST", f"/lbaas/pools/{self.pool}/members", body)
                if done.status_code != 201:
                    made.append(False)
                    continue
                self.members[number] = done.json()["member"]["id"]
            one["physical_resource_id"] = self.members[number]
            one["resource_status"] = "CREATE_COMPLETE"
        return all(made)
