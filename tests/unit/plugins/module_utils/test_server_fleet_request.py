# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for servers. tests/integration/live holds them against Nova's own schema."""

from __future__ import annotations

from dataclasses import replace

from server_requests import NETWORK, PORT, TEMPLATE, VOLUME, WITH_VOLUME, request

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Reference


def test_boot_volume_is_made_from_the_image() -> None:
    attributes = request(replace(TEMPLATE, boot_volume=replace(VOLUME, volume_type=None, delete_on_termination=False)))

    assert "image_id" not in attributes
    assert attributes["block_device_mapping"] == [
        {
            "boot_index": 0,
            "source_type": "image",
            "uuid": TEMPLATE.image.id,
            "destination_type": "volume",
            "volume_size": 20,
            "delete_on_termination": False,
        }
    ]


def test_fixed_ports_are_used_by_one_server_at_a_time() -> None:
    attributes = request(WITH_VOLUME, index=1, slots=(1, 3))

    assert (attributes["name"], attributes["max_count"]) == ("chat-1-2", 1)
    assert attributes["networks"] == [{"port": PORT}, {"uuid": NETWORK}]
    assert attributes["metadata"]["model_serving.slot"] == "3"


def test_ports_bring_their_security_groups() -> None:
    template = replace(WITH_VOLUME, security_groups=(Reference(id="sg1", name="web"),))
    fixed = replace(template, networks=template.networks[:1])

    assert request(template, index=0, slots=(1, 2))["security_groups"] == [{"name": "sg1"}]
    assert "security_groups" not in request(fixed, index=0, slots=(1, 2))
