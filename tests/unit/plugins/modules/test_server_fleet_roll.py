# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers: how replicas are replaced by those of a new template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server_group import ServerGroup

from .fake_octavia import Octavia
from .fleet_behind_pool import CHAT, NEW, POOL, fail_new_members, history, weights

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule
    from .conftest import Nova


@pytest.mark.usefixtures("fleet")
def test_a_roll_never_has_less_than_the_whole_fleet_in_rotation(pool: Octavia, run_module: RunModule) -> None:
    seen = history(pool)

    answer = run_module("server_fleet", NEW)

    assert sorted(weights(pool)) == ["chat-2-1", "chat-3-1", "chat-4-1"]
    assert min(sum(weights.values()) for weights in seen) == 3
    assert max(len(weights) for weights in seen) == 4
    assert len(answer["fleet"]["replicas"]) == 3
    assert all(replica["drift"] == [] for replica in answer["fleet"]["replicas"])


@pytest.mark.usefixtures("fleet")
def test_without_surge_the_old_one_goes_first(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    seen = history(pool)

    run_module("server_fleet", {**NEW, "max_unavailable": 1})

    assert min(sum(weights.values()) for weights in seen) == 2
    assert max(len(weights) for weights in seen) == 3
    assert len(nova.servers) == 3


def old_and_broken(pool: Octavia, nova: Nova) -> None:
    fail_new_members(pool)
    assert len(nova.servers) == 3


@pytest.mark.usefixtures("fleet")
def test_a_batch_that_is_not_ready_is_taken_back(conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    old_and_broken(pool, nova)
    refused = "model-server[7]: model 'm' is refused: it has the SHA-256 a, not b"
    conn.compute.get_server_console_output.return_value = {"output": f"[ 9.1] systemd[1]: x\n{refused}\n"}

    answer = run_module("server_fleet", {**NEW, "timeout": 60})

    assert answer["failed"] is True
    assert "Batch 1 of 3 failed, so the roll stopped" in answer["msg"]
    assert "10.0.0.4:8080 ERROR" in answer["msg"]
    assert answer["msg"].endswith(f"Last lines on the console of 'chat-2-1':\n  {refused}")
    assert answer["failure"]["logs"] == {"chat-2-1": [refused]}
    conn.compute.get_server_console_output.assert_called_once_with("s4", length=300)
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}
    assert sorted(nova.servers) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("fleet")
def test_halt_leaves_the_batch_for_a_look(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    old_and_broken(pool, nova)

    answer = run_module("server_fleet", {**NEW, "timeout": 60, "on_failure": "halt"})

    assert "on_failure: halt" in answer["msg"]
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1, "chat-2-1": 0}
    assert len(nova.servers) == 4


@pytest.mark.usefixtures("fleet")
def test_a_roll_that_was_killed_goes_on(conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    """Killed when the old replica was drained and not deleted yet."""
    delete = conn.compute.delete_server.side_effect
    conn.compute.delete_server.side_effect = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        run_module("server_fleet", NEW)
    conn.compute.delete_server.side_effect = delete
    assert len(nova.servers) == 4

    answer = run_module("server_fleet", NEW)

    assert answer["actions"][0].startswith("delete replica 'chat-1-1'")
    assert sorted(weights(pool).values()) == [1, 1, 1]
    assert len(nova.servers) == 3
    assert all(replica["drift"] == [] for replica in answer["fleet"]["replicas"])


@pytest.mark.usefixtures("fleet")
def test_what_follows_a_long_roll_has_time_of_its_own(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    tags = ["model_serving.service=chat"]
    pool.add("members", owner=POOL, name="chat-9-9", address="10.0.0.99", protocol_port=8080, weight=1, tags=tags)
    nova.looks_until_built, pool.looks_until_active = 10, 3

    answer = run_module("server_fleet", {**NEW, "timeout": 30})

    assert "failed" not in answer
    assert answer["actions"][-1].startswith("remove members 10.0.0.99:8080")
    assert len(weights(pool)) == 3


@pytest.mark.usefixtures("fleet")
def test_a_new_replica_that_is_built_too_slowly_is_taken_back(pool: Octavia, nova: Nova, run_module: RunModule) -> None:
    nova.looks_until_built = 1000

    answer = run_module("server_fleet", {**NEW, "timeout": 60})

    assert answer["failed"] is True
    assert "'chat-2-1' is BUILD" in answer["msg"]
    assert "Its new replicas were removed again" in answer["msg"]
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}


@pytest.mark.usefixtures("fleet")
def test_a_new_replica_that_a_killed_roll_left_is_used(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    """Killed when the new replica was made and not a member yet."""
    put = conn.load_balancer.put.side_effect
    conn.load_balancer.put.side_effect = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        run_module("server_fleet", NEW)
    conn.load_balancer.put.side_effect = put
    assert len(nova.servers) == 4
    seen = history(pool)

    answer = run_module("server_fleet", NEW)

    assert answer["actions"][0] == "bring replica 'chat-2-1' into rotation when ready"
    assert "s4" in nova.servers
    assert min(sum(weights.values()) for weights in seen) == 3
    assert len(nova.servers) == 3


@pytest.mark.parametrize(("number", "drained"), [(0, 3), (2, 2)])
def test_what_enters_and_is_replaced_in_one_run_is_drained(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule, number: int, drained: int
) -> None:
    """Replicas that an earlier run left outside, and a template that has changed since.

    Where others get requests, nobody waits for one that was left: its version may be what was wrong.

    :param number: how many replicas were members before that
    """
    if number:
        run_module("server_fleet", {**CHAT, "replicas": number})
    run_module("server_fleet", {**CHAT, "wait": False})
    delete = conn.compute.delete_server.side_effect
    weights_at_deletion: list[int | None] = []

    def delete_server(server_id: str, **options: bool) -> None:
        weights_at_deletion.append(weights(pool).get(nova.servers[server_id].name))
        delete(server_id, **options)

    conn.compute.delete_server.side_effect = delete_server

    answer = run_module("server_fleet", NEW)

    assert weights_at_deletion == [None, None, None]
    assert sum(action.startswith("drain replica") for action in answer["actions"]) == drained
    assert (answer["actions"][0] == "bring replicas 'chat-1-1', 'chat-1-2', 'chat-1-3' into rotation when ready") == (
        number == 0
    )
    assert weights(pool).keys() == {server.name for server in nova.servers.values()}


@pytest.mark.usefixtures("fleet")
def test_a_drain_has_its_time_however_late_it_begins(
    conn: Mock, pool: Octavia, clock: FakeClock, run_module: RunModule
) -> None:
    """The new replica is ready just before the end of the batch's time."""
    get, late = conn.load_balancer.get.side_effect, clock.now + 595
    weight_of_old: dict[float, int | None] = {}

    def look(path: str, params: dict[str, Any] | None = None) -> Any:
        for row in pool.members(POOL)[3:]:
            row["operating_status"] = "ERROR" if clock.now < late else "ONLINE"
        return get(path, params)

    def note(_balancer: dict[str, Any]) -> None:
        weight_of_old[clock.now] = weights(pool).get("chat-1-1")

    conn.load_balancer.get.side_effect, pool.after = look, note

    answer = run_module("server_fleet", {**NEW, "drain_timeout": 120})

    drained = [at for at, weight in weight_of_old.items() if weight == 0]
    gone = [at for at, weight in weight_of_old.items() if weight is None]
    assert not answer.get("failed"), answer["msg"]
    assert gone[0] - drained[0] >= 120


@pytest.mark.usefixtures("pool")
def test_new_replicas_of_a_roll_have_a_server_group_of_their_own(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    groups: dict[str, ServerGroup] = {}

    def create_group(**values: Any) -> ServerGroup:
        group = ServerGroup(id=f"id-{values['name']}", member_ids=[], **values)
        groups[group.id] = group
        return group

    create = nova.create

    def create_server(**request: Any) -> Any:
        known = set(nova.servers)
        made = create(**request)
        group = groups[request["scheduler_hints"]["group"]]
        group._update(member_ids=[*group.member_ids, *sorted(set(nova.servers) - known)])
        return made

    def delete_server(server_id: str, **options: bool) -> None:
        nova.delete(server_id, **options)
        for group in groups.values():
            group._update(member_ids=[one for one in group.member_ids if one != server_id])

    create_group(name="chat", policy="anti-affinity")
    conn.compute.server_groups.side_effect = lambda: list(groups.values())
    conn.compute.create_server_group.side_effect = create_group
    conn.compute.create_server.side_effect = create_server
    conn.compute.delete_server.side_effect = delete_server
    conn.compute.delete_server_group.side_effect = lambda group_id, **_options: groups.pop(group_id)
    grouped = {"server_group": "chat"}

    run_module("server_fleet", {**CHAT, **grouped})
    run_module("server_fleet", {**NEW, **grouped})
    first_roll = {name: len(group.member_ids) for name, group in groups.items()}
    run_module("server_fleet", {**CHAT, **grouped})
    second_roll = {name: len(group.member_ids) for name, group in groups.items()}

    assert first_roll == {"id-chat": 0, "id-chat_2": 3}
    assert second_roll == {"id-chat": 3}
