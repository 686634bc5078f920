# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Availability zones that are unavailable, because their hosts are disabled, or not listed, because they have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.availability_zone import AvailabilityZone

from .fake_heat import CHAT as GROUP
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_heat import Heat

FLEET: dict[str, Any] = {
    **OPTIONS,
    "replicas": 2,
    "availability_zones": ["az1", "az2"],
}
ZONED = {**GROUP, "availability_zones": ["az1", "az2"]}


def zones(conn: Mock, **available: bool) -> None:
    """Say which zones Nova lists, and which of them are available."""
    listed = [AvailabilityZone(name=name, state={"available": state}) for name, state in available.items()]
    conn.compute.availability_zones.return_value = listed


def zones_of(nova: Nova) -> list[str]:
    return sorted(server.availability_zone for server in nova.servers.values())


CLOSED = [{"az1": True, "az2": False}, {"az1": True}]


@pytest.mark.parametrize("listed", CLOSED)
def test_a_fleet_goes_on_without_a_zone(conn: Mock, nova: Nova, run_module: RunModule, listed: dict[str, bool]) -> None:
    run_module("server_fleet", FLEET)
    zones(conn, **listed)
    unchanged = run_module("server_fleet", FLEET)
    next(one for one in nova.servers.values() if one.availability_zone == "az1")._update(status="ERROR")

    healed = run_module("server_fleet", FLEET)
    grown = run_module("server_fleet", {**FLEET, "replicas": 4})

    assert (unchanged["changed"], healed["changed"]) == (False, True)
    assert not grown.get("failed")
    assert zones_of(nova) == ["az1", "az1", "az1", "az2"]
    for answer in (unchanged, healed):
        (warning,) = answer["warnings"]
        assert warning.startswith("New replicas of fleet 'chat' go to other zones, because ")
        assert "'az2'" in warning


def test_an_unavailable_zone_is_not_where_others_spill_to(conn: Mock, nova: Nova, run_module: RunModule) -> None:
    """Nova would refuse the request, and the run would end with that."""
    zones(conn, az1=True, az2=False, az3=True)
    create = conn.compute.create_server.side_effect
    full = {"status": "ERROR", "host_id": "", "fault": {"message": "No valid host was found."}}

    def place(**request: Any) -> Any:
        nova.outcome = full if request["availability_zone"] == "az1" else {"status": "ACTIVE"}
        return create(**request)

    conn.compute.create_server.side_effect = place

    run_module("server_fleet", {**FLEET, "replicas": 1, "availability_zones": ["az1", "az2", "az3"]})

    assert [request["availability_zone"] for request in nova.requests] == ["az1", "az3"]
    assert zones_of(nova) == ["az3"]


@pytest.mark.parametrize(
    ("listed", "change", "said"),
    [
        ({"az1": False, "az2": False}, {}, "availability zone 'az2' is not available at the moment"),
        ({"az1": False}, {}, "there is no availability zone 'az2' (there are: az1)"),
        (CLOSED[0], {"availability_zone_distribution": "balanced-only"}, "'az2' is not available at the moment"),
        (CLOSED[1], {}, "there is no availability zone 'az2' (there are: az1)"),
    ],
)
def test_a_fleet_that_cannot_do_without_a_zone_is_refused(
    conn: Mock, nova: Nova, run_module: RunModule, listed: dict[str, bool], change: dict[str, str], said: str
) -> None:
    zones(conn, **listed)

    answer = run_module("server_fleet", {**FLEET, **change})

    assert said in answer["msg"]
    assert nova.requests == []


@pytest.mark.parametrize("listed", CLOSED)
def test_a_group_whose_replicas_stay_goes_on(
    conn: Mock, heat: Heat, run_module: RunModule, listed: dict[str, bool]
) -> None:
    run_module("autoscaling_group", ZONED)
    zones(conn, **listed)
    heat.calls = 0

    unchanged = run_module("autoscaling_group", ZONED)
    calls = heat.calls
    changed = run_module("autoscaling_group", {**ZONED, "max_size": 9})

    assert (unchanged["changed"], changed["changed"], calls) == (False, True, 1)
    for answer in (unchanged, changed):
        (warning,) = answer["warnings"]
        assert warning.startswith("Autoscaling group 'chat' gets no new replicas in one of its zones, because ")
        assert "'az2'" in warning


@pytest.mark.parametrize("listed", CLOSED)
def test_a_group_that_gets_new_replicas_everywhere_is_refused(
    conn: Mock, heat: Heat, run_module: RunModule, listed: dict[str, bool]
) -> None:
    run_module("autoscaling_group", ZONED)
    zones(conn, **listed)

    new = run_module("autoscaling_group", {**ZONED, "user_data": "#cloud-config\nnew: 1\n"})
    without = run_module("autoscaling_group", {**ZONED, "availability_zones": ["az1"]})

    assert new["msg"].startswith("autoscaling group 'chat' needs new replicas in each of its zones, but ")
    assert "availability zone 'az2'" in new["msg"]
    assert heat.writes[0] == "create"
    assert without["actions"] == ["update autoscaling group 'chat'"]


def test_a_new_group_needs_all_of_its_zones(conn: Mock, heat: Heat, run_module: RunModule) -> None:
    zones(conn, az1=True, az2=False)

    alone = run_module("autoscaling_group", ZONED)
    among_others = run_module("autoscaling_group", {**ZONED, "image": "none"})

    assert "availability zone 'az2' is not available at the moment" in alone["msg"]
    assert len(among_others["failure"]["problems"]) == 2
    assert heat.writes == []
