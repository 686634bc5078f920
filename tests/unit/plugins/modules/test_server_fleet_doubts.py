# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets that get what Nova leaves to administrators by default: flavors without a disk, external networks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.flavor import Flavor

from .fleet_behind_pool import CHAT, weights
from .fleet_options import OPTIONS
from .resizing import Sizes, embedded

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

DISKLESS, EXTERNAL = {"flavor": "m3"}, {"networks": ["public"]}
CASES = [(DISKLESS, "flavor 'm3' has no disk"), (EXTERNAL, "network 'public' is external")]
RECREATE = {"update_policy": "recreate"}
BOTH = pytest.mark.parametrize(("new", "told"), CASES)


def with_diskless(conn: Mock, nova: Nova) -> Flavor:
    return Sizes(conn, nova).make("f3", "m3", disk=0)


@BOTH
@pytest.mark.parametrize("update", [RECREATE, {"max_unavailable": 2}, {"update_policy": "in_place"}])
@pytest.mark.usefixtures("fleet", "neutron")
def test_nothing_goes_before_it_is_known(
    conn: Mock,
    nova: Nova,
    pool: Octavia,
    run_module: RunModule,
    new: dict[str, Any],
    told: str,
    update: dict[str, Any],
) -> None:
    with_diskless(conn, nova)

    refused = run_module("server_fleet", {**CHAT, **new, **update})

    assert told in refused["msg"]
    assert "raise 'replicas' by one" in refused["msg"]
    assert weights(pool) == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}
    assert sorted(nova.servers) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("fleet", "pool", "neutron")
def test_without_waiting_only_the_way_out_is_told_that_there_is(nova: Nova, run_module: RunModule) -> None:
    nova.liberal = True
    hasty = {**CHAT, **EXTERNAL, "wait": False}

    refused = run_module("server_fleet", {**hasty, **RECREATE, "replicas": 4})
    answer = run_module("server_fleet", {**hasty, "update_policy": "rolling"})

    assert "have one made before others go: use 'update_policy: rolling' without" in refused["msg"]
    assert not answer.get("failed"), answer["msg"]


@pytest.mark.parametrize("way_out", [{**RECREATE, "replicas": 4}, {}])
@BOTH
@pytest.mark.usefixtures("fleet", "neutron")
def test_the_ways_out_lose_nothing_where_it_is_forbidden(
    conn: Mock,
    nova: Nova,
    pool: Octavia,
    run_module: RunModule,
    new: dict[str, Any],
    told: str,
    way_out: dict[str, Any],
) -> None:
    with_diskless(conn, nova)
    options = {**CHAT, **new, **way_out}

    failed = run_module("server_fleet", options)
    left = weights(pool)
    nova.liberal = True
    answer = run_module("server_fleet", options)

    assert failed["failed"]
    assert any(told in warning for warning in failed["warnings"])
    assert left == {"chat-1-1": 1, "chat-1-2": 1, "chat-1-3": 1}
    assert not answer.get("failed"), answer["msg"]
    assert {"s1", "s2", "s3"}.isdisjoint(nova.servers)


@BOTH
@pytest.mark.usefixtures("nova", "neutron")
def test_a_replica_that_runs_shows_that_it_is_allowed(
    conn: Mock, nova: Nova, run_module: RunModule, new: dict[str, Any], told: str
) -> None:
    nova.liberal = True
    nova.outcome = {"status": "ACTIVE", "addresses": {"public": [{"addr": "10.0.0.9", "OS-EXT-IPS:type": "fixed"}]}}
    flavor = with_diskless(conn, nova)
    first = run_module("server_fleet", {**OPTIONS, **new})
    for server in nova.servers.values():
        server._update(flavor=embedded(flavor))

    answer = run_module("server_fleet", {**OPTIONS, **new, **RECREATE, "user_data": "#cloud-config 2"})

    assert any(told in warning for warning in first["warnings"])
    assert not answer.get("failed"), answer["msg"]
    assert sorted(nova.servers) == ["s4", "s5", "s6"]
    assert answer["warnings"] == []


@pytest.mark.usefixtures("fleet", "pool", "neutron")
def test_administrators_may(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    nova.liberal = True
    access = SimpleNamespace(role_names=["member", "admin"])
    conn.session = SimpleNamespace(auth=SimpleNamespace(get_access=lambda _session: access))

    answer = run_module("server_fleet", {**CHAT, **EXTERNAL, **RECREATE})

    assert not answer.get("failed"), answer["msg"]
    assert answer["warnings"] == []


@pytest.mark.usefixtures("fleet", "pool", "neutron")
def test_where_nothing_runs_nothing_is_lost(nova: Nova, run_module: RunModule) -> None:
    for server in nova.servers.values():
        server._update(status="ERROR")
    nova.liberal = True

    answer = run_module("server_fleet", {**CHAT, **EXTERNAL, **RECREATE, "max_unhealthy_percentage": 100})

    assert not answer.get("failed"), answer["msg"]


@pytest.mark.usefixtures("ports")
def test_fixed_ports_are_no_way_around(run_module: RunModule) -> None:
    answer = run_module("server_fleet", {**OPTIONS, "networks": [{"network": "public", "fixed_ports": True}]})

    assert "Failed to allocate the network(s)" in answer["msg"]
    assert "network 'public' is external" in answer["warnings"][0]
