# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling groups that the tests start from. What they make of them is kept in the directory C(golden)."""

from __future__ import annotations

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_alarms import (
    PrometheusMetric,
    Scaling,
    cpu,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    PoolMember,
    Readiness,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    Group,
    Healing,
    Rolling,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Target, steps
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Reference, Template

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
    scaling=Scaling(
        metric=cpu(granularity=60, vcpus=2), steps=steps(Target(value=50, saturation=100, min_size=3, removed=2))
    ),
)
PROMETHEUS = Group(
    name="chat",
    replica=REPLICA,
    scaling=Scaling(
        metric=PrometheusMetric(query="avg(requests_in_flight{service='chat'})", granularity=15),
        steps=steps(Target(value=4, granularity=15, disable_scale_in=True)),
    ),
)
GOLDEN = {"smallest": SMALLEST, "full": FULL, "prometheus": PROMETHEUS}
