# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_surplus
short_description: List what a service has and shall no longer have
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Compares what the cloud has of a service with its fleets. A fleet that becomes an autoscaling group, or the other
    way round, is listed as what it was.
positional: _input
options:
  _input:
    description: What M(model_serving.openstack.service_info) returned.
    type: dict
    required: true
  service:
    description: Name of the service.
    type: str
    required: true
  fleets:
    description:
      - The fleets that there shall be, each with C(name) and C(elastic), whether it is an autoscaling group.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show what would be removed with the service
  ansible.builtin.debug:
    msg: "{{ found | model_serving.openstack.service_surplus(service='chat') }}"
"""

RETURN = r"""
_value:
  description: Names of what shall go, in the lists C(groups) for autoscaling groups and C(fleets) for the rest.
  type: dict
  contains:
    groups:
      description: The autoscaling groups. C(security_group) goes with them; it is empty if that is still needed.
      type: list
      elements: dict
    fleets:
      description: Fleets of servers, and what is left of them. C(security_group) likewise.
      type: list
      elements: dict
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Named = Mapping[str, Any]

SECURITY_GROUP_PREFIX = "model_serving."


def service_surplus(found: Mapping[str, Sequence[Named]], service: str, fleets: Sequence[Named] = ()) -> dict[str, Any]:
    """Return what of a service is in the cloud and not wanted. Pure."""

    def named(names: Iterable[str], kept: Iterable[str], secured: Iterable[str]) -> list[dict[str, str]]:
        own = {name for name in names if name == service or name.startswith(f"{service}.")}
        spared = set(secured)
        return [
            {"name": name, "security_group": "" if name in spared else SECURITY_GROUP_PREFIX + name}
            for name in sorted(own.difference(kept))
        ]

    elastic = {fleet["name"] for fleet in fleets if fleet["elastic"]}
    still = {fleet["name"] for fleet in fleets if not fleet["elastic"]}
    served = {fleet["name"] for fleet in found["fleets"]}
    # A change from one to the other that was killed leaves both: the security group goes with what is removed last.
    groups = named((group["name"] for group in found["groups"]), elastic, still | served)
    going = {group["name"] for group in groups}
    # A security group with nothing else is what a run left that was killed.
    servers = {group["fleet"] for group in found["security_groups"]} - elastic - going
    servers |= served
    servers |= {group["fleet"] for group in found["server_groups"]}
    return {"groups": groups, "fleets": named(servers, still, elastic)}


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_surplus": service_surplus}
