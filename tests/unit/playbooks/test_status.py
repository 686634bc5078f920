# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook status says of a service."""

from __future__ import annotations

from ..templates import read, value_of


def test_what_was_seen_is_handed_on() -> None:
    (play,) = read("playbooks/status.yml")
    show = play["tasks"][-1]
    stack = {"status": "UPDATE_COMPLETE", "status_reason": "", "suspended_processes": ["healing"]}
    facts = {
        **show["vars"],
        "status_cloud": "prod",
        "status_found": {
            "project": {"id": "5a3c", "name": "serving"},
            "groups": [{"name": "chat", "replicas": [], **stack}],
            "groups_without_stack": [],
            "fleets": [],
        },
        "status_balancers": {"load_balancers": []},
        "status_alarms": {"results": [{"item": "chat", "msg": "Could not list alarms"}]},
    }

    assert value_of(show["ansible.builtin.debug"]["msg"], facts) == [
        "project serving of cloud prod",
        "there is no load balancer",
        "there are no replicas",
        "group chat is UPDATE_COMPLETE, suspended: healing",
        "alarms of group chat could not be read: Could not list alarms",
    ]
