# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of autoscaling groups that are lists of options themselves."""

    DOCUMENTATION = r"""
options:
  max_server_per_host:
    description: Maximum number of servers on one host. Only with O(anti_affinity=anti-affinity).
    type: int
  pools:
    description:
      - Load balancer pools that the servers are members of. Memberships in other pools are not changed.
      - A load balancer that was recreated has new pools with the same names and copies of the members. There, the
        group's own members replace the copies one by one. The run waits for this even with O(wait=false), and applies
        other changes afterwards.
    type: list
    elements: dict
    default: []
    suboptions:
      pool:
        description: Name or id of the pool.
        type: str
        required: true
      load_balancer:
        description:
          - Name or id of the load balancer that has the pool. Required if the name of the pool is not unique in the
            project.
          - If omitted, any pool with this name is used, no matter which service it belongs to, even while the service's
            own load balancer does not exist yet.
        type: str
      protocol_port:
        description: Port that the server listens on.
        type: int
        required: true
      subnet:
        description: Name or id of the subnet from which the load balancer reaches the servers.
        type: str
      weight:
        description: Weight of the member relative to other members, from 1 to 256.
        type: int
      monitor_port:
        description: Port that the health monitor tests, if it is not O(pools[].protocol_port).
        type: int
  readiness:
    description:
      - When a server counts as ready. The server checks this itself and signals it to Heat. For this, the image needs
        cloud-init and Python.
      - If omitted, a server is ready as soon as Nova says that it is active.
    type: dict
    suboptions:
      url:
        description:
          - URL that returns a status below 300 once the server is ready. The server itself requests it.
          - The URL is part of the user data and appears in messages, so it must not contain a user name or password.
        type: str
        required: true
      timeout:
        description:
          - Seconds after which a server that is not ready counts as failed.
          - A server signals with a Keystone token, which lasts 3600 seconds by default. A longer timeout has no effect
            unless the operator allows tokens to last longer.
          - A server that becomes ready later still sends its signal, as long as this is possible. The next run keeps
            such a server, and replaces those that have not signalled.
        type: int
        default: 600
      interval:
        description: Seconds between two attempts.
        type: int
        default: 2
      endpoint:
        description:
          - Scheme, host and port at which servers reach Heat, if they differ from Heat's endpoint in the catalogue.
        type: str
  target_tracking:
    description:
      - Keeps a metric near a value by changing the number of servers. If omitted, the size changes only by hand.
      - Target tracking consists of alarms and step policies. A greater deviation causes a larger and earlier step.
    type: dict
    suboptions:
      target_value:
        description:
          - Target value of the metric per server. For the CPU, it is a percentage of all VCPUs of a server.
          - It must be well below O(target_tracking.maximum), so that overload can be distinguished from normal load.
        type: float
        required: true
      metric:
        description: Name of a metric in Gnocchi. If this and O(target_tracking.query) are omitted, the CPU is used.
        type: str
      aggregation_method:
        description: How Gnocchi aggregates the values of all servers. Not used for the CPU.
        type: str
        default: mean
      resource_type:
        description:
          - Type of the resources in Gnocchi that have the metric. Not used for the CPU.
          - Types other than V(instance) need O(target_tracking.resource_query).
        type: str
        default: instance
      resource_query:
        description:
          - Gnocchi query for the resources that have the metric, for example V({"=":{"name":"chat"}}).
          - Only resources count that are marked as the project's or that the project has created. Gnocchi lets any
            project mark a resource like this, so select by something that others do not know.
          - If omitted, the servers of the group are used. The CPU metric always uses these, so it cannot be combined
            with this option.
        type: dict
      query:
        description:
          - Prometheus query in PromQL that returns one series with the value per server. It cannot be combined with
            O(target_tracking.metric) and O(target_tracking.resource_query).
          - Aodh finds only metrics that have the label C(project) with the id of the project.
          - Write labels as in C(name{fleet='chat', model='m'}), with single quotes, the brace right behind the name, no
            comma behind the last label and no backslash at the end of a value. Within quotes, no brace may follow a
            letter, a digit, C(_) or C(:); write the pattern C(a{2}) as C([a]{2}). No comments. Other queries are
            refused, because Aodh could not limit them to the project.
          - No other word in it, such as a label or its value, may be the name of a metric in that Prometheus. Aodh
            would take it for the metric.
        type: str
      maximum:
        description:
          - Highest possible value of the metric. If omitted, the metric has no upper bound.
          - For the CPU, it is 100, and the option is refused.
        type: float
      granularity:
        description:
          - Length of one period in seconds. If omitted, 60 with O(target_tracking.query) and 300 otherwise.
          - Gnocchi must keep the metric with this granularity. It must be several times the time between two polls of
            Ceilometer, and several times Aodh's C(evaluation_interval). Otherwise the last value of the metric may be
            wrong each time Aodh looks, and the group never grows or never shrinks.
        type: int
      evaluation_periods:
        description:
          - Number of periods that the greatest deviation must last before the group grows, at least 2. A smaller
            deviation must last longer.
          - The group shrinks after about five times as many, and only if one server less in each zone is enough.
        type: int
        default: 2
      estimated_instance_warmup:
        description:
          - Cooldown in seconds. No other change follows during this time.
          - If omitted, it is one period (O(target_tracking.granularity)), but at least 180. In less than a period, the
            metric does not show what a change did.
        type: int
      dead_band:
        description: Share of the target value, above and below it, within which nothing happens. Between 0 and 1.
        type: float
        default: 0.1
      disable_scale_in:
        description: Whether the group never shrinks by itself.
        type: bool
        default: false
  step_scaling:
    description:
      - Changes the number of servers in steps that you define, in addition to O(target_tracking) or instead of it.
      - Each item is for one metric. Items are independent of each other.
    type: list
    elements: dict
    default: []
    suboptions:
      metric:
        description:
          - Name of a metric in Gnocchi. If both this and O(step_scaling[].query) are omitted, the metric is the CPU, as
            a percentage of all VCPUs of a server.
        type: str
      aggregation_method:
        description: How Gnocchi aggregates the values of all resources. Not used for the CPU.
        type: str
        default: mean
      resource_type:
        description:
          - Type of the resources in Gnocchi that have the metric. Not used for the CPU.
          - Types other than V(instance) need O(step_scaling[].resource_query).
        type: str
        default: instance
      resource_query:
        description:
          - Gnocchi query for the resources that have the metric, for example V({"=":{"name":"chat"}}).
          - Only resources count that are marked as the project's or that the project has created. Gnocchi lets any
            project mark a resource like this, so select by something that others do not know.
          - If omitted, the servers of the group are used. The CPU metric always uses these, so it cannot be combined
            with this option.
        type: dict
      query:
        description:
          - Prometheus query in PromQL that returns one series. It cannot be combined with O(step_scaling[].metric) and
            O(step_scaling[].resource_query).
          - See O(target_tracking.query) for the label that its metrics need, and for how it must be written.
        type: str
      granularity:
        description:
          - Length of one period in seconds. If omitted, 60 with O(step_scaling[].query) and 300 otherwise.
          - See O(target_tracking.granularity) for how long it must be.
        type: int
      evaluation_periods:
        description:
          - Number of periods that the outermost step must last. Each step closer to the middle needs one more.
          - At least 2 for the CPU and other rates, which jump for one period when a replica comes or goes.
        type: int
        default: 2
      estimated_instance_warmup:
        description:
          - Cooldown in seconds. No other change follows during this time.
          - If omitted, it is one period (O(step_scaling[].granularity)), but at least 180. In less than a period, the
            metric does not show what a change did.
        type: int
      adjustment_type:
        description: Whether O(step_scaling[].steps[].adjustment) is a number of servers or a percentage of them.
        type: str
        choices: [change_in_capacity, percent_change_in_capacity]
        default: change_in_capacity
      steps:
        description: Ranges of the metric and the change for each. Steps of one direction must be contiguous.
        type: list
        elements: dict
        required: true
        suboptions:
          lower_bound:
            description: Where the step begins. Required for steps that add servers.
            type: float
          upper_bound:
            description: Where the step ends. Required for steps that remove servers.
            type: float
          adjustment:
            description:
              - How many servers to add or, if negative, to remove. If zones are given, this applies to each zone.
            type: int
            required: true
"""
