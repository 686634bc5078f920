# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order site.yml changes fleets whose routes change, by the expressions of its own files."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, value_of

ROUTED = {"name": "a.words", "elastic": True, "pool": "a.words-http", "routes": [{"path": "/v2/models/words"}]}
FLEETS = [
    {"name": "a", "elastic": False, "pool": "replicas-http", "routes": []},
    {"name": "a.canary", "elastic": False, "pool": "replicas-http", "routes": []},
    ROUTED,
]
LISTENER = {"name": "models", "protocol": "HTTP", "protocol_port": 80, "l7policies": []}


def site(name: str, *, check: bool = False, listening: bool = True) -> Any:
    (play,) = read("playbooks/site.yml")
    balancer = {"name": "a", "provisioning_status": "ACTIVE", "pools": [], "listeners": [LISTENER] if listening else []}
    known = {
        "preflight_result": {
            "service": {"name": "a", "load_balancer": {"join": None, "protocol": "HTTP", "port": 80}},
            "fleets": FLEETS,
            "surplus": {"leaving": []},
            "rehearsal": {"load_balancer": balancer},
        },
        "ansible_check_mode": check,
    }
    return value_of(f"{{{{ {name} }}}}", {**read("playbooks/vars/service.yml"), **play["vars"], **known})


@pytest.mark.parametrize("case", [{"check": True}, {"listening": False}])
def test_the_order_of_the_file(case: dict[str, bool]) -> None:
    assert site("site_early_fleets", **case) == []
    assert site("site_other_fleets", **case) == ["a", "a.canary", "a.words"]


def test_who_gets_routes_is_changed_first() -> None:
    assert site("site_early_fleets") == ["a.words"]
    assert site("site_other_fleets") == ["a", "a.canary"]
    assert site("site_elastic_fleets") == ["a.words"]


def test_the_first_fleet_of_the_file_stays_the_first() -> None:
    """Whichever is kept first: requests without a route are its."""
    (task,) = read("playbooks/tasks/balancer.yml")
    kept = {name: {"name": name} for name in ("a.words", "a", "a.canary")}

    ordered = value_of(task["vars"]["site_ordered"], {"preflight_result": {"fleets": FLEETS}, "site_groups": kept})

    assert [group["name"] for group in ordered] == ["a", "a.canary", "a.words"]


def test_routes_change_between_the_fleets() -> None:
    """Pools of new routes have their servers before they are waited for, and groups their pools."""
    tasks = read("playbooks/tasks/early.yml")

    assert [task["ansible.builtin.include_tasks"] for task in tasks] == [
        "fleet.yml",
        "balancer.yml",
        "group.yml",
        "balancer.yml",
    ]
    assert ["site_held_balancer" in task.get("vars", {}) for task in tasks] == [False, True, False, False]
