# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keystone's content: service accounts, the catalogue, the operator and one tenant."""

from __future__ import annotations

import hashlib
from typing import Any

import openstack

from .layout import Cloud, run

ROLES = (
    "service",
    "member",
    "reader",
    "creator",
    "heat_stack_owner",
    "heat_stack_user",
    "load-balancer_member",
    "load-balancer_admin",
)
OPERATOR_ROLES = ("admin", "member", "reader", "heat_stack_owner", "load-balancer_member", "load-balancer_admin")
TENANT_ROLES = ("member", "reader", "creator", "heat_stack_owner", "load-balancer_member")


def connect(cloud: Cloud, user: str, project: str, secret: str) -> Any:
    """An SDK connection with one of the passwords that the role generated."""
    return openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        region_name=cloud.settings["region"],
        auth={
            "auth_url": cloud.settings["identity_url"],
            "username": user,
            "password": cloud.secret(secret),
            "project_name": project,
            "user_domain_id": "default",
            "project_domain_id": "default",
        },
    )


def operator(cloud: Cloud) -> Any:
    """Connection of the operator."""
    return connect(cloud, "admin", "admin", "admin")


def ensure(cloud: Cloud) -> list[str]:
    """Fill Keystone once, and again whenever what it shall hold has changed."""
    secrets = [cloud.secret(name) for name in ("service", "admin", "tenant")]
    wanted = hashlib.sha256(repr((cloud.settings["apis"], secrets, ROLES, TENANT_ROLES)).encode()).hexdigest()
    stamp = cloud.state / "keystone" / "filled"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return []
    url = cloud.settings["identity_url"]
    urls = [f"--bootstrap-{interface}-url={url}" for interface in ("admin", "public", "internal")]
    bootstrap = (
        "bootstrap",
        f"--bootstrap-password={secrets[1]}",
        f"--bootstrap-region-id={cloud.settings['region']}",
        *urls,
    )
    run(cloud.bin / "keystone-manage", "--config-file", cloud.etc / "keystone" / "keystone.conf", *bootstrap)
    identity = operator(cloud).identity
    roles = {role.name: role for role in identity.roles()}
    for name in ROLES:
        if name not in roles:
            roles[name] = identity.create_role(name=name)
    _accounts(cloud, identity, roles)
    _catalogue(cloud, identity)
    stamp.write_text(wanted, encoding="utf-8")
    return ["identity service filled"]


def _project(identity: Any, name: str) -> Any:
    return identity.find_project(name, ignore_missing=True) or identity.create_project(name=name, domain_id="default")


def _user(identity: Any, name: str, password: str, domain: str = "default") -> Any:
    user = identity.find_user(name, domain_id=domain, ignore_missing=True)
    if user:
        identity.update_user(user, password=password)
        return user
    return identity.create_user(name=name, password=password, domain_id=domain)


def _accounts(cloud: Cloud, identity: Any, roles: dict[str, Any]) -> None:
    service = _project(identity, "service")
    for name in [*(api["name"] for api in cloud.settings["apis"] if api["name"] != "keystone"), "ceilometer"]:
        user = _user(identity, name, cloud.secret("service"))
        for role in ("admin", "service"):
            identity.assign_project_role_to_user(service, user, roles[role])
    admin = identity.find_user("admin", ignore_missing=False)
    for role in OPERATOR_ROLES:
        identity.assign_project_role_to_user(_project(identity, "admin"), admin, roles[role])
    tenant = _user(identity, "tenant", cloud.secret("tenant"))
    for role in TENANT_ROLES:
        identity.assign_project_role_to_user(_project(identity, "tenant"), tenant, roles[role])
    # Heat keeps the accounts of alarms and guests in a domain of its own.
    domain = identity.find_domain("heat", ignore_missing=True) or identity.create_domain(name="heat")
    keeper = _user(identity, "heat_domain_admin", cloud.secret("service"), domain.id)
    identity.assign_domain_role_to_user(domain, keeper, roles["admin"])


def _catalogue(cloud: Cloud, identity: Any) -> None:
    services = {service.type: service for service in identity.services()}
    endpoints = {(endpoint.service_id, endpoint.interface) for endpoint in identity.endpoints()}
    for api in cloud.settings["apis"]:
        service = services.get(api["type"]) or identity.create_service(name=api["name"], type=api["type"])
        for interface in ("public", "internal", "admin"):
            if (service.id, interface) not in endpoints:
                url = f"http://127.0.0.1:{api['port']}{api['path']}"
                identity.create_endpoint(
                    service_id=service.id, interface=interface, url=url, region_id=cloud.settings["region"]
                )
