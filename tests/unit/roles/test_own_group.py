# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role has a security group of its own and takes none from others."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, value_of

ROLES = ("compute", "autoscaling")
MODULE = "model_serving.openstack.security_group"
IMPORT = "ansible.builtin.import_tasks"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "wanted"), [("web", True), ("", False), (None, False)])
def test_without_a_name_there_is_no_group(role: str, name: str | None, wanted: bool) -> None:
    (own,) = read(f"roles/{role}/tasks/security_group.yml")

    assert value_of(f"{{{{ {own['when']} }}}}", {f"{role}_security_group": name}) is wanted


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_only_the_services_own_group_is_touched(role: str, state: str) -> None:
    tasks = read(f"roles/{role}/tasks/{state}.yml")
    (own,) = read(f"roles/{role}/tasks/security_group.yml")
    given = {f"{role}_security_group": "web", f"{role}_name": "chat", f"{role}_port": None, f"{role}_state": state}

    options: dict[str, Any] = value_of(own[MODULE], given)

    assert [task[IMPORT] for task in tasks if IMPORT in task] == ["security_group.yml"]
    assert not [task for task in tasks if MODULE in task]
    assert (options["name"], options["state"], options["adopt"]) == ("web", state, False)
    assert options["tags"] == ["model_serving.service=chat"]
    assert options["description"] == "Replicas of the service chat"


@pytest.mark.parametrize(("role", "module"), [("compute", "server_fleet"), ("autoscaling", "autoscaling_group")])
@pytest.mark.parametrize(
    ("own", "more", "expected"),
    [
        ("model_serving.chat", [], ["model_serving.chat"]),
        ("model_serving.chat", ["bastion"], ["model_serving.chat", "bastion"]),
        ("", ["prod-vms"], ["prod-vms"]),
        (None, ["prod-vms"], ["prod-vms"]),
        ("", [], "left out"),
    ],
)
def test_servers_get_the_groups_that_exist_beside_their_own(
    role: str, module: str, own: str | None, more: list[str], expected: Any
) -> None:
    (options,) = [
        each[f"model_serving.openstack.{module}"]
        for each in read(f"roles/{role}/tasks/present.yml")
        if f"model_serving.openstack.{module}" in each
    ]
    given = {f"{role}_security_group": own, f"{role}_additional_security_groups": more, "omit": "left out"}
    facts = {**read(f"roles/{role}/defaults/main.yml"), **read(f"roles/{role}/vars/main.yml"), **given}

    assert value_of(options["security_groups"], facts) == expected


@pytest.mark.parametrize(
    ("replicas", "users", "wanted"),
    [
        ([], [], True),
        ([], [None, ""], True),
        # In check mode, what goes is still there.
        (["s1"], ["s1", None], True),
        ([], ["somebody's"], False),
        (["s1"], ["s1", "somebody's"], False),
    ],
)
def test_the_group_of_a_port_that_stays_stays(replicas: list[str], users: list[str | None], wanted: bool) -> None:
    (own,) = (task for task in read("roles/compute/tasks/absent.yml") if IMPORT in task)
    fleet = {"replicas": [{"id": each} for each in replicas], "ports": [{"server_id": each} for each in users]}

    assert value_of(f"{{{{ {own['when']} }}}}", {"compute_kept": {"fleet": fleet}}) is wanted
