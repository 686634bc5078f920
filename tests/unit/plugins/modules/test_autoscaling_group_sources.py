# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group whose replicas were made from something that is gone: Heat takes no update in which some stay as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.flavor import Flavor
from openstack.image.v2.image import Image

from ..conftest import in_catalogue
from .fake_heat import CHAT
from .heat_zones import sizes_after

if TYPE_CHECKING:
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_heat import Heat

THREE = {**CHAT, "desired_capacity": 3}
KEYED = {"key_name": "old"}
VOLUME = {"boot_volume": {"size": 20}}
IMAGE, FLAVOR, KEY = "i1", "f1", "old"
UPDATE = ["update autoscaling group 'chat'"]


class Strict:
    """Lets updates fail as Heat does: in the first batch, if a replica that is not in it names what is gone.

    :param gone: ids or names
    """

    def __init__(self, heat: Heat, gone: set[str]) -> None:
        self.heat, self.gone = heat, gone
        self.asked: list[dict[str, Any]] = []
        heat.conn.orchestration.put.side_effect = self.put

    def put(self, path: str, json: dict[str, Any], **more: Any) -> Response:
        if not path.endswith("/preview"):
            self.asked.append(json["parameters"])
            waiting = self._named(self.heat.files) if self._some_wait(json) else set()
            if self.gone & (waiting | self._named(json["files"])):
                self.heat.fates.insert(0, "FAILED")
        return self.heat.put(path, json, **more)

    def _some_wait(self, body: dict[str, Any]) -> bool:
        sizes = sizes_after(self.heat.sizes, body)
        return any(
            size > (int(body["parameters"].get(f"batch_{number}", 0)) or 1)
            for number, size in enumerate(sizes, start=1)
        )

    def _named(self, files: dict[str, str]) -> set[str]:
        """What the replicas are made from that a zone's template asks for."""
        kind = json.loads(files["zone.yaml"])["resources"]["group"]["properties"]["resource"]["type"]
        servers = [one for one in json.loads(files[kind])["resources"].values() if "Server" in one["type"]]
        made = [{**one["properties"], **one["properties"].get("block_device_mapping_v2", [{}])[0]} for one in servers]
        return {one[key] for one in made for key in ("image", "flavor", "key_name") if key in one}


@pytest.fixture(autouse=True)
def cloud(conn: Mock, heat: Heat) -> None:
    assert heat.stack is None
    conn.service_catalog = [*conn.service_catalog, *in_catalogue("block-storage")]
    conn.compute.find_keypair.side_effect = lambda _name, **_more: object()


def replace_image(nova: Nova) -> None:
    """Somebody deletes the image and makes another one of its name."""
    nova.image = Image(id="i2", name="model-server", status="active")


def replace_flavor(conn: Mock) -> None:
    conn.compute.flavors.return_value = [Flavor(id="f2", name="m1", ram=512, disk=10)]


@pytest.mark.parametrize(
    ("before", "after", "gone", "told"),
    [
        ({}, {}, IMAGE, "image 'i1' is gone"),
        (VOLUME, VOLUME, IMAGE, "image 'i1' is gone"),
        ({}, {}, FLAVOR, "flavor 'f1' is gone"),
        (KEYED, {"key_name": "new"}, KEY, "key pair 'old' is gone"),
        (KEYED, {}, KEY, "key pair 'old' is gone"),
    ],
)
def test_all_replicas_of_a_zone_are_replaced_at_once(
    conn: Mock,
    nova: Nova,
    heat: Heat,
    run_module: RunModule,
    before: dict[str, Any],
    after: dict[str, Any],
    gone: str,
    told: str,
) -> None:
    run_module("autoscaling_group", {**THREE, **before})
    heat.writes.clear()
    if gone == IMAGE:
        replace_image(nova)
    elif gone == FLAVOR:
        replace_flavor(conn)
        conn.compute.find_flavor.return_value = None
    else:
        conn.compute.find_keypair.side_effect = lambda name, **_more: None if name == gone else object()
    strict = Strict(heat, {gone})

    predicted = run_module("autoscaling_group", {**CHAT, **after}, check=True)
    done = run_module("autoscaling_group", {**CHAT, **after})

    assert not done.get("failed"), done["msg"]
    assert predicted["actions"] == done["actions"] == UPDATE
    assert predicted["diff"] == done["diff"]
    assert predicted["warnings"] == done["warnings"]
    assert told in done["warnings"][0]
    assert "needs quota and hosts for as many again" in done["warnings"][0]
    (given,) = strict.asked
    assert (given["pinned_1"], given["batch_1"]) == (3, 3)
    assert heat.writes == ["update", "patch {'pinned_1': 0, 'batch_1': 0}"]
    again = run_module("autoscaling_group", {**CHAT, **after})
    assert (again["changed"], again["warnings"], again["group"]["size"]) == (False, [], 3)


def test_an_image_that_is_not_active_is_as_good_as_gone(
    conn: Mock, nova: Nova, heat: Heat, run_module: RunModule
) -> None:
    run_module("autoscaling_group", THREE)
    replace_image(nova)
    conn.image.find_image.return_value = Image(id="i1", name="model-server", status="deactivated")
    Strict(heat, {IMAGE})

    done = run_module("autoscaling_group", CHAT)

    assert not done.get("failed"), done["msg"]
    assert "image 'i1' is deactivated" in done["warnings"][0]


def test_each_zone_is_one_batch(nova: Nova, heat: Heat, run_module: RunModule) -> None:
    zones = {"availability_zones": ["az1", "az2"], "max_size": 6}
    run_module("autoscaling_group", {**CHAT, **zones, "desired_capacity": 5})
    replace_image(nova)
    strict = Strict(heat, {IMAGE})

    done = run_module("autoscaling_group", {**CHAT, **zones})

    assert not done.get("failed"), done["msg"]
    (given,) = strict.asked
    assert [given[name] for name in ("pinned_1", "pinned_2", "batch_1", "batch_2")] == [3, 2, 3, 2]


def test_there_is_no_way_back_to_what_is_gone(nova: Nova, heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", THREE)
    heat.writes.clear()
    replace_image(nova)
    strict = Strict(heat, {IMAGE})
    heat.fates = ["FAILED"]

    failed = run_module("autoscaling_group", CHAT)

    assert failed["failed"] is True
    assert "olling" not in failed["msg"]
    assert "not rolled back" in failed["warnings"][0]
    assert (heat.writes, len(strict.asked)) == (["update"], 1)
    assert not run_module("autoscaling_group", CHAT).get("failed")
    assert run_module("autoscaling_group", CHAT)["changed"] is False


def test_what_is_still_there_takes_its_time(conn: Mock, nova: Nova, heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", THREE)
    replace_image(nova)
    conn.image.find_image.return_value = Image(id="i1", name="old", status="active")
    strict = Strict(heat, set())
    heat.fates = ["FAILED"]

    failed = run_module("autoscaling_group", CHAT)

    assert "The update was rolled back" in failed["msg"]
    assert failed["warnings"] == []
    assert "batch_1" not in strict.asked[0]


def test_what_stays_the_same_is_not_looked_up_again(conn: Mock, heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", {**THREE, **KEYED})
    conn.compute.find_keypair.reset_mock()
    strict = Strict(heat, set())

    run_module("autoscaling_group", {**CHAT, **KEYED, "user_data": "#cloud-config\nnew: true\n"})

    conn.image.find_image.assert_not_called()
    conn.compute.find_flavor.assert_not_called()
    assert conn.compute.find_keypair.call_count == 1
    assert "batch_1" not in strict.asked[0]


def test_an_empty_name_of_a_key_pair_is_none(run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)

    assert run_module("autoscaling_group", {**CHAT, "key_name": ""})["changed"] is False
