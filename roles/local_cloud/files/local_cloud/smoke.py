# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves each link of the cloud as a tenant: guests, networks, both balancers, autoscaling on CPU load."""

from __future__ import annotations

import base64
import contextlib
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import identity
from .layout import EXTERNAL, Cloud, CloudError, in_namespace, run
from .processes import wait_for

NAME = "smoke"
PORT = 8080
USER_DATA = f"""#cloud-config
write_files:
  - path: /run/{NAME}/index.html
    content: written by cloud-init
runcmd:
  - [systemd-run, python3, -m, http.server, "{PORT}", --directory, /run/{NAME}]
"""


@dataclass(frozen=True)
class Base:
    """What the checks share."""

    tenant: Any
    network: Any
    subnet: Any
    public: Any
    group: Any
    image: Any
    flavor: Any


def _base(tenant: Any) -> Base:
    network = tenant.network
    group = network.create_security_group(name=NAME)
    network.create_security_group_rule(
        security_group_id=group.id,
        direction="ingress",
        ether_type="IPv4",
        protocol="tcp",
        port_range_min=PORT,
        port_range_max=PORT,
    )
    return Base(
        tenant=tenant,
        network=network.find_network("private", ignore_missing=False),
        subnet=network.find_subnet("private", ignore_missing=False),
        public=network.find_network("public", ignore_missing=False),
        group=group,
        image=tenant.image.find_image("model-server", ignore_missing=False),
        flavor=tenant.compute.find_flavor("serving.small", ignore_missing=False),
    )


def _fetch(address: str, port: int) -> str:
    with urllib.request.urlopen(f"http://{address}:{port}/", timeout=3) as response:
        return str(response.read().decode().strip())


def _serves(address: str, port: int) -> bool:
    try:
        return _fetch(address, port) == "written by cloud-init"
    except OSError:
        return False


def _outside(floating: str) -> str:
    """The loopback address behind which the relay reaches a floating IP."""
    return floating.replace("198.51.", "127.51.", 1)


def server(base: Base) -> str:
    """Boot an instance, give it a floating IP and read what its user data wrote; its fixed address."""
    compute, network = base.tenant.compute, base.tenant.network
    made = compute.create_server(
        name=NAME,
        image_id=base.image.id,
        flavor_id=base.flavor.id,
        networks=[{"uuid": base.network.id}],
        security_groups=[{"name": base.group.name}],
        user_data=base64.b64encode(USER_DATA.encode()).decode(),
    )
    made = compute.wait_for_server(made, wait=120, interval=1)
    port = next(iter(network.ports(device_id=made.id)))
    floating = network.create_ip(floating_network_id=base.public.id, port_id=port.id, description=NAME)
    address = floating.floating_ip_address
    wait_for(lambda: _serves(_outside(address), PORT), 60, f"the guest at {_outside(address)}:{PORT}")
    inside = run(*in_namespace(EXTERNAL, "curl", "-s", "-m", "5", f"http://{address}:{PORT}/"))
    if inside.strip() != "written by cloud-init":
        raise CloudError(f"inside {EXTERNAL} the floating IP answers {inside!r}")
    return str(port.fixed_ips[0]["ip_address"])


def balancer(base: Base, provider: str, member: str) -> None:
    """Create a balancer before the instance, and fetch the page through its floating IP."""
    octavia = base.tenant.load_balancer
    protocol, algorithm = ("TCP", "SOURCE_IP_PORT") if provider == "ovn" else ("HTTP", "ROUND_ROBIN")
    pool = {
        "name": NAME,
        "protocol": protocol,
        "lb_algorithm": algorithm,
        "members": [{"address": member, "protocol_port": PORT, "subnet_id": base.subnet.id}],
        "healthmonitor": {"name": NAME, "type": protocol, "delay": 2, "timeout": 2, "max_retries": 2},
    }
    listener = {"name": NAME, "protocol": protocol, "protocol_port": 80, "default_pool": pool}
    made = octavia.create_load_balancer(
        name=f"{NAME}-{provider}", provider=provider, vip_subnet_id=base.subnet.id, listeners=[listener]
    )
    made = octavia.wait_for_load_balancer(made.id, interval=1, wait=180)
    floating = base.tenant.network.create_ip(
        floating_network_id=base.public.id, port_id=made.vip_port_id, description=NAME
    )
    outside = _outside(floating.floating_ip_address)
    wait_for(lambda: _serves(outside, 80), 60, f"the balancer at {outside}:80")


def autoscaling(base: Base) -> None:
    """Create a group of one busy instance, and wait until an alarm on its CPU time has made it two."""
    heat = base.tenant.orchestration
    template = Path(__file__).with_name("smoke.yaml").read_text(encoding="utf-8")
    parameters = {"image": base.image.id, "flavor": base.flavor.id, "network": base.network.id}
    stack = heat.create_stack(name=NAME, template=template, parameters=parameters, timeout_mins=5)
    heat.wait_for_status(stack, "CREATE_COMPLETE", failures=["CREATE_FAILED"], interval=1, wait=180)

    def grown() -> bool:
        outputs = heat.get_stack(stack.id).outputs or []
        return any(str(output["output_value"]) == "2" for output in outputs if output["output_key"] == "size")

    wait_for(grown, 180, "a second instance in the autoscaling group")


def clean(tenant: Any) -> None:
    """Remove everything the checks made, also those of an earlier run."""
    network, compute, octavia, heat = tenant.network, tenant.compute, tenant.load_balancer, tenant.orchestration
    for stack in [stack for stack in heat.stacks() if stack.name == NAME]:
        heat.delete_stack(stack.id)
    mine = [made for made in octavia.load_balancers() if made.name.startswith(f"{NAME}-")]
    for address in [address for address in network.ips() if address.description == NAME]:
        network.delete_ip(address)
    for made in mine:
        wait_for(lambda made=made: "PENDING" not in _state(octavia, made.id), 120, f"{made.name} to settle")
        octavia.delete_load_balancer(made.id, cascade=True)
    for made in [made for made in compute.servers() if made.name == NAME]:
        compute.delete_server(made)
    wait_for(lambda: not any(stack.name == NAME for stack in heat.stacks()), 120, "the stack's end")
    wait_for(
        lambda: not any(made.name.startswith(f"{NAME}-") for made in octavia.load_balancers()), 120, "balancers' end"
    )
    wait_for(lambda: not any(made.name == NAME for made in compute.servers()), 120, "the server's end")
    for group in [group for group in network.security_groups() if group.name == NAME]:
        network.delete_security_group(group)


def _state(octavia: Any, balancer_id: str) -> str:
    return str(octavia.get_load_balancer(balancer_id).provisioning_status)


@contextlib.contextmanager
def _said(what: str) -> Iterator[None]:
    begin = time.monotonic()
    try:
        yield
    except Exception:
        print(f"FAILED  {what}", flush=True)
        raise
    print(f"ok      {what}: {time.monotonic() - begin:.1f} s", flush=True)


def check(cloud: Cloud) -> list[str]:
    """Run every check; raises CloudError at the first that fails. Leaves nothing behind, whatever happened."""

    def connection() -> Any:
        return identity.connect(cloud, "tenant", "tenant", "tenant")

    def step(what: str, work: Callable[[], Any]) -> Any:
        with _said(what):
            return work()

    clean(connection())
    try:
        base = _base(connection())
        address = step("an instance boots, runs its user data and answers at its floating IP", lambda: server(base))
        with ThreadPoolExecutor(max_workers=2) as pool:
            scaling = pool.submit(
                step, "a Heat group grows by a Gnocchi alarm on CPU", lambda: autoscaling(_replace(base, connection()))
            )
            step("an OVN balancer forwards", lambda: balancer(base, "ovn", address))
            step("an amphora balancer forwards", lambda: balancer(base, "amphora", address))
            scaling.result()
    finally:
        with _said("everything is removed"):
            clean(connection())
    return []


def _replace(base: Base, tenant: Any) -> Base:
    """The same with a connection of its own: one connection is for one thread."""
    return Base(**{**base.__dict__, "tenant": tenant})
