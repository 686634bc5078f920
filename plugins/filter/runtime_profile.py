# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: runtime_profile
short_description: Check the profile of a runtime and apply a user's options to it
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Completes a profile with defaults and a user's options. Profiles are files in C(vars/runtimes) of the role
    V(model_server).
  - Problems are returned, not raised, so that all of them can be reported together.
positional: _input, spec
options:
  _input:
    description: The profile. Its keys are the options of the entry point V(runtime) of the role V(model_server).
    type: dict
    required: true
  spec:
    description: Options of that entry point, from the role's C(meta/argument_specs.yml).
    type: dict
    required: true
  options:
    description: Settings that a user overrides, from C(model_server_runtime_options).
    type: dict
    default: {}
  options_spec:
    description: >-
      Options that are allowed in O(options), from the role's C(meta/argument_specs.yml). If omitted, O(options) is not
      checked.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what is wrong with a profile
  ansible.builtin.debug:
    msg: "{{ (my_profile | model_serving.openstack.runtime_profile(profile_spec)).problems }}"
"""

RETURN = r"""
_value:
  description: The result.
  type: dict
  contains:
    profile:
      description: The complete profile. Wrong values are V(none).
      type: dict
    problems:
      description: The problems.
      type: list
      elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils import _runtimes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import Spec


def runtime_profile(
    profile: Any, spec: Spec, options: Mapping[str, Any] | None = None, options_spec: Spec | None = None
) -> dict[str, Any]:
    """Return the profile and its problems."""
    complete, problems = _runtimes.runtime_profile(profile, spec, options, options_spec)
    return {"profile": complete, "problems": problems}


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"runtime_profile": runtime_profile}
