# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of load balancers share: what they declare, what they look at, and how they break things."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openstack.connection import Connection

ADDRESSES = ("vip_address", "vip_port_id", "vip_subnet_id", "floating_ip_address", "floating_ip_id")
SUBNET = os.environ.get("LIVE_SUBNET", "private")
SOCKET = Path("run", "mariadb", "mysqld.sock")  # below the local cloud's folder
EXTERNAL = os.environ.get("LIVE_EXTERNAL_NETWORK", "public")


def offered(cloud: Connection, provider: str) -> str:
    """Return the provider. Where the cloud does not have it, the test is skipped."""
    if provider not in {each.name for each in cloud.load_balancer.providers()}:
        pytest.skip(f"the cloud has no provider {provider}")
    return provider


def members(count: int, **options: Any) -> list[dict[str, Any]]:
    """Members at the end of the subnet, where nobody answers."""
    return [{"address": f"10.20.0.{254 - index}", "protocol_port": 8080, **options} for index in range(count)]


def tree(provider: str, name: str) -> dict[str, Any]:
    protocol = "HTTP" if provider == "amphora" else "TCP"
    return {
        "name": name,
        "provider": provider,
        "vip_subnet": SUBNET,
        "floating_ip_network": EXTERNAL,
        "listeners": [{"name": "in", "protocol": protocol, "protocol_port": 80, "default_pool": "replicas"}],
        "pools": [
            {
                "name": "replicas",
                "protocol": protocol,
                "healthmonitor": {"type": protocol, "delay": 2, "timeout": 2, "max_retries": 1, "max_retries_down": 1},
                "members": members(2),
            }
        ],
    }


def left_behind(cloud: Connection, name: str) -> list[str]:
    mark = f"model_serving.load_balancer={name}"
    found = [*cloud.network.ports(description=mark), *cloud.network.ips(description=mark)]
    return [each.id for each in [*found, *cloud.load_balancer.load_balancers(name=name)]]


def addresses(balancer: dict[str, Any]) -> dict[str, Any]:
    return {key: balancer[key] for key in ADDRESSES}


def forwarded(cloud: Connection, balancer: dict[str, Any]) -> None:
    """What is to be seen from outside that the floating IP leads to the VIP."""
    ip = cloud.network.get_ip(balancer["floating_ip_id"])
    assert ip.port_id == balancer["vip_port_id"]
    assert ip.fixed_ip_address == balancer["vip_address"]
    port = cloud.network.get_port(balancer["vip_port_id"])
    if balancer["provider"] == "ovn":
        assert port.name == f"ovn-lb-vip-{balancer['id']}"


def directory() -> Path:
    """The local cloud's directory; without it, what needs an operator is skipped."""
    found = Path(os.environ.get("OS_CLIENT_CONFIG_FILE", "/")).parent
    if not (found / SOCKET).exists():
        pytest.skip("only of the local cloud we are the operator")
    return found


def set_status(balancer: dict[str, Any], status: str, table: str = "load_balancer") -> None:
    """Put a balancer or a part of it into a status in the database of the local cloud, as a worker does it."""
    _octavia_database(f"UPDATE {table} SET provisioning_status='{status}' WHERE id='{balancer['id']}'")  # noqa: S608


def hold_status(balancer: dict[str, Any], status: str, table: str = "load_balancer") -> None:
    """Put what was just made behind C(ovn) into a status, so that it stays.

    The provider tells Octavia once more that all is well, a moment after the load balancer takes changes.
    """
    query = f"SELECT provisioning_status FROM {table} WHERE id='{balancer['id']}'"  # noqa: S608
    for _unused in range(10):
        set_status(balancer, status, table)
        time.sleep(1)
        if _octavia_database(query) == status:
            return
    raise AssertionError(f"{table} {balancer['id']} does not stay in {status}")


def _octavia_database(statement: str) -> str:
    """Return what Octavia's database answers, without a heading."""
    words = ["mysql", f"--socket={directory() / SOCKET}", "-uroot", "-BN", "octavia", "-e", statement]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def supervise(verb: str, service: str) -> None:
    """Stop or start a service of the local cloud."""
    cloud = directory()
    program = cloud / "venv" / "bin" / "supervisorctl"
    subprocess.run([program, "-c", cloud / "etc" / "supervisord.conf", verb, service], check=True, capture_output=True)
