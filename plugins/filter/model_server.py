# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: model_server
short_description: Create user data that turns a server into a model server
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns user data for cloud-init that fetches models to a server and keeps a runtime running for them.
  - The same input always gives the same text, because a change of the user data replaces servers.
positional: _input, profile
options:
  _input:
    description: The models, as P(model_serving.openstack.model_files#lookup) returns them.
    type: list
    elements: dict
    required: true
  profile:
    description: The profile of the runtime, as P(model_serving.openstack.runtime_profile#filter) returns it.
    type: dict
    required: true
  programs:
    description:
      - Contents of the programs that the user data may need, by name. They include the programs of the profile and, for
        models with a URL, C(model_fetch.py) and C(model_sources.py). They are among the files of the role
        V(model_server).
    type: dict
    required: true
  port:
    description: Port of the model server.
    type: int
    required: true
  drain_seconds:
    description: Maximum time in seconds to finish open requests.
    type: int
    default: 30
  object_storage:
    description: How servers access models in object storage.
    type: dict
    default: {}
  log_to_console:
    description: Whether to also write the log to the console.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Show how to send requests to the models
  ansible.builtin.debug:
    msg: >-
      {{ (models_read
          | model_serving.openstack.model_server(checked.profile, programs=programs_read, port=8000)).models }}
  vars:
    program_names: "{{ checked.profile.programs + ['model_fetch.py', 'model_sources.py'] }}"
    programs_read: "{{ dict(program_names | zip(query('ansible.builtin.file', *program_names, rstrip=false))) }}"
"""

RETURN = r"""
_value:
  description: The result.
  type: dict
  contains:
    user_data:
      description: The user data. V(none) if there are problems.
      type: str
    ready_path:
      description: Path that returns status 200 when all models are ready. V(none) if there are problems.
      type: str
    models:
      description: How to send requests to the models. Empty if there are problems.
      type: list
      elements: dict
    problems:
      description: Reasons why the user data cannot be created, for example because it is too large for Nova.
      type: list
      elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import plain
from ansible_collections.model_serving.openstack.plugins.plugin_utils._model_server import ModelServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def model_server(models: Sequence[Any], profile: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return the user data and what is known about the server."""
    server = ModelServer(models=plain(models), profile=plain(profile), **plain(options))
    if problems := server.problems():
        return {"user_data": None, "ready_path": None, "models": [], "problems": problems}
    return {
        "user_data": server.user_data(),
        "ready_path": server.ready_path,
        "models": server.served(),
        "problems": [],
    }


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"model_server": model_server}
