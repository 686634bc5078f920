# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key pair of a fleet is taken off by an empty text. Left out, it is not managed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova

KEYED = {**OPTIONS, "key_name": "ops"}
BARE = {**OPTIONS, "key_name": ""}


@pytest.fixture(autouse=True)
def keyed(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    assert nova.made == 0
    conn.compute.find_keypair.return_value = object()
    run_module("server_fleet", KEYED)


def test_without_the_option_replicas_keep_it(run_module: RunModule) -> None:
    assert run_module("server_fleet", OPTIONS)["changed"] is False


def test_new_replicas_have_none(nova: Nova, run_module: RunModule) -> None:
    predicted = run_module("server_fleet", BARE, check=True)
    done = run_module("server_fleet", BARE)

    assert predicted["diff"] == done["diff"]
    assert [server.key_name for server in nova.servers.values()] == [None] * 3
    # Nova takes no empty name.
    assert all("key_name" not in request for request in nova.requests[1:])
    assert run_module("server_fleet", BARE)["changed"] is False
    assert run_module("server_fleet", OPTIONS)["changed"] is False


def test_a_rebuild_takes_it_off(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    def rebuild(server_id: str, image: str, **values: Any) -> None:
        assert image == "i1"
        # Nova takes null for none.
        assert values == {"key_name": None}
        nova.servers[server_id]._update(**values)

    conn.compute.rebuild_server.side_effect = rebuild

    run_module("server_fleet", {**BARE, "update_policy": "in_place"})

    assert conn.compute.rebuild_server.call_count == 3
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert run_module("server_fleet", BARE)["changed"] is False
