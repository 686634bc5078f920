# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Nova is too old to change on a server: it would refuse that when the replica is drained."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.flavor import Flavor
from openstack.image.v2.image import Image

from ..conftest import in_catalogue
from .fleet_behind_pool import CHAT, weights
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

VOLUME = {"boot_volume": {"size": 20}}
USER_DATA = {"user_data": "#cloud-config 2"}
KEY = {"key_name": "mine"}
IMAGE = {"image": "newer"}


@pytest.fixture(autouse=True)
def things(conn: Mock) -> None:
    conn.service_catalog = in_catalogue("block-storage")


def change(
    conn: Mock, run_module: RunModule, version: tuple[int, int], kept: dict[str, Any], changed: dict[str, Any]
) -> dict[str, Any]:
    conn.compute.find_keypair.return_value = object()
    ids = {"model-server": "i1", "newer": "i2"}
    conn.image.images.side_effect = lambda name: [Image(id=ids[name], name=name, status="active")]
    run_module("server_fleet", {**CHAT, **kept})
    conn.compute.get_endpoint_data.return_value = SimpleNamespace(max_microversion=version)
    return run_module("server_fleet", {**CHAT, **kept, **changed, "update_policy": "in_place"})


@pytest.mark.parametrize(
    ("version", "kept", "changed", "done"),
    [
        ((2, 56), {}, USER_DATA, "change the user_data"),
        ((2, 53), {}, KEY, "change the key_name"),
        ((2, 92), VOLUME, IMAGE, "rebuild the boot volume"),
        ((2, 57), VOLUME, USER_DATA, "rebuild the boot volume"),
        ((2, 92), VOLUME, KEY, "rebuild the boot volume"),
    ],
)
def test_an_older_one_gets_new_servers(
    conn: Mock,
    pool: Octavia,
    nova: Nova,
    run_module: RunModule,
    version: tuple[int, int],
    kept: dict[str, Any],
    changed: dict[str, Any],
    done: str,
) -> None:
    answer = change(conn, run_module, version, kept, changed)

    assert not answer.get("failed"), answer["msg"]
    conn.compute.rebuild_server.assert_not_called()
    assert sorted(nova.servers) == ["s4", "s5", "s6"]
    assert set(weights(pool).values()) == {1}
    (warning,) = answer["warnings"]
    assert f"to {done} of a server needs microversion" in warning


@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize(
    ("version", "kept", "changed"),
    [
        ((2, 57), {}, USER_DATA),
        ((2, 54), {}, KEY),
        ((2, 93), VOLUME, IMAGE),
        ((2, 1), {}, IMAGE),
        ((2, 93), VOLUME, USER_DATA),
    ],
)
def test_what_it_can_change_is_changed(
    conn: Mock,
    nova: Nova,
    run_module: RunModule,
    version: tuple[int, int],
    kept: dict[str, Any],
    changed: dict[str, Any],
) -> None:
    def rebuild(server_id: str, image: str, **values: Any) -> None:
        told = {key: value for key, value in values.items() if key == "key_name"}
        if not kept:
            told["image"] = {"id": image}
        nova.servers[server_id]._update(**told)

    conn.compute.rebuild_server.side_effect = rebuild

    answer = change(conn, run_module, version, kept, changed)

    assert not answer.get("failed"), answer["msg"]
    assert conn.compute.rebuild_server.call_count == 3
    assert sorted(nova.servers) == ["s1", "s2", "s3"]
    assert answer["warnings"] == []


@pytest.mark.usefixtures("pool")
def test_a_server_on_a_volume_is_resized_by_any(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    flavors = [Flavor(id=f"f{number}", name=f"m{number}", ram=512 * number, disk=10) for number in (1, 2)]
    conn.compute.flavors.return_value = flavors

    def resize(server_id: str, _flavor: str) -> None:
        nova.servers[server_id]._update(flavor={"original_name": "m2"})

    conn.compute.resize_server.side_effect = resize

    answer = change(conn, run_module, (2, 1), VOLUME, {"flavor": "m2"})

    assert not answer.get("failed"), answer["msg"]
    assert conn.compute.resize_server.call_count == 3
    assert answer["warnings"] == []


@pytest.mark.usefixtures("pool")
def test_it_is_not_blamed_for_what_none_can_change(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    answer = change(conn, run_module, (2, 1), VOLUME, {"boot_volume": {"size": 30}})

    assert sorted(nova.servers) == ["s4", "s5", "s6"]
    assert answer["warnings"] == []


@pytest.mark.usefixtures("pool", "nova")
def test_it_is_asked_only_when_something_is_changed(conn: Mock, run_module: RunModule) -> None:
    change(conn, run_module, (2, 1), {}, {})

    conn.compute.get_endpoint_data.assert_not_called()


@pytest.mark.usefixtures("pool", "nova")
@pytest.mark.parametrize(("pin", "rebuilt"), [("2.79", 0), ("2.93", 3), ("2.100", 3), (None, 3)])
def test_what_is_pinned_is_what_is_sent(conn: Mock, run_module: RunModule, pin: str | None, rebuilt: int) -> None:
    conn.compute.default_microversion = pin

    answer = change(conn, run_module, (2, 96), VOLUME, USER_DATA)

    assert not answer.get("failed"), answer["msg"]
    assert conn.compute.rebuild_server.call_count == rebuilt


@pytest.mark.parametrize(
    ("pin", "highest", "sent"),
    [
        ("2.53", (2, 96), {"microversion": "2.69"}),
        ("2.53", (2, 69), {"microversion": "2.69"}),
        ("2.53", (2, 65), {}),
        ("2.69", (2, 96), {}),
        ("2.100", (2, 96), {}),
        (None, (2, 96), {}),
    ],
)
def test_servers_in_a_cell_that_does_not_answer_are_listed_whatever_is_pinned(
    conn: Mock, nova: Nova, run_module: RunModule, pin: str | None, highest: tuple[int, int], sent: dict[str, str]
) -> None:
    conn.compute.default_microversion = pin
    conn.compute.get_endpoint_data.return_value = SimpleNamespace(max_microversion=highest)
    conn.compute.servers.side_effect = lambda details, **query: nova.list(
        details, **{key: value for key, value in query.items() if key != "microversion"}
    )

    run_module("server_fleet", OPTIONS)

    detailed = [call.kwargs for call in conn.compute.servers.call_args_list if call.kwargs["details"]]
    assert detailed
    assert all(kwargs == {"details": True, **sent} for kwargs in detailed)
