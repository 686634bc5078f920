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
      - Name of a cloud in C(clouds.yaml). The option does not accept the content of such an entry. Use O(auth),
        O(region_name) and the other options for that.
      - If omitted or empty, and without O(auth), the environment decides (E(OS_CLOUD) or the other C(OS_*) variables).
    type: str
  auth:
    description:
      - Values that the authentication plugin needs, for example C(auth_url), C(username), C(password),
        C(project_name), C(user_domain_name) and C(project_domain_name).
      - If O(cloud) is also given, these values override those of O(cloud).
      - Without O(cloud), neither C(clouds.yaml) nor the C(OS_*) variables are read, so that the project, region or
        certificates of another cloud do not get mixed in. Set these with O(auth_type), O(region_name), O(interface),
        O(validate_certs), O(ca_cert), O(client_cert), O(client_key) and O(api_timeout). For settings without an option,
        such as C(*_endpoint_override), use O(cloud) with an entry of C(clouds.yaml).
      - Modules mask these values in what they return, except those that are not secret. These are addresses, names and
        ids of users, projects, domains and application credentials, and C(system_scope).
    type: dict
  auth_type:
    description:
      - Name of the authentication plugin, for example V(password), V(token) or V(v3applicationcredential).
      - If omitted, C(clouds.yaml) decides. Otherwise, V(password) is used.
    type: str
  region_name:
    description: Name of the region.
    type: str
  interface:
    description: Which endpoint of each service to use.
    type: str
    choices: [public, internal, admin]
  validate_certs:
    description:
      - Whether to verify the certificates of the API endpoints.
      - If omitted, C(clouds.yaml) decides (C(verify) or C(insecure)). If that says nothing either,
        certificates are verified.
    type: bool
  ca_cert:
    description: File with the certificates of the trusted authorities, on the host that runs the module.
    type: path
  client_cert:
    description: File with the client certificate, on the host that runs the module.
    type: path
  client_key:
    description: File with the key of O(client_cert), on the host that runs the module.
    type: path
  api_timeout:
    description:
      - Seconds to wait for the answer to a request, from 1 to 2147483.
      - If omitted, C(clouds.yaml) decides. Otherwise, 120 seconds are used.
    type: int
requirements:
  - python >= 3.11
  - openstacksdk >= 4.22, < 5
notes:
  - If O(auth_type), O(region_name), O(ca_cert), O(client_cert) or O(client_key) is empty, it counts as omitted. A
    playbook gets an empty text when it looks up an environment variable that is not set.
  - Reads are retried up to five times on connection errors and on the status codes 429, 500, 502, 503 and 504. If no
    connection can be established, there are three more tries. The header C(Retry-After) is honored up to 20 seconds.
  - Writes are retried only if they certainly had no effect. This is the case after status 429, if no connection could
    be established (three more tries), and after a conflict (409) with which Octavia reports that the load balancer is
    being changed. If the answer to a write is lost, run the task again. It continues from what it finds.
  - The settings C(connect_retries) and C(status_code_retries) of C(clouds.yaml), also those of single services, are not
    used, because with them the SDK would also retry writes that may have had an effect. Answers are not taken from the
    cache that C(clouds.yaml) can configure.
"""
