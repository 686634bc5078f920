# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two users of one project, by the trusts of one of whom Heat and Aodh act, and an operator in another project."""

from __future__ import annotations

import os
import secrets
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from .test_autoscaling_group import group, servers, stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openstack.connection import Connection

    from .conftest import Modules

    Run = Callable[[str, dict[str, Any]], dict[str, Any]]

__all__ = ["group"]


@pytest.fixture
def colleague(modules: Modules, cloud: Connection, operator: Connection, tmp_path: Path) -> Iterator[Run]:
    """Another user with the same roles in the project, who runs modules."""
    identity: Any = operator.identity  # the SDK's type allows for version 2 of the API
    name, password = f"live-{uuid.uuid4().hex[:8]}", secrets.token_urlsafe(24)
    user = identity.create_user(name=name, domain_id="default", password=password)
    for assignment in identity.role_assignments(user_id=cloud.current_user_id):
        identity.assign_project_role_to_user(cloud.current_project_id, user.id, assignment.role["id"])
    given = yaml.safe_load(Path(os.environ["OS_CLIENT_CONFIG_FILE"]).read_text(encoding="utf-8"))["clouds"]
    mine = given[os.environ["OS_CLOUD"]]
    mine["auth"] |= {"username": name, "password": password}
    clouds_yaml = tmp_path / "clouds.yaml"
    clouds_yaml.touch(mode=0o600)
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {os.environ["OS_CLOUD"]: mine}}), encoding="utf-8")
    yield lambda module, options: modules.answer(modules.start(module, options, OS_CLIENT_CONFIG_FILE=str(clouds_yaml)))
    identity.delete_user(user)


def alarms(cloud: Connection, name: str) -> list[str]:
    found = cloud.session.get("/v2/alarms", endpoint_filter={"service_type": "alarming"}).json()
    return [alarm["name"] for alarm in found if alarm["name"].startswith(name)]


def test_another_user_changes_nothing_that_is_healed_and_can_remove_it(
    modules: Modules, cloud: Connection, group: dict[str, Any], colleague: Run
) -> None:
    name = group["name"]
    group["target_tracking"] = {"target_value": 50}
    modules.run("autoscaling_group", group)
    made = servers(cloud, name)

    seen = colleague("autoscaling_group", group)
    changed = colleague("autoscaling_group", {**group, "user_data": "#cloud-config\nruncmd: [[true]]\n"})
    sized = colleague("autoscaling_capacity", {"name": name, "desired_capacity": 2})

    assert seen["changed"] is False
    assert "and only that user can change it" in str(seen["warnings"])
    for refused in (changed, sized):
        assert f"autoscaling group {name!r}" in refused["msg"]
        assert "could not heal it any more" in refused["msg"]
    assert servers(cloud, name) == made
    assert alarms(cloud, name)

    removed = colleague("autoscaling_group", {"name": name, "state": "absent"})

    assert not removed.get("failed"), removed["msg"]
    assert (alarms(cloud, name), servers(cloud, name), stacks(cloud, name)) == ([], [], [])


def test_an_operator_leaves_groups_of_other_projects_alone(
    modules: Modules, cloud: Connection, operator: Connection
) -> None:
    """Heat lists them to an administrator, also with a login for another project, and lets him delete them."""
    name = f"live-{uuid.uuid4().hex[:8]}"
    template = {"heat_template_version": "2018-08-31"}
    body = {"stack_name": name, "template": template, "tags": f"model_serving.service={name}"}
    made = cloud.orchestration.post("/stacks", json=body).json()["stack"]["id"]
    assert operator.current_project_id != cloud.current_project_id
    try:
        assert made in [stack["id"] for stack in stacks(operator, name)]

        def run(module: str, options: dict[str, Any]) -> dict[str, Any]:
            return modules.answer(modules.start(module, options, OS_CLOUD=f"{os.environ['OS_CLOUD']}-admin"))

        removed = run("autoscaling_group", {"name": name, "state": "absent"})
        sized = run("autoscaling_capacity", {"name": name, "desired_capacity": 2})
        listed = run("autoscaling_group_info", {})

        assert (removed["changed"], removed["actions"]) == (False, [])
        assert f"there is no autoscaling group {name!r}" in sized["msg"]
        assert name not in [each["name"] for each in listed["groups"]]
        assert [stack["id"] for stack in stacks(cloud, name)] == [made]
    finally:
        assert cloud.orchestration.delete(f"/stacks/{name}/{made}").ok
