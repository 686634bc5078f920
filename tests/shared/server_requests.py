# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for servers of a fleet. Unit tests see what is in them, and live ones what Nova says to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedNetwork
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    BootVolume,
    Reference,
    Template,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_request import creation_request

NETWORK = "6f70656e-7374-4163-8b20-6e6574776f72"
PORT = "706f7274-0000-4000-8000-000000000001"
TEMPLATE = Template(
    image=Reference(id="696d6167-6500-4000-8000-000000000001", name="model-server"),
    flavor=Reference(id="1", name="m1"),
    networks=(Reference(id=NETWORK, name="private"),),
)
VOLUME = BootVolume(size=20, volume_type=Reference(id="74797065-0000-4000-8000-000000000001", name="ssd"))
WITH_VOLUME = replace(
    TEMPLATE,
    networks=(FixedNetwork(id=NETWORK, name="private"), Reference(id=NETWORK, name="private")),
    boot_volume=VOLUME,
)


def request(template: Template, *, index: int | None = None, slots: tuple[int, ...] = ()) -> dict[str, Any]:
    action = CreateReplicas(
        service="chat",
        names=("chat-1-1", "chat-1-2"),
        zone="az1",
        template=template,
        metadata={**template.metadata, SERVICE_KEY: "chat"},
        slots=slots,
    )
    return creation_request(action, index, {(NETWORK, slot): PORT for slot in slots})
