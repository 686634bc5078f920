# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling groups that the tests start from. What they make of them is kept in the directory C(golden)."""

from __future__ import annotations

import json
from dataclasses import replace

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_alarms import (
    GnocchiMetric,
    PrometheusMetric,
    Scaling,
    cpu,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_details import Details
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    PoolMember,
    Readiness,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_steps import Band, StepPolicy
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_steps import steps as steps_by_hand
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    Group,
    Healing,
    Rolling,
    Templates,
    templates,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Target, steps
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import server_group_in
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedNetwork
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    BootVolume,
    Reference,
    Template,
)

TEMPLATE = Template(
    image=Reference(id="image-1", name="model-server"),
    flavor=Reference(id="flavor-1", name="serving.small"),
    networks=(Reference(id="network-1", name="private"),),
    security_groups=(Reference(id="group-1", name="model_serving.chat"),),
    user_data="#cloud-config\nruncmd: [[true]]\n",
    config_drive=True,
    metadata={"stage": "production"},
)
READINESS = Readiness(url="http://127.0.0.1:8080/v2/health/ready", timeout=300)
REPLICA = Replica(
    service="chat",
    template=TEMPLATE,
    members=(PoolMember(pool="pool-1", protocol_port=8080), PoolMember(pool="pool-2", protocol_port=9000, weight=5)),
    readiness=READINESS,
    drain=30,
)
SMALLEST = Group(name="chat", replica=Replica(service="chat", template=TEMPLATE), max_size=3)
FULL = Group(
    name="chat",
    replica=REPLICA,
    zones=("az1", "az2"),
    min_size=3,
    max_size=8,
    policy="anti-affinity",
    max_server_per_host=1,
    rolling=Rolling(max_batch_size=2, pause=10),
    healing=Healing(pool="pool-1"),
    scaling=(
        Scaling(
            metric=cpu(granularity=60, vcpus=2), steps=steps(Target(value=50, saturation=100, min_size=3, removed=2))
        ),
    ),
)
PROMETHEUS = Group(
    name="chat",
    replica=REPLICA,
    scaling=(
        Scaling(
            metric=PrometheusMetric(query="avg(requests_in_flight{service='chat'})", granularity=15),
            steps=steps(Target(value=4, disable_scale_in=True)),
        ),
    ),
)
BY_HAND = StepPolicy(
    bands=(
        Band(adjustment=1, lower_bound=10, upper_bound=50),
        Band(adjustment=3, lower_bound=50),
        Band(adjustment=-1, upper_bound=2),
    ),
    evaluation_periods=1,
    warmup=60,
)
ALL_OF_A_TEMPLATE = Group(
    name="chat",
    replica=Replica(
        service="chat",
        template=replace(
            TEMPLATE,
            networks=(
                FixedNetwork(
                    id="network-1", name="private", subnet=Reference(id="subnet-1", name="v4"), vnic_type="direct"
                ),
                Reference(id="network-2", name="storage"),
            ),
            boot_volume=BootVolume(size=20, volume_type=Reference(id="type-1", name="fast")),
            tags=("blue", "serving"),
            key_name="operators",
        ),
    ),
    max_size=3,
    scaling=(
        Scaling(
            metric=GnocchiMetric(
                name="queue",
                aggregation_method="max",
                granularity=60,
                resource_type="generic",
                resource_query={"=": {"name": "chat"}},
            ),
            steps=steps_by_hand(BY_HAND, "step_1_"),
        ),
    ),
)
GOLDEN = {"smallest": SMALLEST, "full": FULL, "prometheus": PROMETHEUS, "template_options": ALL_OF_A_TEMPLATE}


def sides(group: Group) -> list[Templates]:
    """Return what is wanted with the replicas in either server group."""
    return [templates(replace(group, side=side)) for side in (0, 1)]


def made_from(made: Templates) -> Details:
    """Return what a closer look tells of a group that Heat was given."""
    return Details(files=made.files)


def side_of(made: Templates) -> int:
    """Return the number of the server group that the replicas are in."""
    name = server_group_in(json.loads(made.files["zone.yaml"])) or ""
    return int(name.split("_")[2])
