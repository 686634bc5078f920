# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import pytest
from keystoneauth1.access import AccessInfoV3
from keystoneauth1.exceptions import Unauthorized
from keystoneauth1.identity import BaseIdentityPlugin
from keystoneauth1.session import Session
from openstack.block_storage.v3.limits import Limits as VolumeLimits
from openstack.block_storage.v3.type import Type
from openstack.compute.v2.availability_zone import AvailabilityZone
from openstack.compute.v2.flavor import Flavor
from openstack.compute.v2.limits import Limits
from openstack.exceptions import ForbiddenException, ServiceDisabledException
from openstack.image.v2.image import Image
from openstack.load_balancer.v2.load_balancer import LoadBalancer
from openstack.load_balancer.v2.provider import Provider
from openstack.load_balancer.v2.quota import Quota as LoadBalancerQuota
from openstack.network.v2.network import Network
from openstack.network.v2.quota import QuotaDetails
from openstack.network.v2.security_group import SecurityGroup
from openstack.network.v2.subnet import Subnet
from requests import Response

from ..conftest import in_catalogue

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import FakeConnection, RunModule


@pytest.fixture
def cloud(conn: Mock) -> Mock:
    limits = {"maxTotalInstances": 10, "totalInstancesUsed": 2, "maxTotalCores": -1, "totalCoresUsed": 4}
    conn.compute.get_limits.return_value = Limits(absolute=limits)
    conn.compute.availability_zones.return_value = [AvailabilityZone(name="az1", state={"available": True})]
    conn.compute.flavors.return_value = [Flavor(id="f1", name="m1", vcpus=1, ram=512, disk=10)]
    conn.compute.find_keypair.return_value = None
    ports = {"limit": 5, "used": 5, "reserved": 1}
    conn.network.get_quota.return_value = QuotaDetails(ports=ports)
    conn.network.networks.side_effect = lambda **query: (
        [Network(id="n1", name="public", is_router_external=True, subnet_ids=["u1"], project_id="other")]
        * (query.get("name") == "public")
    )
    conn.network.security_groups.return_value = [SecurityGroup(id="g1", name="bastion")]
    conn.image.images.side_effect = lambda name: [Image(id="i1", name=name, status="active")] * (name == "model-server")
    conn.image.find_image.return_value = None
    conn.load_balancer.get_quota.return_value = LoadBalancerQuota(load_balancers=3, members=-1)
    conn.load_balancer.load_balancers.return_value = [LoadBalancer(id="l1")]
    conn.load_balancer.providers.return_value = [Provider(name="ovn"), Provider(name="acme")]
    return conn


def read(run_module: RunModule, **options: Any) -> dict[str, Any]:
    capacity: dict[str, Any] = run_module("capacity_info", options)["capacity"]
    return capacity


@pytest.mark.usefixtures("cloud")
def test_quotas(run_module: RunModule) -> None:
    quotas = read(run_module)["quotas"]

    assert quotas["instances"] == {"limit": 10, "used": 2, "free": 8}
    assert quotas["cores"] == {"limit": None, "used": 4, "free": None}
    assert quotas["ports"] == {"limit": 5, "used": 6, "free": 0}
    assert quotas["floating_ips"] == {"limit": None, "used": None, "free": None}
    assert quotas["load_balancers"] == {"limit": 3, "used": 1, "free": 2}
    assert quotas["members"] == {"limit": None, "used": None, "free": None}


def test_block_storage(cloud: Mock, run_module: RunModule) -> None:
    absolute = {"maxTotalVolumes": 9, "totalVolumesUsed": 2, "maxTotalVolumeGigabytes": -1, "totalGigabytesUsed": 40}
    cloud.block_storage.get_limits.return_value = VolumeLimits(absolute=absolute)
    cloud.block_storage.types.return_value = [Type(id="t1", name="ssd")]
    without = read(run_module)
    cloud.service_catalog = in_catalogue("volumev3")

    capacity = read(run_module, volume_types=["ssd", "nvme"])

    assert "volumes" not in without["quotas"]
    assert capacity["quotas"]["volumes"] == {"limit": 9, "used": 2, "free": 7}
    assert capacity["quotas"]["gigabytes"] == {"limit": None, "used": 40, "free": None}
    assert [(entry["found"], entry["id"]) for entry in capacity["volume_types"]] == [(True, "t1"), (False, None)]


@pytest.mark.usefixtures("cloud")
def test_what_the_cloud_offers(run_module: RunModule) -> None:
    capacity = read(run_module)

    assert capacity["services"] == [{"type": "compute", "name": "compute"}]
    assert capacity["availability_zones"] == [{"name": "az1", "available": True}]
    acme, ovn = capacity["load_balancer_providers"]
    assert acme["abilities"] is None
    assert "HTTP" not in ovn["abilities"]["listener_protocols"]
    assert capacity["problems"] == []


def test_lookups_by_name(cloud: Mock, run_module: RunModule) -> None:
    capacity = read(
        run_module,
        images=["model-server", "no-image"],
        flavors=["m1", "f1", "no-flavor"],
        networks=["public", "no-network"],
        security_groups=["bastion", "no-group"],
        key_pairs=["no-key"],
    )

    assert [entry["found"] for entry in capacity["images"]] == [True, False]
    assert [entry["id"] for entry in capacity["flavors"]] == ["f1", "f1", None]
    assert capacity["flavors"][0]["vcpus"] == 1
    assert capacity["networks"][0]["external"] is True
    # What is no id is not looked up as one.
    assert cloud.network.networks.call_count == 2
    assert [entry["id"] for entry in capacity["security_groups"]] == ["g1", None]
    assert capacity["security_groups"][1]["problems"] == ["there is no security group 'no-group'"]
    assert capacity["key_pairs"][0]["problems"] == ["there is no key pair 'no-key'"]
    assert "there are: m1" in capacity["flavors"][2]["problems"][0]


def test_subnets_are_listed_where_asked_for(cloud: Mock, run_module: RunModule) -> None:
    cloud.network.networks.side_effect = lambda name="", **_query: [
        Network(id=f"id-{name}", name=name, subnet_ids=["s4"] if name == "one" else ["s4", "s6"], is_shared=True)
    ]
    slaac = Subnet(id="s6", name="v6", ip_version=6, ipv6_ra_mode="slaac", ipv6_address_mode="slaac")
    cloud.network.subnets.side_effect = lambda network_id: [
        Subnet(id="s4", name="v4", ip_version=4),
        *([slaac] if network_id == "id-two" else []),
    ]

    networks = read(run_module, networks=["one", "two", "more"], subnets=["one", "two"])["networks"]

    found = {entry["name"]: entry["subnets"] for entry in networks}
    v4 = {"id": "s4", "name": "v4", "ip_version": 4, "automatic": False}
    assert found["more"] == []
    assert found["one"] == [v4]
    assert found["two"] == [v4, {"id": "s6", "name": "v6", "ip_version": 6, "automatic": True}]
    assert cloud.network.subnets.call_count == 2


def test_an_ambiguous_name_is_not_found(cloud: Mock, run_module: RunModule) -> None:
    images = [Image(id=image_id, name="twin", status="active") for image_id in ("i1", "i2")]
    cloud.image.images.side_effect = lambda **_query: images

    (twin,) = read(run_module, images=["twin"])["images"]

    assert twin["found"] is False
    assert "i1, i2" in twin["problems"][0]


@pytest.mark.parametrize(("token", "told"), [({}, False), ({"application_credential": {"id": "a1"}}, True)])
def test_application_credentials(cloud: Mock, run_module: RunModule, token: dict[str, Any], *, told: bool) -> None:
    assert read(run_module)["application_credential"] is False
    plugin = create_autospec(BaseIdentityPlugin, instance=True)
    plugin.get_access.return_value = AccessInfoV3({"token": {"user": {"name": "bob"}, **token}})
    cloud.session = Session(auth=plugin)

    capacity = read(run_module)
    assert capacity["application_credential"] is told
    assert capacity["user"] == "bob"


def test_services_that_fail_do_not_spoil_the_rest(cloud: Mock, run_module: RunModule) -> None:
    cloud.load_balancer.get_quota.side_effect = ServiceDisabledException("not in the catalogue")
    cloud.load_balancer.providers.side_effect = ForbiddenException("role is missing")
    cloud.network.get_quota.side_effect = ServiceDisabledException("not in the catalogue")

    capacity = read(run_module, images=["model-server"])

    assert [problem["service"] for problem in capacity["problems"]] == ["network", "load-balancer", "load-balancer"]
    assert "role is missing" in capacity["problems"][2]["message"]
    assert capacity["quotas"]["instances"]["free"] == 8
    assert capacity["images"][0]["found"] is True
    assert "ports" not in capacity["quotas"]


def test_a_service_behind_a_page_does_not_spoil_the_rest(cloud: Mock, run_module: RunModule) -> None:
    page = Response()
    page.status_code, page._content = 200, b"<html>Please log in</html>"
    cloud.network.get_quota.side_effect = lambda *_args, **_options: page.json()

    capacity = read(run_module)

    assert [problem["service"] for problem in capacity["problems"]] == ["network"]
    assert "the answer is no JSON" in capacity["problems"][0]["message"]
    assert capacity["quotas"]["instances"]["free"] == 8


def test_a_refused_login_fails(conn: FakeConnection, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_connection: object) -> None:
        raise Unauthorized("wrong password")

    monkeypatch.setattr(type(conn), "service_catalog", property(refuse))

    answer = run_module("capacity_info", {"cloud": "mycloud"})

    assert "Could not log in to cloud 'mycloud': the cloud answered 401: wrong password" in answer["msg"]
