# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a test a project of its own on the local cloud, in which it can count everything.

* ``project.py make NAME CLOUDS_YAML`` writes a clouds.yaml for it, whose only cloud is "local".
* ``project.py remove NAME``

The project shares the tenant's network, so its floating IPs work like the tenant's. OS_CLIENT_CONFIG_FILE names the
clouds.yaml of the local cloud.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import openstack
import yaml
from shapes import EMPTY, Project

TENANT, OPERATOR = "local", "local-admin"
NETWORK = "private"


def make(name: str, clouds_yaml: Path) -> None:
    tenant, conn = openstack.connect(cloud=TENANT), openstack.connect(cloud=OPERATOR)
    identity: Any = conn.identity  # the SDK's type allows for version 2 of the API
    password = secrets.token_urlsafe(24)
    project = identity.find_project(name, ignore_missing=True)
    if not project:
        project = identity.create_project(name=name, domain_id="default")
    user = identity.find_user(name, ignore_missing=True)
    if user:
        identity.update_user(user, password=password)
        # Keystone revokes what was issued until now, and gives tokens whole seconds: those of this second count, too.
        time.sleep(1)
    else:
        user = identity.create_user(name=name, domain_id="default", password=password)
    for assignment in identity.role_assignments(user_id=tenant.current_user_id):
        identity.assign_project_role_to_user(project.id, user.id, assignment.role["id"])
    share(conn, project.id)

    given = yaml.safe_load(Path(os.environ["OS_CLIENT_CONFIG_FILE"]).read_text(encoding="utf-8"))["clouds"][TENANT]
    given["auth"] |= {"username": name, "password": password, "project_name": name}
    clouds_yaml.parent.mkdir(parents=True, exist_ok=True)
    clouds_yaml.touch(mode=0o600)
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {TENANT: given}}), encoding="utf-8")


def share(conn: openstack.connection.Connection, project_id: str) -> None:
    network = conn.network.find_network(NETWORK, ignore_missing=False)
    wanted = {"object_type": "network", "object_id": network.id, "action": "access_as_shared"}
    if not any(policy.target_project_id == project_id for policy in conn.network.rbac_policies(**wanted)):
        conn.network.create_rbac_policy(**wanted, target_tenant=project_id)


def remove(name: str) -> None:
    """Remove the project, unless a test that failed left something in it, which nobody could find any more."""
    conn = openstack.connect(cloud=OPERATOR)
    identity: Any = conn.identity
    project = identity.find_project(name, ignore_missing=True)
    if project:
        # Who looks as its user sees what no list of an operator shows by project.
        with tempfile.TemporaryDirectory() as folder:
            clouds_yaml = Path(folder) / "clouds.yaml"
            make(name, clouds_yaml)
            left = Project(clouds_yaml).differences(EMPTY)
        if left or any(conn.network.ports(project_id=project.id)):
            print(f"project {name} is kept: {'; '.join(left) or 'there are ports in it'}")
            return
        for policy in list(conn.network.rbac_policies(action="access_as_shared")):
            if policy.target_project_id == project.id:
                conn.network.delete_rbac_policy(policy.id, ignore_missing=True)
        for group in list(conn.network.security_groups(project_id=project.id)):
            conn.network.delete_security_group(group.id, ignore_missing=True)
        identity.delete_project(project.id, ignore_missing=True)
    user = identity.find_user(name, ignore_missing=True)
    if user:
        identity.delete_user(user.id, ignore_missing=True)


def main() -> int:
    match sys.argv[1:]:
        case ["make", name, path]:
            make(name, Path(path))
        case ["remove", name]:
            remove(name)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
