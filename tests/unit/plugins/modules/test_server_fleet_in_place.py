# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers: servers that get another template and stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import raise_from_response

from ansible_collections.model_serving.openstack.plugins.module_utils import _readiness
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import encoded

from .answers import answer
from .fleet_behind_pool import CHAT, NEW, POOL, weights
from .resizing import Sizes

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .conftest import Nova
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

BIG = {**CHAT, "flavor": "m2", "update_policy": "in_place", "max_surge": 0, "max_unavailable": 2}


@pytest.mark.usefixtures("fleet")
def test_in_place_rebuilds_one_after_another(conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    def rebuild(server_id: str, **_values: Any) -> None:
        assert weights(pool)[nova.servers[server_id].name] == 0
        assert sum(weights(pool).values()) == 2

    conn.compute.rebuild_server.side_effect = rebuild

    answer = run_module("server_fleet", {**NEW, "update_policy": "in_place"})
    again = run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert conn.compute.rebuild_server.call_count == 3
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert [replica["drift"] for replica in answer["fleet"]["replicas"]] == [[], [], []]
    assert set(weights(pool).values()) == {1}
    assert again["changed"] is False


@pytest.mark.usefixtures("fleet")
def test_the_monitor_has_time_to_see_that_a_rebuilt_server_is_down(
    conn: Mock, pool: Octavia, clock: FakeClock, run_module: RunModule
) -> None:
    """What the monitor finds is known fifteen seconds later; the model is back after three minutes."""
    down: dict[str, float] = {}
    served: dict[str, float] = {}
    conn.compute.rebuild_server.side_effect = lambda server_id, **_values: down.update({server_id: clock.now})
    get = conn.load_balancer.get.side_effect

    def look(path: str, params: dict[str, Any] | None = None) -> Any:
        for row in pool.members(POOL):
            passed = clock.now - down.get(f"s{row['address'][-1]}", clock.now)
            passing = "ONLINE" if row["weight"] else "DRAINING"
            row.update(operating_status="ERROR" if 14 < passed < 180 else passing, updated_at="2020-01-01T00:00:00")
        return get(path, params)

    def note(_balancer: dict[str, Any]) -> None:
        for row in pool.members(POOL):
            server = f"s{row['address'][-1]}"
            if server in down and row["weight"]:
                served.setdefault(server, clock.now - down[server])

    conn.load_balancer.get.side_effect, pool.after = look, note

    run_module("server_fleet", {**NEW, "update_policy": "in_place"})

    assert len(served) == 3
    assert min(served.values()) >= 180


@pytest.mark.usefixtures("nova")
def test_what_a_user_drained_comes_back_drained(pool: Octavia, run_module: RunModule) -> None:
    pools = [{**CHAT["pools"][0], "weight": 2}]
    run_module("server_fleet", {**CHAT, "pools": pools})
    pool.members(POOL)[0]["weight"] = 0

    run_module("server_fleet", {**NEW, "pools": pools, "update_policy": "in_place"})

    assert weights(pool) == {"chat-1-1": 0, "chat-1-2": 2, "chat-1-3": 2}
    assert {tuple(row["tags"]) for row in pool.members(POOL)} == {("model_serving.service=chat",)}


@pytest.mark.usefixtures("fleet", "pool")
def test_security_groups_are_changed_in_the_same_run(nova: Nova, neutron: Neutron, run_module: RunModule) -> None:
    options = {**NEW, "metadata": {"stage": "test"}, "security_groups": ["web"], "update_policy": "in_place"}
    for server in nova.servers:
        neutron.create_port(device_id=server, security_groups=["sg0"])

    answer = run_module("server_fleet", options)

    assert [port.security_group_ids for port in neutron.ports.values()] == [["sg1"]] * 3
    assert [one["security_groups"] for one in answer["diff"]["after"]["replicas"].values()] == [["web"]] * 3
    assert len(nova.metadata) == 3


@pytest.mark.usefixtures("fleet")
def test_resizes(conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    sizes = Sizes(conn, nova)

    answer = run_module("server_fleet", BIG)
    again = run_module("server_fleet", BIG)

    assert sorted(sizes.resized) == ["s1", "s2", "s3"]
    assert [replica["drift"] for replica in answer["fleet"]["replicas"]] == [[], [], []]
    assert set(weights(pool).values()) == {1}
    assert again["changed"] is False


@pytest.mark.usefixtures("fleet")
def test_what_differs_in_more_than_its_flavor_is_rebuilt_as_well(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    sizes = Sizes(conn, nova)

    run_module("server_fleet", {**BIG, "user_data": NEW["user_data"]})

    rebuilt = [call.args[0] for call in conn.compute.rebuild_server.call_args_list]
    assert sorted(rebuilt) == sorted(sizes.resized) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("pool")
def test_what_cannot_be_noted_on_one_replica_is_noted_on_the_others(nova: Nova, run_module: RunModule) -> None:
    """The next run would rebuild them again otherwise."""
    in_place = {"update_policy": "in_place", "max_surge": 0, "max_unavailable": 3}
    run_module("server_fleet", {**CHAT, **in_place})

    def note(server_id: str) -> None:
        if server_id == "s1":
            raise_from_response(answer({}, 503))

    nova.on_metadata = note

    result = run_module("server_fleet", {**NEW, **in_place})

    assert "Could not set metadata of replica 'chat-1-1'" in result["msg"]
    assert sorted(server_id for server_id, _metadata in nova.metadata) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("fleet")
def test_a_resize_that_nova_takes_back_is_told_and_the_next_run_goes_on(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    sizes = Sizes(conn, nova)
    sizes.room = {"s1", "s3"}

    answer = run_module("server_fleet", BIG)

    assert answer["failed"] is True
    assert "chat-1-2 cannot be resized: Nova has put it back" in answer["msg"]
    assert nova.servers["s1"].status == "VERIFY_RESIZE"
    # It has been restarted, and nobody has seen it ready since.
    assert weights(pool) == {"chat-1-1": 0, "chat-1-2": 1, "chat-1-3": 1}

    sizes.room = {"s1", "s2", "s3"}
    answer = run_module("server_fleet", BIG)

    assert sorted(sizes.resized) == ["s1", "s2", "s2", "s3"]
    assert [replica["drift"] for replica in answer["fleet"]["replicas"]] == [[], [], []]
    assert {server.status for server in nova.servers.values()} == {"ACTIVE"}
    assert set(weights(pool).values()) == {1}


class Versions:
    """Models that are ready as long as the last rebuild of their server was with user data that work."""

    def __init__(self, conn: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bad = {encoded("#cloud-config 2")}
        self.broken: set[str] = set()
        conn.compute.rebuild_server.side_effect = self.rebuild
        monkeypatch.setattr(_readiness, "answer", self.answer)

    def rebuild(self, server_id: str, image: str, user_data: str) -> None:
        assert image == "i1"
        (self.broken.add if user_data in self.bad else self.broken.discard)(server_id)

    def answer(self, _url: str, address: str | None) -> str | None:
        return "answers with status 503" if f"s{str(address)[-1]}" in self.broken else None


IN_PLACE = {"update_policy": "in_place", "readiness_url": "http://{address}/ready", "timeout": 60}


@pytest.mark.usefixtures("fleet")
def test_what_is_not_ready_afterwards_stays_out_of_rotation(
    conn: Mock, pool: Octavia, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monitor sees less than the readiness URL."""
    Versions(conn, monkeypatch)

    answer = run_module("server_fleet", {**NEW, **IN_PLACE})

    assert "'chat-1-1' answers with status 503" in answer["msg"]
    assert "What was changed in place stays so, and out of rotation: 'chat-1-1'." in answer["msg"]
    assert weights(pool) == {"chat-1-1": 0, "chat-1-2": 1, "chat-1-3": 1}


@pytest.mark.usefixtures("nova")
def test_a_version_that_works_follows_one_of_which_no_replica_is_ready(
    conn: Mock, pool: Octavia, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {**IN_PLACE, "replicas": 1}
    Versions(conn, monkeypatch)
    run_module("server_fleet", {**CHAT, **one})

    run_module("server_fleet", {**NEW, **one})
    again = run_module("server_fleet", {**NEW, **one})
    resting = weights(pool)
    answer = run_module("server_fleet", {**CHAT, **one})

    assert again["failed"] is True
    assert resting == {"chat-1-1": 0}
    assert not answer.get("failed"), answer["msg"]
    assert conn.compute.rebuild_server.call_count == 2
    assert weights(pool) == {"chat-1-1": 1}


@pytest.mark.usefixtures("fleet")
def test_after_a_rebuild_that_fails_nothing_of_its_batch_gets_requests(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    """Whether the others of it were rebuilt already, and are ready, nobody knows."""

    def rebuild(server_id: str, **_values: Any) -> None:
        if server_id == "s2":
            nova.servers[server_id]._update(status="ERROR", fault={"message": "disk full"})

    conn.compute.rebuild_server.side_effect = rebuild
    two = {**NEW, "update_policy": "in_place", "max_surge": 0, "max_unavailable": 2}

    answer = run_module("server_fleet", two)
    resting = weights(pool)
    after = run_module("server_fleet", two)

    assert "disk full" in answer["msg"]
    assert resting == {"chat-1-1": 0, "chat-1-2": 0, "chat-1-3": 1}
    assert not after.get("failed"), after["msg"]
    assert sorted(weights(pool).values()) == [1, 1, 1]
