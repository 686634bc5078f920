# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups whose update fails and is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .test_autoscaling_group import group, servers

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules

__all__ = ["group"]


def test_servers_stay_when_another_policy_is_taken_back(
    modules: Modules, cloud: Connection, group: dict[str, Any]
) -> None:
    """Those of the version before must keep the server group that they are in, which another policy replaces."""
    group["min_size"] = 2
    modules.run("autoscaling_group", group)
    before = servers(cloud, group["name"])
    never = {"url": "http://127.0.0.1:9/", "timeout": 60}

    failed = modules.fails("autoscaling_group", {**group, "anti_affinity": "anti-affinity", "readiness": never})

    assert "the group is as it was before" in failed["msg"]
    assert servers(cloud, group["name"]) == before
    assert modules.run("autoscaling_group", group)["changed"] is False
