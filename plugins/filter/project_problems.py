# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: project_problems
short_description: Find out whether a service belongs to another project
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Compares the project of the connection with the one that a service file names.
positional: _input, wanted
options:
  _input:
    description: Value C(project) of M(model_serving.openstack.service_info).
    type: dict
    required: true
  wanted:
    description: Name or id of the project. If omitted, any project is correct.
    type: str
"""

EXAMPLES = r"""
- name: Fail if this is not the correct project
  ansible.builtin.assert:
    that: found.project | model_serving.openstack.project_problems('serving') == []
"""

RETURN = r"""
_value:
  description: The problem. The list is empty if it is the correct project.
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def project_problems(project: Mapping[str, Any], wanted: str | None = None) -> list[str]:
    """Return the problem."""
    if not wanted or wanted in (project["id"], project["name"]):
        return []
    found = f"{project['name']!r} ({project['id']})"
    said = f"the service belongs to the project {wanted!r}, but the credentials are for {found}"
    return [f"{said}; see OS_CLOUD, or 'project' of the service file"]


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"project_problems": project_problems}
