#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: traffic_info
short_description: Send requests to a service for a time, and show what clients noticed
description:
  - Sends one request again and again at a constant rate, each on a connection of its own, and looks every second at the
    members of a pool.
  - Made for drills, in which something is broken meanwhile. Run it with C(async) and C(poll=0) for that. It is no load
    test.
  - Requests are sent in check mode, too.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  url:
    description:
      - Where to send the request, with V(http://) or V(https://).
      - A redirection is not followed. It counts as the status that it is, so as a failure.
    type: str
    required: true
  ca_path:
    description:
      - File with the certificates of the authorities that the certificate at O(url) may come from. Without it, that
        certificate is checked as O(validate_certs) and O(ca_cert) say of the cloud's.
      - When these say nothing either, E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) names the file, else it is the
        system's store.
    type: path
  method:
    description: HTTP method of the request.
    type: str
    choices: [GET, POST]
    default: POST
  body:
    description: What to send, as JSON. Without it, the request has no body.
    type: dict
  headers:
    description:
      - Headers of the request beside the usual ones.
      - Of what is in them, only what cannot be a secret appears in the result and with C(-vvv), for example C(Host).
    type: dict
    default: {}
  rate:
    description: Requests a second. More than 0, at most 1000.
    type: float
    default: 10
  clients:
    description: How many requests may wait for their answers at the same time. When all wait, none is sent.
    type: int
    default: 20
  answer_timeout:
    description: Seconds after which a request without an answer has failed.
    type: int
    default: 10
  duration:
    description: Seconds for which requests are sent at least.
    type: int
    default: 30
  load_balancer:
    description: Name or id of the load balancer that O(pool) belongs to.
    type: str
  pool:
    description: Name or id of the pool whose members are looked at. Without it, none is.
    type: str
  replicas:
    description:
      - Requests are sent until this number of members, those in O(lost) not counted, is in rotation. Needs O(pool).
      - With V(0), they are sent for O(duration).
    type: int
    default: 0
  lost:
    description:
      - Addresses of members that are going to be broken.
      - Once one of them was out of rotation, it is that of another member when it is in rotation again.
    type: list
    elements: str
    default: []
  settle:
    description: >-
      Seconds for which the members must be in rotation again, and those in O(lost) out of it, before requests end.
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
- name: Ask the model for a minute
  model_serving.openstack.traffic_info:
    cloud: mycloud
    url: http://198.51.100.10/v2/models/doubled/infer
    body:
      inputs:
        - {name: x, datatype: FP32, shape: [1], data: [21.0]}
    duration: 60
  register: traffic

- name: Nobody must have noticed the maintenance
  ansible.builtin.assert:
    that: traffic.failed_requests == 0
"""

RETURN = r"""
requests:
  description: How many requests were sent.
  returned: success
  type: int
failed_requests:
  description: How many of them were not answered with status 200 in time.
  returned: success
  type: int
longest_gap_s:
  description: The longest time without a good answer, in seconds.
  returned: success
  type: float
p50_ms:
  description:
    - Half of the requests took at most this long, in milliseconds, those that failed included.
    - V(none) when none was sent.
  returned: success
  type: float
p99_ms:
  description:
    - 99 of 100 requests took at most this long, in milliseconds, those that failed included.
    - V(none) when none was sent.
  returned: success
  type: float
errors:
  description: What went wrong, each kind once, at most five.
  returned: success
  type: list
  elements: str
out_of_rotation_at:
  description:
    - From which moment on none of O(lost) was in rotation as Octavia says it, in seconds since the epoch.
    - V(none) when one of them still was at the end, or none was given.
  returned: success
  type: float
capacity_back_at:
  description:
    - From which moment on O(replicas) members other than O(lost) were in rotation, in seconds since the epoch.
    - V(none) when they were not at the end, when they were all the time, or when no number was given.
  returned: success
  type: float
recovered:
  description:
    - Whether O(replicas) members were in rotation, and all of O(lost) had left it, for O(settle) seconds at the end.
    - V(true) when no number was given.
  returned: success
  type: bool
failure:
  description:
    - The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
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
