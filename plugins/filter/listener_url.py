# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: listener_url
short_description: Return the URL at which clients reach a listener of a load balancer
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the URL of a listener without a path. IPv6 addresses are in brackets.
positional: _input, protocol, port
options:
  _input:
    description: Address or name of the load balancer.
    type: str
    required: true
  protocol:
    description: Protocol of the listener.
    type: str
    required: true
  port:
    description: Port of the listener.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Show the URL of the service
  ansible.builtin.debug:
    msg: "{{ load_balancer_result.address | model_serving.openstack.listener_url('HTTP', load_balancer_result.port) }}"
"""

RETURN = r"""
_value:
  description: The URL.
  type: str
  sample: http://[2001:db8::5]:80
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._url import listener_url

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"listener_url": listener_url}
