# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms that somebody has deleted in a real Aodh, which Heat does not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .test_autoscaling_group import group, servers

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules

__all__ = ["group"]

AODH = {"endpoint_filter": {"service_type": "alarming"}}


def alarms(cloud: Connection, name: str) -> dict[str, str]:
    """Return the ids of a group's alarms by their names, without the ids that Heat puts behind."""
    found = cloud.session.get("/v2/alarms", **AODH).json()
    return {
        alarm["name"].rpartition("-")[0]: alarm["alarm_id"] for alarm in found if alarm["name"].startswith(f"{name}-")
    }


def test_they_are_made_anew(modules: Modules, cloud: Connection, group: dict[str, Any]) -> None:
    group["target_tracking"] = {"target_value": 50}
    modules.converges("autoscaling_group", group)
    name, made = group["name"], servers(cloud, group["name"])
    before = alarms(cloud, name)
    assert before
    lost = min(before)
    cloud.session.delete(f"/v2/alarms/{before[lost]}", **AODH)

    (seen,) = modules.run("autoscaling_group_info", {"name": name, "describe_alarms": True})["groups"]
    assert [alarm["id"] for alarm in seen["alarms"] if alarm["state"] == "missing"] == [before[lost]]
    modules.run("autoscaling_capacity", {"name": name, "suspended_processes": ["scaling"]})
    modules.run("autoscaling_capacity", {"name": name, "suspended_processes": []})
    assert alarms(cloud, name).keys() == before.keys()

    again = alarms(cloud, name)[lost]
    cloud.session.delete(f"/v2/alarms/{again}", **AODH)
    assert modules.converges("autoscaling_group", group)["actions"] == [f"repair autoscaling group '{name}'"]
    assert alarms(cloud, name).keys() == before.keys()
    assert servers(cloud, name) == made
