# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: given_options
short_description: Leave out the options that are null
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Modules accept V(null) for an option with suboptions, but some refuse it for a single suboption. The result of this
    filter has the same meaning without V(null).
  - The filter also processes mappings in lists. Other values, such as the environment of a container, do not change.
positional: _input
options:
  _input:
    description:
      - The options. No value at all counts as no options.
      - A text is read as Ansible reads one for an option of the type C(dict). Variables that are given with C(-e) can
        be texts. Ansible checks those of a role, but does not convert them.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show the options that are given
  ansible.builtin.debug:
    # {'timeout': 900}
    msg: "{{ {'timeout': 900, 'path': none} | model_serving.openstack.given_options }}"
"""

RETURN = r"""
_value:
  description: The options without those that are V(null).
  type: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._given_options import given_options

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"given_options": given_options}
