# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flavors that were deleted and made anew under their names: servers keep what the old one gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.flavor import Flavor

from ..conftest import in_catalogue
from .fleet_behind_pool import CHAT, weights
from .fleet_options import OPTIONS
from .resizing import Sizes, embedded

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

IN_PLACE = {**CHAT, "update_policy": "in_place", "max_surge": 0, "max_unavailable": 2}


def anew(sizes: Sizes, flavor_id: str, **values: Any) -> Flavor:
    del sizes.flavors["f1"]
    return sizes.make(flavor_id, "m1", **values)


@pytest.mark.parametrize(
    ("flavor_id", "values"),
    [
        ("f1", {"ram": 1024}),
        ("f1", {"vcpus": 2}),
        ("f1", {"disk": 20}),
        ("f1", {"ephemeral": 5}),
        ("f1", {"swap": 64}),
        ("f3", {"ram": 1024}),
        # What servers do not show may be another: devices of the host, for example.
        ("f3", {}),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_servers_are_resized_to_the_new_one(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule, flavor_id: str, values: dict[str, Any]
) -> None:
    sizes = Sizes(conn, nova)
    new = anew(sizes, flavor_id, **values)

    answer = run_module("server_fleet", IN_PLACE)
    again = run_module("server_fleet", IN_PLACE)

    assert not answer.get("failed"), answer["msg"]
    assert sorted(sizes.resized) == ["s1", "s2", "s3"]
    assert {server.flavor.ram for server in nova.servers.values()} == {new.ram}
    assert answer["diff"]["before"] != answer["diff"]["after"]
    assert set(weights(pool).values()) == {1}
    assert again["changed"] is False


@pytest.mark.parametrize("smaller", [{"disk": 5, "ephemeral": 5}, {"ephemeral": 4}])
@pytest.mark.usefixtures("fleet")
def test_for_a_smaller_disk_servers_are_replaced(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule, smaller: dict[str, Any]
) -> None:
    """Nova makes no disk smaller, and a rebuild that is declared with it would wait for that forever."""
    sizes = Sizes(conn, nova, ephemeral=5)
    anew(sizes, "f3", **smaller)

    answer = run_module("server_fleet", {**IN_PLACE, "user_data": "#cloud-config 2"})

    assert not answer.get("failed"), answer["msg"]
    assert sizes.resized == []
    assert sorted(nova.servers) == ["s4", "s5", "s6"]
    assert set(weights(pool).values()) == {1}


@pytest.mark.usefixtures("pool")
def test_the_disk_of_a_flavor_is_no_matter_of_a_boot_volume(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.service_catalog = in_catalogue("block-storage")
    options = {**IN_PLACE, "boot_volume": {"size": 20}}
    run_module("server_fleet", options)
    sizes = Sizes(conn, nova)
    anew(sizes, "f3", disk=0)

    answer = run_module("server_fleet", options)

    assert not answer.get("failed"), answer["msg"]
    assert sorted(sizes.resized) == ["s1", "s2", "s3"]


@pytest.mark.usefixtures("fleet")
def test_servers_are_replaced_for_it(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    anew(Sizes(conn, nova), "f1", ram=1024)

    answer = run_module("server_fleet", CHAT)

    assert not answer.get("failed"), answer["msg"]
    assert sorted(nova.servers) == ["s4", "s5", "s6"]


@pytest.mark.usefixtures("fleet", "pool")
def test_a_resize_to_one_that_looks_the_same_and_is_taken_back_is_told(
    conn: Mock, nova: Nova, run_module: RunModule
) -> None:
    sizes = Sizes(conn, nova)
    sizes.room = {"s1"}
    anew(sizes, "f3")

    answer = run_module("server_fleet", IN_PLACE)

    assert "chat-1-2 cannot be resized: Nova has put it back" in answer["msg"]


@pytest.mark.usefixtures("fleet")
def test_what_is_resized_when_the_quota_is_used_up_gets_no_requests_yet(
    conn: Mock, pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    sizes = Sizes(conn, nova)
    sizes.quota = 1
    anew(sizes, "f1", ram=1024)

    failed = run_module("server_fleet", IN_PLACE)
    resting = weights(pool)
    (resized,) = (server.name for server in nova.servers.values() if server.status == "VERIFY_RESIZE")
    sizes.quota = 3
    after = run_module("server_fleet", IN_PLACE)

    assert "Quota exceeded for cores" in failed["msg"]
    assert f"stays so, and out of rotation: '{resized}'. Others get requests as before." in failed["msg"]
    assert resting == {name: int(name != resized) for name in resting}
    assert not after.get("failed"), after["msg"]
    assert len(sizes.resized) == 3
    assert set(weights(pool).values()) == {1}


@pytest.mark.usefixtures("fleet", "pool")
def test_other_refusals_are_told(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    sizes = Sizes(conn, nova)
    anew(sizes, "f3")
    # A server that has another flavor by all that shows is not taken for one that has the new one.
    for key, server in nova.servers.items():
        sizes.held[key] = sizes.flavors["f3"]
        server._update(flavor={"original_name": "m0"})

    answer = run_module("server_fleet", IN_PLACE)

    assert "instances must change flavor" in answer["msg"]


@pytest.mark.parametrize(
    ("flavor", "shown"),
    [
        # Without swap, Nova's flavors have an empty text before microversion 2.75, and servers 0.
        ({"swap": "", "disk": 0}, {"swap": 0}),
        ({"OS-FLV-EXT-DATA:ephemeral": 3, "swap": 64}, {}),
    ],
)
@pytest.mark.parametrize("more", [{}, {"boot_volume": {"size": 20}}])
def test_what_is_the_same_is_no_drift(
    conn: Mock, nova: Nova, run_module: RunModule, flavor: dict[str, Any], shown: dict[str, Any], more: dict[str, Any]
) -> None:
    nova.liberal = True
    known = Flavor.existing(**{"id": "f1", "name": "m1", "vcpus": 2, "ram": 512, "disk": 10, **flavor})
    conn.compute.flavors.return_value = [known]
    conn.service_catalog = in_catalogue("block-storage")
    run_module("server_fleet", {**OPTIONS, **more})
    for server in nova.servers.values():
        server._update(flavor={**embedded(known), **shown})

    assert run_module("server_fleet", {**OPTIONS, **more})["changed"] is False


def test_before_microversion_2_47_only_its_id_is_known(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    conn.compute.flavors.return_value = [Flavor(id="f1", name="m1", vcpus=2, ram=512, disk=10)]
    run_module("server_fleet", OPTIONS)
    for server in nova.servers.values():
        server._update(flavor={"id": "f1"})

    assert run_module("server_fleet", OPTIONS)["changed"] is False
