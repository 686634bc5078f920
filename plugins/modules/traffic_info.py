#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: traffic_info
short_description: Send requests to a service for a while and show what clients noticed
description:
  - Sends the same request repeatedly at a constant rate, each time on a new connection, and checks the members of a
    pool every second.
  - The module is made for drills in which something is broken while requests are sent. For a drill, run it with
    C(async) and C(poll=0). It is not a load test.
  - Requests are also sent in check mode.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  url:
    description:
      - URL to send the request to, starting with V(http://) or V(https://).
      - Redirects are not followed. A redirect counts as a failure, because its status is not 200.
    type: str
    required: true
  ca_path:
    description:
      - File with the certificates of the authorities to trust for O(url). If omitted, the certificate at O(url) is
        checked according to O(validate_certs) and O(ca_cert), like the certificates of the cloud.
      - If these options are not set either, E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) names the file. Otherwise, the
        system's certificate store is used.
    type: path
  method:
    description: HTTP method of the request.
    type: str
    choices: [GET, POST]
    default: POST
  body:
    description: Body of the request, sent as JSON. If omitted, the request has no body.
    type: dict
  headers:
    description:
      - Additional headers of the request.
      - The result and the output of C(-vvv) show only headers that cannot contain a secret, for example C(Host).
    type: dict
    default: {}
  rate:
    description: Requests per second, more than 0 and at most 1000.
    type: float
    default: 10
  clients:
    description: Maximum number of requests that wait for answers at the same time. While all wait, no request is sent.
    type: int
    default: 20
  answer_timeout:
    description: Seconds after which a request without an answer counts as failed.
    type: int
    default: 10
  duration:
    description: Minimum time in seconds for which requests are sent.
    type: int
    default: 30
  load_balancer:
    description: Name or id of the load balancer that O(pool) belongs to.
    type: str
  pool:
    description: Name or id of the pool whose members are checked. If omitted, no pool is checked.
    type: str
  replicas:
    description:
      - Requests are sent until this number of members, not counting those in O(lost), is in rotation. Requires O(pool).
      - With V(0), requests are sent for O(duration).
    type: int
    default: 0
  lost:
    description:
      - Addresses of members that are going to be broken.
      - If an address returns into rotation after it has left it, it counts as the address of a new member.
    type: list
    elements: str
    default: []
  settle:
    description: >-
      Seconds for which O(replicas) members must be in rotation, and those in O(lost) out of it, before requests end.
    type: int
    default: 10
  timeout:
    description: Seconds after which requests end, whether O(replicas) are in rotation or not.
    type: int
    default: 300
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.replica
"""

EXAMPLES = r"""
- name: Send requests to a model for a minute
  model_serving.openstack.traffic_info:
    cloud: mycloud
    url: http://198.51.100.10/v2/models/doubled/infer
    body:
      inputs:
        - {name: x, datatype: FP32, shape: [1], data: [21.0]}
    duration: 60
  register: traffic

- name: Fail if clients noticed the maintenance
  ansible.builtin.assert:
    that: traffic.failed_requests == 0
"""

RETURN = r"""
requests:
  description: Number of requests that were sent.
  returned: success
  type: int
failed_requests:
  description: Number of requests that were not answered with status 200 in time.
  returned: success
  type: int
longest_gap_s:
  description: Longest time without a successful answer, in seconds.
  returned: success
  type: float
p50_ms:
  description:
    - Median duration of all requests in milliseconds, including failed ones.
    - V(none) if no request was sent.
  returned: success
  type: float
p99_ms:
  description:
    - 99th percentile of the duration of all requests in milliseconds, including failed ones.
    - V(none) if no request was sent.
  returned: success
  type: float
errors:
  description: Errors of failed requests, each kind once, at most five.
  returned: success
  type: list
  elements: str
out_of_rotation_at:
  description:
    - Time from which none of O(lost) was in rotation according to Octavia, in seconds since the epoch.
    - V(none) if one of them was still in rotation at the end, or if O(lost) is empty.
  returned: success
  type: float
capacity_back_at:
  description:
    - Time from which O(replicas) members other than O(lost) were in rotation, in seconds since the epoch.
    - V(none) if they were not in rotation at the end, if they always were, or if O(replicas) is V(0).
  returned: success
  type: float
recovered:
  description:
    - Whether O(replicas) members were in rotation, and all of O(lost) out of it, for O(settle) seconds at the end.
    - V(true) if O(replicas) is V(0).
  returned: success
  type: bool
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule
from ansible_collections.model_serving.openstack.plugins.module_utils._traffic import collect

MODULE = InfoModule(
    argument_spec={
        "url": {"type": "str", "required": True},
        "ca_path": {"type": "path"},
        "method": {"type": "str", "choices": ["GET", "POST"], "default": "POST"},
        "body": {"type": "dict"},
        "headers": {"type": "dict", "default": {}, "no_log": True},
        "rate": {"type": "float", "default": 10},
        "clients": {"type": "int", "default": 20},
        "answer_timeout": {"type": "int", "default": 10},
        "duration": {"type": "int", "default": 30},
        "load_balancer": {"type": "str"},
        "pool": {"type": "str"},
        "replicas": {"type": "int", "default": 0},
        "lost": {"type": "list", "elements": "str", "default": []},
        "settle": {"type": "int", "default": 10},
        "timeout": {"type": "int", "default": 300},
    },
    collect=collect,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
