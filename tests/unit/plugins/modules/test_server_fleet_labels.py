# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boot volumes, tags, descriptions and locks of server_fleet."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import call

import pytest
from openstack.block_storage.v3.type import Type

from ..conftest import in_catalogue
from .fleet_with_ports import CHAT

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

REASON = "model_serving.service=chat"


@pytest.fixture(autouse=True)
def version(conn: Mock, nova: Nova) -> SimpleNamespace:
    assert nova.requests == []
    endpoint = SimpleNamespace(max_microversion=(2, 100))
    conn.compute.get_endpoint_data.return_value = endpoint
    return endpoint


@pytest.fixture
def locks(conn: Mock, nova: Nova) -> list[str]:
    """What was done to locks and to what needs them open, in order."""
    done: list[str] = []

    def change(server_id: str, what: str, **values: Any) -> None:
        done.append(f"{what} {server_id}")
        nova.servers[server_id]._update(**values)

    conn.compute.lock_server.side_effect = lambda server_id, locked_reason: change(
        server_id, "lock", locked=True, locked_reason=locked_reason
    )
    conn.compute.unlock_server.side_effect = lambda server_id: change(
        server_id, "unlock", locked=False, locked_reason=None
    )
    nova.on_metadata = lambda server_id: done.append(f"metadata {server_id}")
    return done


def test_boot_volume(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.block_storage.types.return_value = [Type(id="t1", name="ssd")]
    conn.service_catalog = in_catalogue("block-storage")
    small = {"size": 20, "volume_type": "ssd", "delete_on_termination": True}
    chat = {**CHAT, "boot_volume": small}

    run_module("server_fleet", chat)
    again = run_module("server_fleet", chat)
    larger = run_module("server_fleet", {**CHAT, "boot_volume": {**small, "size": 40}}, check=True)
    local = run_module("server_fleet", {**CHAT, "boot_volume": {"size": 0}}, check=True)
    open_ = run_module("server_fleet", CHAT, check=True)

    device = {"source_type": "image", "destination_type": "volume", "boot_index": 0, "uuid": "i1"}
    assert nova.requests[0]["block_device_mapping"] == [
        {**device, "volume_size": 20, "volume_type": "t1", "delete_on_termination": True}
    ]
    assert "image_id" not in nova.requests[0]
    assert again["changed"] is False
    assert "it differs in boot_volume" in larger["actions"][0]
    assert "it differs in boot_volume" in local["actions"][0]
    assert open_["changed"] is False


@pytest.mark.usefixtures("nova")
def test_no_boot_volume_is_what_replicas_without_one_have(run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)

    assert run_module("server_fleet", {**CHAT, "boot_volume": {"size": 0}})["changed"] is False


@pytest.mark.parametrize(
    ("catalogue", "volume", "message"),
    [
        ("compute", {"size": 20}, "has no such service (Cinder)"),
        ("volumev3", {"size": 20, "volume_type": "nvme"}, "no volume type 'nvme' (there are: ssd)"),
        ("block-storage", {"size": 0, "volume_type": "ssd"}, "goes with a volume"),
    ],
)
def test_boot_volumes_that_cannot_be(
    conn: Mock, nova: Nova, run_module: RunModule, catalogue: str, volume: dict[str, Any], message: str
) -> None:
    conn.block_storage.types.return_value = [Type(id="t1", name="ssd")]
    conn.service_catalog = in_catalogue(catalogue)

    answer = run_module("server_fleet", {**CHAT, "boot_volume": volume})

    assert message in answer["msg"]
    assert nova.requests == []


def test_tags_and_description(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    run_module("server_fleet", {**CHAT, "tags": ["b", "a"], "description": "x"})
    again = run_module("server_fleet", {**CHAT, "tags": ["a", "b"], "description": "x"})
    changed = run_module("server_fleet", {**CHAT, "replicas": 2, "tags": ["a", "c d"], "description": ""})

    assert (nova.requests[0]["tags"], nova.requests[0]["description"]) == (["a", "b"], "x")
    assert nova.requests[0]["metadata"]["model_serving.tags"] == "a,b"
    assert again["changed"] is False
    assert again["fleet"]["replicas"][0]["tags"] == ["a", "b"]
    assert "change the tags of replica 'chat-1-1': add 'c d', remove 'b'" in changed["actions"]
    for server_id in ("s1", "s2"):
        assert [one for one in conn.compute.mock_calls if one.args[:1] == (server_id,)] == [
            call.remove_tag_from_server(server_id, "b"),
            call.set_server_metadata(server_id, **{"model_serving.tags": "a,c d"}),
            call.add_tag_to_server(server_id, "c%20d"),
            call.update_server(server_id, description=""),
        ]


def test_lock(nova: Nova, locks: list[str], run_module: RunModule) -> None:
    made = run_module("server_fleet", {**CHAT, "lock": True})
    again = run_module("server_fleet", {**CHAT, "lock": True})
    assert made["fleet"]["replicas"][0]["locked_reason"] == REASON
    assert again["changed"] is False
    assert sorted(locks) == ["lock s1", "lock s2"]

    locks.clear()
    run_module("server_fleet", {**CHAT, "replicas": 1, "lock": True, "metadata": {"a": "b"}})
    assert sorted(locks) == ["lock s2", "metadata s2", "unlock s1", "unlock s2"]
    assert nova.servers["s2"].is_locked
    assert "s1" not in nova.servers

    refused = run_module("server_fleet", {"name": "chat", "state": "absent", "lock": True})
    assert "'lock' protects the replicas" in refused["msg"]
    gone = run_module("server_fleet", {"name": "chat", "state": "absent"})
    assert gone["actions"] == ["unlock and delete replica 'chat-1-2' (s2): the fleet shall be absent"]
    assert nova.servers == {}


def test_locks_of_others_are_not_opened(nova: Nova, locks: list[str], run_module: RunModule) -> None:
    run_module("server_fleet", CHAT)
    nova.servers["s1"]._update(locked=True, locked_reason="mine")

    unlocked = run_module("server_fleet", {**CHAT, "lock": False})
    refused = run_module("server_fleet", {"name": "chat", "state": "absent"})

    assert unlocked["changed"] is False
    assert "it is locked (mine)" in refused["msg"]
    assert locks == []
    assert len(nova.servers) == 2


def test_a_lock_is_opened_for_a_rebuild(conn: Mock, nova: Nova, locks: list[str], run_module: RunModule) -> None:
    one = {**CHAT, "replicas": 1, "lock": True, "update_policy": "in_place"}
    run_module("server_fleet", one)
    conn.compute.rebuild_server.side_effect = lambda server_id, **_options: locks.append(f"rebuild {server_id}")
    locks.clear()

    run_module("server_fleet", {**one, "user_data": "x"})
    nova.servers["s1"]._update(locked_reason="mine")
    refused = run_module("server_fleet", {**one, "user_data": "y"})

    assert locks == ["unlock s1", "rebuild s1", "metadata s1", "lock s1"]
    assert "has to be changed in place, but it is locked (mine)" in refused["msg"]


def test_an_old_nova_is_told_before_the_first_write(
    version: SimpleNamespace, conn: Mock, nova: Nova, run_module: RunModule
) -> None:
    version.max_microversion = (2, 60)
    conn.service_catalog = in_catalogue("block-storage")
    conn.block_storage.types.return_value = [Type(id="t1", name="ssd")]
    volume = {"size": 9, "volume_type": "ssd"}

    answer = run_module(
        "server_fleet", {**CHAT, "tags": ["a"], "description": "x", "lock": True, "boot_volume": volume}
    )

    assert answer["failure"]["problems"] == [
        "'boot_volume.volume_type' needs microversion 2.67 of Nova, this cloud's has 2.60 at most",
        "'lock' needs microversion 2.73 of Nova, this cloud's has 2.60 at most",
    ]
    assert nova.requests == []
