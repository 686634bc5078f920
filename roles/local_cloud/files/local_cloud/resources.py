# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fresh cloud offers: zones, flavors, images, networks, metrics, and the parts that Octavia's amphorae need."""

from __future__ import annotations

import http
from pathlib import Path
from typing import Any

from . import identity, metrics
from .layout import Cloud, CloudError, run
from .processes import wait_for

# name: (MiB of memory, VCPUs, GiB of disk)
FLAVORS = {"serving.small": (512, 1, 2), "serving.medium": (1024, 1, 2)}
AMPHORA_FLAVOR = "amphora"
REGISTERED_WITHIN = 300  # seconds


def hosts(cloud: Cloud) -> list[str]:
    """Wait until Nova knows every hypervisor, and put each into its availability zone."""
    compute = identity.operator(cloud).compute
    nodes = [*cloud.hypervisors, *cloud.fakes]
    names = {node.name for node in nodes}

    def missing() -> set[str]:
        return names - {service.host for service in compute.services(binary="nova-compute") if service.state == "up"}

    # The first start compiles Nova; on a busy machine that takes minutes.
    wait_for(lambda: not missing(), REGISTERED_WITHIN, lambda: f"nova-compute on {', '.join(sorted(missing()))}")
    done = []
    if not names <= {hypervisor.name for hypervisor in compute.hypervisors()}:
        run(cloud.bin / "nova-manage", "--config-file", cloud.etc / "nova" / "nova.conf", "cell_v2", "discover_hosts")
        done.append("hypervisors registered")
    aggregates = {aggregate.name: aggregate for aggregate in compute.aggregates()}
    for node in nodes:
        if node.zone not in aggregates:
            aggregates[node.zone] = compute.create_aggregate(name=node.zone, availability_zone=node.zone)
        if node.name not in (aggregates[node.zone].hosts or []):
            aggregates[node.zone] = compute.add_host_to_aggregate(aggregates[node.zone], node.name)
            done.append(f"{node.name} put into {node.zone}")
    return done


def offer(cloud: Cloud) -> list[str]:
    """What the operator offers to tenants: flavors, the external network, metrics, quotas; the tenant's own network."""
    admin = identity.operator(cloud)
    done = []
    there = {flavor.name for flavor in admin.compute.flavors(is_public=None)}
    for name, (ram, vcpus, disk) in FLAVORS.items():
        if name not in there:
            admin.compute.create_flavor(name=name, ram=ram, vcpus=vcpus, disk=disk)
            done.append(f"flavor {name} made")
    if AMPHORA_FLAVOR not in there:
        admin.compute.create_flavor(name=AMPHORA_FLAVOR, id=AMPHORA_FLAVOR, ram=512, vcpus=1, disk=1, is_public=False)
        project = admin.identity.find_project("service", ignore_missing=False)
        admin.compute.update_quota_set(project.id, instances=50, cores=100, ram=100000)
        done.append("flavor for amphorae made")
    done += metrics.ensure(cloud, admin)
    external = admin.network.find_network("public", ignore_missing=True)
    if external is None:
        external = admin.network.create_network(
            name="public", is_router_external=True, provider_network_type="flat", provider_physical_network="physnet1"
        )
    if not external.subnet_ids:
        pool = [{"start": "198.51.100.10", "end": "198.51.100.99"}]
        _subnet(
            admin, external, "198.51.100.0/24", gateway_ip="198.51.100.1", is_dhcp_enabled=False, allocation_pools=pool
        )
        done.append("network public made")
    return done + _tenant_network(identity.connect(cloud, "tenant", "tenant", "tenant"), external)


def _subnet(cloud_connection: Any, network: Any, cidr: str, **more: Any) -> Any:
    return cloud_connection.network.create_subnet(
        name=network.name, network_id=network.id, ip_version=4, cidr=cidr, **more
    )


def _tenant_network(tenant: Any, external: Any) -> list[str]:
    done = []
    network = tenant.network.find_network("private", ignore_missing=True) or tenant.network.create_network(
        name="private"
    )
    if not network.subnet_ids:
        _subnet(tenant, network, "10.20.0.0/24", dns_nameservers=[])
        done.append("network private made")
    subnet = tenant.network.find_subnet("private", ignore_missing=False)
    router = tenant.network.find_router("private", ignore_missing=True)
    if router is None:
        router = tenant.network.create_router(name="private", external_gateway_info={"network_id": external.id})
        done.append("router private made")
    if not list(tenant.network.ports(device_id=router.id, network_id=network.id)):
        tenant.network.add_interface_to_router(router, subnet_id=subnet.id)
    return done


def images(cloud: Cloud) -> list[str]:
    """Upload the images that were built since the last time; those of the same name from before go."""
    octavia = identity.connect(cloud, "octavia", "service", "service")
    built = (("model-server", "guest.raw", identity.operator(cloud)), ("amphora", "amphora.raw", octavia))
    done = []
    for name, file_name, owner in built:
        path = cloud.directory / "images" / file_name
        recipe = path.with_suffix(".raw.recipe").read_text(encoding="utf-8").strip()
        there = list(owner.image.images(name=name))
        if any(image.properties.get("recipe") == recipe and image.status == "active" for image in there):
            continue
        for image in there:
            owner.image.delete_image(image)
        _upload(owner, name, path, recipe)
        done.append(f"image {name} uploaded")
    return done


def _upload(owner: Any, name: str, path: Path, recipe: str) -> None:
    public = name != "amphora"
    image = owner.image.create_image(
        name,
        disk_format="raw",
        container_format="bare",
        visibility="public" if public else "private",
        tags=[] if public else [name],
        recipe=recipe,
    )
    with path.open("rb") as content:
        image.data = content
        response = image.upload(owner.image)
    if response.status_code >= http.HTTPStatus.BAD_REQUEST:
        raise CloudError(f"could not upload the image {name}: {response.status_code} {response.text[:500]}")


def balancer(cloud: Cloud) -> tuple[list[str], Any]:
    """The amphorae's management network and the controllers' port in it, which is returned, too."""
    octavia = identity.connect(cloud, "octavia", "service", "service")
    done = []
    network = octavia.network.find_network("lb-mgmt-net", ignore_missing=True) or octavia.network.create_network(
        name="lb-mgmt-net"
    )
    if not network.subnet_ids:
        # OVN answers DHCP in the name of the gateway: without one (and without the metadata agent) nobody would.
        _subnet(octavia, network, "172.31.0.0/24")
        done.append("management network of the amphorae made")
    groups = {
        "lb-mgmt": _group(octavia, "lb-mgmt", [("tcp", 9443), ("icmp", None)]),
        # Without a port. A heartbeat that tells of some sixty members is cut into two packets. Only the first of them
        # has a port, and Open vSwitch in user space judges each on its own.
        "lb-health": _group(octavia, "lb-health", [("udp", None)]),
    }
    port = next(iter(octavia.network.ports(name="octavia-health", network_id=network.id)), None)
    if port is None:
        port = octavia.network.create_port(
            name="octavia-health",
            network_id=network.id,
            device_owner="Octavia:health-mgr",
            binding_host_id=cloud.nodes[0].name,
            security_group_ids=[groups["lb-health"].id],
            fixed_ips=[{"ip_address": cloud.settings["octavia_address"]}],
        )
    lines = [
        "[controller_worker]",
        f"amp_boot_network_list = {network.id}",
        f"amp_secgroup_list = {groups['lb-mgmt'].id}",
    ]
    lines += [f"amp_flavor_id = {AMPHORA_FLAVOR}", f"amp_image_owner_id = {octavia.current_project_id}", ""]
    path = cloud.etc / "octavia" / "amphora.conf"
    if not path.exists() or path.read_text(encoding="utf-8") != "\n".join(lines):
        path.write_text("\n".join(lines), encoding="utf-8")
        done.append("Octavia told about its network")
    return done, port


def _group(connection: Any, name: str, ports: list[tuple[str, int | None]]) -> Any:
    group = next(iter(connection.network.security_groups(name=name, project_id=connection.current_project_id)), None)
    group = group or connection.network.create_security_group(name=name)
    there = {
        (rule["protocol"], rule["port_range_min"])
        for rule in group.security_group_rules
        if rule["direction"] == "ingress"
    }
    for protocol, number in ports:
        if (protocol, number) not in there:
            connection.network.create_security_group_rule(
                security_group_id=group.id,
                direction="ingress",
                ether_type="IPv4",
                protocol=protocol,
                port_range_min=number,
                port_range_max=number,
            )
    return group
