# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of autoscaling groups that are lists of options themselves."""

    DOCUMENTATION = r"""
options:
  max_server_per_host:
    description: How many servers may run on one host. Only for O(anti_affinity=anti-affinity).
    type: int
  pools:
    description:
      - Pools of load balancers that servers are members of. In other pools, the servers stay.
      - A load balancer that was made again has other pools under the same names, with copies of the members. There the
        group's own members take the places of the copies one by one. It is waited for also without O(wait), and what
        else has changed comes after it.
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
          - Name or id of the load balancer that has the pool. Required when the name of the pool is not unique in the
            project.
          - Without it, a pool of that name is taken whichever service it belongs to, also while the service's own load
            balancer does not exist yet.
        type: str
      protocol_port:
        description: Port that the server listens on.
        type: int
        required: true
      subnet:
        description: Name or id of the subnet from which the load balancer reaches the servers.
        type: str
      weight:
        description: Share of the requests in comparison with other members, from 1 to 256.
        type: int
      monitor_port:
        description: Port for the health monitor, when it is another one.
        type: int
  readiness:
    description:
      - When a server counts as ready. It finds that out itself and signals it to Heat, for which the image needs
        cloud-init and Python.
      - Without it, a server is ready as soon as Nova says that it is active.
    type: dict
    suboptions:
      url:
        description:
          - URL that answers with a status below 300 once the server is ready, as the server itself sees it.
          - It is part of the user data, and messages show it. So it must have no user name and no password.
        type: str
        required: true
      timeout:
        description:
          - Seconds after which a server that is not ready has failed.
          - A server signals with a token of Keystone, which lasts 3600 seconds by default. A longer time has no effect
            unless the operator lets tokens last longer.
          - One that is ready only later signals nevertheless, as long as that is possible. The next run takes such a
            server as it is, and replaces those that have not signalled.
        type: int
        default: 600
      interval:
        description: Seconds between two attempts.
        type: int
        default: 2
      endpoint:
        description:
          - Scheme, host and port under which servers reach Heat, when not those of Heat's endpoint in the catalogue.
        type: str
  target_tracking:
    description:
      - Keeps a metric near a value by changing the number of servers. Without it, the size changes only by hand.
      - Made of alarms and policies in steps. The greater the deviation, the greater and sooner the step.
    type: dict
    suboptions:
      target_value:
        description:
          - What the metric should be, per server. The CPU in per cent of all VCPUs of a server.
          - It has to be well below O(target_tracking.maximum), so that too much load can be told from enough.
        type: float
        required: true
      metric:
        description: Name of a metric in Gnocchi. Without it and without O(target_tracking.query), it is the CPU.
        type: str
      aggregation_method:
        description: How Gnocchi makes one value of those of all servers. Not used for the CPU.
        type: str
        default: mean
      resource_type:
        description: Type of the resources in Gnocchi that have the metric. Not used for the CPU.
        type: str
        default: instance
      resource_query:
        description:
          - Which resources in Gnocchi have the metric, in its own words, for example V({"=":{"name":"chat"}}).
          - Only resources that are said to be the project's, or that it has made, count. Gnocchi lets any project say
            so of a resource, so select by something that others do not know.
          - Without it, the servers of the group. The CPU is always theirs, so it does not go with that.
        type: dict
      query:
        description:
          - Query for Prometheus in PromQL, that gives one series, the value per server. It does not go with
            O(target_tracking.metric) and O(target_tracking.resource_query).
          - Aodh finds only metrics that have the label C(project) with the id of the project.
          - Labels are written with single quotes. With double ones, a part of the query only would be limited to the
            project, so they are refused.
        type: str
      maximum:
        description:
          - The highest value that the metric can have. Without it, it has no bounds.
          - For the CPU it is 100, and the option is refused.
        type: float
      granularity:
        description: Seconds of one period. Gnocchi must keep the metric with this granularity.
        type: int
        default: 60
      evaluation_periods:
        description:
          - For how many periods the greatest deviation must last before the group grows, at least 2. A smaller one
            needs some more.
          - The group shrinks after about five times as many, and only when one server less in each zone is enough.
        type: int
        default: 2
      estimated_instance_warmup:
        description: Seconds after a change in which there is no other one.
        type: int
        default: 180
      dead_band:
        description: Share of the target value, above and below it, in which nothing happens. More than 0, less than 1.
        type: float
        default: 0.1
      disable_scale_in:
        description: Whether the group never shrinks by itself.
        type: bool
        default: false
  step_scaling:
    description:
      - Changes the number of servers in steps that are given by hand, beside O(target_tracking) or instead of it.
      - An item is about one metric. Several are independent of each other.
    type: list
    elements: dict
    default: []
    suboptions:
      metric:
        description:
          - Name of a metric in Gnocchi. Without it and without O(step_scaling[].query), it is the CPU in per cent of
            all VCPUs of a server.
        type: str
      aggregation_method:
        description: How Gnocchi makes one value of those of all resources. Not used for the CPU.
        type: str
        default: mean
      resource_type:
        description: Type of the resources in Gnocchi that have the metric. Not used for the CPU.
        type: str
        default: instance
      resource_query:
        description:
          - Which resources in Gnocchi have the metric, in its own words, for example V({"=":{"name":"chat"}}).
          - Only resources that are said to be the project's, or that it has made, count. Gnocchi lets any project say
            so of a resource, so select by something that others do not know.
          - Without it, the servers of the group. The CPU is always theirs, so it does not go with that.
        type: dict
      query:
        description:
          - Query for Prometheus in PromQL, that gives one series. It does not go with O(step_scaling[].metric) and
            O(step_scaling[].resource_query).
          - Aodh finds only metrics that have the label C(project) with the id of the project.
          - Labels are written with single quotes. With double ones, a part of the query only would be limited to the
            project, so they are refused.
        type: str
      granularity:
        description: Seconds of one period. Gnocchi must keep the metric with this granularity.
        type: int
        default: 60
      evaluation_periods:
        description: For how many periods the outermost step must last. Each step before it needs one more.
        type: int
        default: 2
      estimated_instance_warmup:
        description: Seconds after a change in which there is no other one.
        type: int
        default: 180
      adjustment_type:
        description: Whether O(step_scaling[].steps[].adjustment) is a number of servers or per cent of those there are.
        type: str
        choices: [change_in_capacity, percent_change_in_capacity]
        default: change_in_capacity
      steps:
        description: Ranges of the metric, and what to do in each. Steps of one direction follow on each other.
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
              - How many servers to add, or to remove when it is negative. In each of the zones, when zones are given.
            type: int
            required: true
"""
