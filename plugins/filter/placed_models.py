# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: placed_models
short_description: Say where models are on a replica and how they are asked
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Fills the patterns of a runtime's profile with what P(model_serving.openstack.model_files#lookup) read.
positional: _input, profile
options:
  _input:
    description: The models that were read.
    type: list
    elements: dict
    required: true
  profile:
    description: Profile of the runtime, a file in C(vars/runtimes) of the role V(model_server).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show where the models are
  ansible.builtin.debug:
    msg: "{{ models_that_were_read | model_serving.openstack.placed_models(model_server_profile) }}"
"""

RETURN = r"""
_value:
  description: The models in three views.
  type: dict
  contains:
    files:
      description: The files to write on a replica, for P(model_serving.openstack.cloud_config#filter).
      type: list
      elements: dict
    settings:
      description: Where the models are on a replica, for the settings of a model server.
      type: list
      elements: dict
    served:
      description: How the models are asked.
      type: list
      elements: dict
"""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Facts = Mapping[str, Any]


def placed_models(models: Sequence[Facts], profile: Facts) -> dict[str, list[dict[str, Any]]]:
    """Return the models in three views."""
    files: list[dict[str, Any]] = []
    settings: list[dict[str, Any]] = []
    served: list[dict[str, Any]] = []
    for model in models:
        path = _filled(profile["model_path"], model)
        files.append({"path": path, "base64": model["content"]})
        placed = {"name": model["name"], "version": model["version"], "path": path, "sha256": model["sha256"]}
        if model["known_answer"]:
            placed["known_answer"] = _filled(profile["known_answer_path"], model)
            files.append({"path": placed["known_answer"], "content": json.dumps(model["known_answer"])})
        settings.append(placed)
        served.append(
            {
                **{key: model[key] for key in ("name", "version", "sha256", "known_answer")},
                "ready_path": _filled(profile["model_ready_path"], model),
                "infer_path": _filled(profile["infer_path"], model),
            }
        )
    return {"files": files, "settings": settings, "served": served}


def _filled(pattern: str, model: Facts) -> str:
    return pattern.replace("{name}", model["name"]).replace("{version}", model["version"])


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"placed_models": placed_models}
