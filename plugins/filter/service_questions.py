# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_questions
short_description: Say what to ask a service through its load balancer, and which answers are right
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns one question for each model and pool. In a pool that several fleets share, each of their known answers is
    right, because nobody knows whose replica answers.
  - A model is left out when no route of its pool leads to it, or when a fleet of the pool has no known answer for it or
    one to another request.
positional: _input, servers
options:
  _input:
    description: The fleets, as P(model_serving.openstack.service_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
  servers:
    description: What the role V(model_server) says, by name of the fleet.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what would be asked
  ansible.builtin.debug:
    msg: "{{ preflight_result.fleets | model_serving.openstack.service_questions({'chat': model_server_result}) }}"
"""

RETURN = r"""
_value:
  description:
    - The questions. Each has the fields of a model, C(host) for the request, V(none) for the address's own, and
      C(others), the other outputs that are right.
  type: list
  elements: dict
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]


def service_questions(fleets: Sequence[Facts], servers: Mapping[str, Facts]) -> list[dict[str, Any]]:
    """Return the questions."""
    return [
        question
        for pool in dict.fromkeys(fleet["pool"] for fleet in fleets)
        for question in _of_pool([fleet for fleet in fleets if fleet["pool"] == pool], servers)
    ]


def _of_pool(fleets: Sequence[Facts], servers: Mapping[str, Facts]) -> Iterator[dict[str, Any]]:
    served = [{model["name"]: model for model in servers[fleet["name"]]["models"]} for fleet in fleets]
    routes = fleets[0]["routes"] or [{}]
    for name, model in served[0].items():
        models = [each.get(name) for each in served]
        answers = [found["known_answer"] if found else None for found in models]
        first = answers[0]
        if (
            not first
            or not model["infer_path"]
            or not all(answer and answer["request"] == first["request"] for answer in answers)
        ):
            continue
        leading = [route for route in routes if _leads(route.get("path"), model["infer_path"])]
        if leading:
            others = [answer["expected"] for answer in answers[1:] if answer]
            yield {**model, "host": leading[0].get("host"), "others": others}


def _leads(path: str | None, wanted: str) -> bool:
    return not path or wanted == path or wanted.startswith(f"{path.rstrip('/')}/")


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_questions": service_questions}
