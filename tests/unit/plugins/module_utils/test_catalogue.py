# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services of a catalogue a connection leads to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from openstack.config.cloud_region import CloudRegion

from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import (
    catalogue,
    services_of,
)


def endpoint(region: str, interface: str = "public") -> dict[str, Any]:
    return {"interface": interface, "region": region, "region_id": region, "url": "http://127.0.0.1"}


SERVICES = [
    {"type": "compute", "name": "nova", "endpoints": [endpoint("A"), endpoint("B")]},
    {"type": "orchestration", "name": "heat", "endpoints": [endpoint("A")]},
    {"type": "alarming", "name": "aodh", "endpoints": [endpoint("B", "internal")]},
    {"type": "metric", "name": "gnocchi", "endpoints": []},
]


@pytest.mark.parametrize(
    ("config", "types"),
    [
        ({"interface": "public"}, ["compute", "orchestration"]),
        ({"interface": "public", "region_name": "A"}, ["compute", "orchestration"]),
        ({"interface": "public", "region_name": "B"}, ["compute"]),
        ({"interface": "internal", "region_name": "B"}, ["alarming"]),
        ({"interface": "internalURL", "region_name": "B"}, ["alarming"]),
        ({"interface": ["internal", "public"], "region_name": "B"}, ["compute", "alarming"]),
        ({"region_name": "B"}, ["compute"]),
        # A region or an interface of one service only, and an endpoint that is not in the catalogue.
        ({"region_name": "B", "orchestration_region_name": "A"}, ["compute", "orchestration"]),
        ({"region_name": "B", "alarming_interface": "internal"}, ["compute", "alarming"]),
        ({"region_name": "B", "metric_endpoint_override": "http://127.0.0.1:8041"}, ["compute", "metric"]),
        # Services that are not in the catalogue at all. Nobody looks for the last one.
        (
            {"region_name": "B", "load_balancer_endpoint_override": "http://127.0.0.1:9876"},
            ["compute", "load-balancer"],
        ),
        ({"region_name": "B", "volume_endpoint_override": "http://127.0.0.1:8776"}, ["compute", "block-storage"]),
        ({"region_name": "B", "dns_endpoint_override": "http://127.0.0.1:9001"}, ["compute"]),
    ],
)
def test_services_of_other_regions_are_not_there(config: dict[str, Any], types: list[str]) -> None:
    conn = SimpleNamespace(service_catalog=SERVICES, config=CloudRegion(name="c", config=config))

    assert [service["type"] for service in catalogue(cast("Any", conn))] == types


def test_services_are_known_by_other_names_too() -> None:
    kinds = ["alarm", "volumev3", "load_balancer", "metric", "of-somebody"]
    listed = [{"type": kind, "name": kind, "endpoints": [endpoint("A")]} for kind in kinds]
    conn = SimpleNamespace(service_catalog=listed, config=CloudRegion(name="c", config={}))

    assert services_of(cast("Any", conn)) == {"alarming", "block-storage", "load-balancer", "metric", "of-somebody"}


def test_a_service_is_there_once_whatever_its_name_in_the_catalogue() -> None:
    listed = [{"type": "volumev3", "name": "cinder", "endpoints": [endpoint("A")]}]
    config = CloudRegion(name="c", config={"block_storage_endpoint_override": "http://127.0.0.1:8776"})

    assert catalogue(cast("Any", SimpleNamespace(service_catalog=listed, config=config))) == listed
