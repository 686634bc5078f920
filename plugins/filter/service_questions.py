# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_questions
short_description: List test requests for a service, and the correct answers
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns one question for each model and pool, to be asked through the load balancer. If several fleets share a pool,
    each of their known answers is correct, because it is unknown which fleet's replica answers.
  - A model is left out if no route of its pool leads to it, or if a route of another pool leads to it as well. It is
    also left out if a fleet of the pool has no known answer for it, or has one to another request.
positional: _input, servers
options:
  _input:
    description: The fleets, as P(model_serving.openstack.service_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
  servers:
    description: The facts C(model_server_result) of the role V(model_server), by the name of the fleet.
    type: dict
    required: true
  address:
    description: Host that requests without C(host) are sent to. It can also be the host of a route.
    type: str
"""

EXAMPLES = r"""
- name: Show the questions
  ansible.builtin.debug:
    msg: "{{ preflight_result.fleets | model_serving.openstack.service_questions({'chat': model_server_result}) }}"
"""

RETURN = r"""
_value:
  description:
    - The questions. Each has the fields of a model, and C(pool), the pool that answers. C(host) is the host of the
      request, or V(none) for the host of the address. C(others) has the other correct outputs.
  type: list
  elements: dict
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]


def service_questions(
    fleets: Sequence[Facts], servers: Mapping[str, Facts], address: str | None = None
) -> list[dict[str, Any]]:
    """Return the questions."""
    return [
        {**model, "pool": pool, "host": route.get("host"), "others": others}
        for pool in dict.fromkeys(fleet["pool"] for fleet in fleets)
        for model, others in _known([fleet for fleet in fleets if fleet["pool"] == pool], servers)
        if (route := _only_way(fleets, pool, model["infer_path"], address)) is not None
    ]


def _known(fleets: Sequence[Facts], servers: Mapping[str, Facts]) -> Iterator[tuple[Facts, list[Any]]]:
    """Yield each model of which all fleets of a pool have a known answer, and the answers of those after the first."""
    served = [{model["name"]: model for model in servers[fleet["name"]]["models"]} for fleet in fleets]
    for name, model in served[0].items():
        models = [each.get(name) for each in served]
        answers = [found["known_answer"] if found else None for found in models]
        first = answers[0]
        if (
            first
            and model["infer_path"]
            and all(answer and answer["request"] == first["request"] for answer in answers)
        ):
            yield model, [answer["expected"] for answer in answers[1:] if answer]


def _only_way(fleets: Sequence[Facts], pool: str, path: str, address: str | None) -> Facts | None:
    """Return the first route by which a request comes to a pool and to no other, whichever route is tried first.

    A pool without routes gets what no route leads away.
    """
    own: Sequence[Facts] = next(fleet["routes"] for fleet in fleets if fleet["pool"] == pool)
    others = [route for fleet in fleets if fleet["pool"] != pool for route in fleet["routes"]]
    for route in own or [{}]:
        host = route.get("host") or address
        if _leads(route, host, path) and not any(_leads(other, host, path) for other in others):
            return route
    return None


def _leads(route: Facts, host: str | None, path: str) -> bool:
    """Return whether a route takes a request. Hosts have no upper and lower case."""
    below, wanted = route.get("path"), route.get("host")
    return (not wanted or wanted.lower() == (host or "").lower()) and (
        not below or below == path or path.startswith(f"{below.rstrip('/')}/")
    )


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_questions": service_questions}
