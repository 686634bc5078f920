# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: rollout_seconds
short_description: Calculate how long it can take to replace all servers of an autoscaling group
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns a value for O(model_serving.openstack.autoscaling_group#module:timeout). It is long enough for an update
    whose batches keep their own limits, no matter how many batches there are. It is never less than 1800.
positional: _input
options:
  _input:
    description: Maximum number of servers.
    type: int
    required: true
  readiness:
    description: As in O(model_serving.openstack.autoscaling_group#module:readiness). Empty if it is not used.
    type: dict
    default: {}
  drain_timeout:
    description: As in O(model_serving.openstack.autoscaling_group#module:drain_timeout).
    type: int
    default: 30
  rolling_update:
    description: As in O(model_serving.openstack.autoscaling_group#module:rolling_update).
    type: dict
    default: {}
  zones:
    description: As in O(model_serving.openstack.autoscaling_group#module:availability_zones).
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show how long an update of four servers can take if each needs up to 15 minutes
  ansible.builtin.debug:
    msg: "{{ 4 | model_serving.openstack.rollout_seconds(readiness={'timeout': 900}) }}"
"""

RETURN = r"""
_value:
  description: Time in seconds.
  type: int
"""

import math
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import (
    READINESS,
    ROLLING_UPDATE,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import shares

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

LEAST = 1800
BUILD = 120
"""Seconds that a server takes until Nova has built it, when its time to get ready begins, and until it is gone."""


def rollout_seconds(
    servers: int,
    readiness: Mapping[str, Any] | None = None,
    drain_timeout: int = 30,
    rolling_update: Mapping[str, Any] | None = None,
    zones: Sequence[str] = (),
) -> int:
    """Return the seconds that all batches of an update may take together, one after another. Pure."""
    # What is wrong with the size is told by the module, which this value goes to.
    size = max(1, _given(ROLLING_UPDATE, rolling_update, "max_batch_size"))
    batches = sum(math.ceil(share / size) for share in shares(int(servers), max(1, len(set(zones)))))
    ready = _given(READINESS, readiness, "timeout") if readiness else 0
    batch = BUILD + ready + int(drain_timeout) + _given(ROLLING_UPDATE, rolling_update, "pause")
    return max(LEAST, batches * batch)


def _given(spec: ArgumentSpec, options: Mapping[str, Any] | None, name: str) -> int:
    given = (options or {}).get(name)
    return int(spec[name]["default"] if given is None else given)


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"rollout_seconds": rollout_seconds}
