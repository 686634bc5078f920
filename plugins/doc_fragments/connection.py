# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How to reach the cloud. The options are those of openstacksdk under Ansible's usual names."""

    DOCUMENTATION = r"""
options:
  cloud:
    description:
      - Name of a cloud in C(clouds.yaml). The content of such an entry is not taken here; give that as O(auth),
        O(region_name) and so on.
      - Without it or with an empty one, and without O(auth), the environment decides (E(OS_CLOUD), or the other C(OS_*)
        variables).
    type: str
  auth:
    description:
      - What the authentication plugin needs, for example C(auth_url), C(username), C(password), C(project_name),
        C(user_domain_name) and C(project_domain_name).
      - Merged over the values of O(cloud) when both are given.
      - Without O(cloud), neither C(clouds.yaml) nor the C(OS_*) variables are read, so that no other cloud's project,
        region or certificates get mixed in. What they would say is then said by O(auth_type), O(region_name),
        O(interface), O(validate_certs), O(ca_cert), O(client_cert), O(client_key) and O(api_timeout). For settings
        without an option, such as C(*_endpoint_override), name an entry of C(clouds.yaml) with O(cloud).
      - Its values are masked in what modules return, but for those that are no secrets. These are addresses, names and
        ids of users, projects, domains and application credentials, and C(system_scope).
    type: dict
  auth_type:
    description:
      - Name of the authentication plugin, for example V(password), V(token) or V(v3applicationcredential).
      - Without it, C(clouds.yaml) decides, else V(password) is used.
    type: str
  region_name:
    description: Name of the region.
    type: str
  interface:
    description: Which of the endpoints of a service to talk to.
    type: str
    choices: [public, internal, admin]
  validate_certs:
    description:
      - Whether to verify the certificates of the API endpoints.
      - Without it, C(clouds.yaml) decides, else certificates are verified.
    type: bool
  ca_cert:
    description: File with the certificates of the authorities to trust, on the host that runs the module.
    type: path
  client_cert:
    description: File with the client certificate, on the host that runs the module.
    type: path
  client_key:
    description: File with the key of O(client_cert), on the host that runs the module.
    type: path
  api_timeout:
    description:
      - Seconds to wait for the answer to one request, from 1 to 2147483.
      - Without it, C(clouds.yaml) decides, else 120 seconds are used.
    type: int
requirements:
  - python >= 3.11
  - openstacksdk >= 4.22, < 5
notes:
  - Reads are repeated up to five times on connection errors and on the status codes 429, 500, 502, 503 and 504. When no
    connection comes about, there are three more tries. The header C(Retry-After) is honoured up to 20 seconds.
  - Writes are repeated only when they were certainly not done. That is so after 429, when no connection came about
    (three more tries), and after a conflict (409) by which Octavia says that the load balancer is being changed. After
    a write whose answer was lost, run the task again. It goes on from what it finds.
"""
