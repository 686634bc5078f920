# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what a project has in the cloud, as JSON: what the scenarios compare the collection's work with.

It uses the SDK only, nothing of the collection, and shows what the SDK says with few words of its own.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import openstack
from keystoneauth1.adapter import Adapter


def here(floating_ip: str) -> str:
    """Return where the machine of the local cloud reaches a floating IP, 198.51.100.N."""
    return floating_ip.replace("198.51.", "127.51.")


def servers(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        server.id: {
            "name": server.name,
            "status": server.status,
            "host_id": server.host_id,
            "availability_zone": server.availability_zone,
            "metadata": server.metadata,
            "tags": sorted(server.tags),
            "description": server.description,
            "locked_reason": server.locked_reason,
            "image_id": server.image.id,
            "security_groups": sorted({group["name"] for group in server.security_groups or ()}),
            "addresses": [address["addr"] for found in server.addresses.values() for address in found],
        }
        for server in conn.compute.servers()
    }


def server_groups(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        group.id: {"name": group.name, "policy": group.policy, "rules": group.rules, "member_ids": group.member_ids}
        for group in conn.compute.server_groups()
    }


def security_groups(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        group.id: {
            "name": group.name,
            "tags": group.tags,
            "ingress": sorted(
                f"{rule['protocol']} {rule['port_range_min']}-{rule['port_range_max']} {rule['remote_ip_prefix']}"
                for rule in group.security_group_rules
                if rule["direction"] == "ingress"
            ),
        }
        for group in conn.network.security_groups(project_id=conn.current_project_id)
    }


def security_group_rules(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        rule["id"]: {
            "name": f"{group.name} {rule['direction']} {rule['ethertype']} {rule['protocol']}"
            f" {rule['port_range_min']}-{rule['port_range_max']}"
        }
        for group in conn.network.security_groups(project_id=conn.current_project_id)
        for rule in group.security_group_rules
    }


def ports(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        port.id: {"name": port.name, "device_owner": port.device_owner, "device_id": port.device_id}
        for port in conn.network.ports(project_id=conn.current_project_id)
    }


def floating_ips(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        ip.id: {"name": ip.floating_ip_address, "port_id": ip.port_id}
        for ip in conn.network.ips(project_id=conn.current_project_id)
    }


def pools(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        pool.id: {
            "name": pool.name,
            "protocol": pool.protocol,
            "lb_algorithm": pool.lb_algorithm,
            "monitor": bool(pool.health_monitor_id),
            "members": {
                member.name or member.id: f"{member.address}:{member.protocol_port} {member.operating_status}"
                for member in conn.load_balancer.members(pool.id)
            },
        }
        for pool in conn.load_balancer.pools()
    }


def listeners(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        listener.id: {"name": listener.name, "protocol": listener.protocol, "protocol_port": listener.protocol_port}
        for listener in conn.load_balancer.listeners()
    }


def health_monitors(conn: openstack.connection.Connection) -> dict[str, Any]:
    # Ours have no names.
    return {
        monitor.id: {
            "name": monitor.name or monitor.type,
            "delay": monitor.delay,
            "pools": [pool["id"] for pool in monitor.pools],
        }
        for monitor in conn.load_balancer.health_monitors()
    }


def l7_policies(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        policy.id: {"name": policy.name, "action": policy.action, "listener_id": policy.listener_id}
        for policy in conn.load_balancer.l7_policies()
    }


def l7_rules(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        rule.id: {"name": f"{policy.name} {rule.type}", "value": rule.rule_value}
        for policy in conn.load_balancer.l7_policies()
        for rule in conn.load_balancer.l7_rules(policy.id)
    }


def load_balancers(conn: openstack.connection.Connection) -> dict[str, Any]:
    below = pools(conn)
    return {
        balancer.id: {
            "name": balancer.name,
            "provider": balancer.provider,
            "provisioning_status": balancer.provisioning_status,
            "operating_status": balancer.operating_status,
            "vip_port_id": balancer.vip_port_id,
            "pools": [below[pool["id"]] for pool in balancer.pools],
        }
        for balancer in conn.load_balancer.load_balancers()
    }


def stacks(conn: openstack.connection.Connection) -> dict[str, Any]:
    return {
        stack.id: {"name": stack.name, "status": stack.status, "sizes": _sizes(conn, stack)}
        for stack in conn.orchestration.stacks()
    }


def _sizes(conn: openstack.connection.Connection, stack: Any) -> list[str]:
    """Return the limits of an autoscaling group in each of its zones, which only the template of its stack has."""
    resources = (conn.orchestration.get_stack_template(stack).resources or {}).values()
    limits = [resource.get("properties", {}) for resource in resources]
    return [f"{zone['min_size']}-{zone['max_size']}" for zone in limits if "max_size" in zone]


def alarms(conn: openstack.connection.Connection) -> dict[str, Any]:
    # The SDK has no proxy for Aodh.
    answer = Adapter(session=conn.session, service_type="alarming", interface="public").get("/v2/alarms")
    # Heat names alarms after their stacks, with an id at the end.
    return {alarm["alarm_id"]: {"name": alarm["type"]} for alarm in answer.json()}


def trusts(conn: openstack.connection.Connection) -> dict[str, Any]:
    """Heat keeps one for each stack of the user's, Aodh one for each alarm that signals. They have no names."""
    identity: Any = conn.identity  # the SDK's type allows for version 2 of the API
    return {
        trust.id: {"name": "", "trustee_user_id": trust.trustee_user_id}
        for trust in identity.trusts(trustor_user_id=conn.current_user_id)
        if trust.project_id == conn.current_project_id
    }


KINDS = (
    servers,
    server_groups,
    security_groups,
    security_group_rules,
    ports,
    floating_ips,
    load_balancers,
    listeners,
    pools,
    health_monitors,
    l7_policies,
    l7_rules,
    stacks,
    alarms,
    trusts,
)


def main() -> int:
    conn = openstack.connect()
    json.dump({kind.__name__: kind(conn) for kind in KINDS}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
