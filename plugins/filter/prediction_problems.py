# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: prediction_problems
short_description: Compare a model's answer with the known one
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Compares an answer of the Open Inference Protocol V2 with expected outputs. Numbers may differ by a thousandth.
positional: _input, expected
options:
  _input:
    description: The answer, an object with C(outputs).
    type: raw
    required: true
  expected:
    description: Expected data by name of output. Nested lists count like flat ones.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show how an answer differs
  ansible.builtin.debug:
    msg: "{{ answer.json | model_serving.openstack.prediction_problems({'label': [0, 3, 4, 7]}) }}"
"""

RETURN = r"""
_value:
  description: The differences, none when the answer is as expected.
  type: list
  elements: str
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# As the model server compares when it tries a model, so that both agree on what is right.
RELATIVE, ABSOLUTE = 1e-3, 1e-5


def prediction_problems(answer: Any, expected: Mapping[str, Any]) -> list[str]:
    """Return the differences."""
    outputs = answer.get("outputs") if isinstance(answer, Mapping) else None
    if not isinstance(outputs, list):
        return [f"the answer has no outputs: {answer!r}"]
    data = {output.get("name"): _flat(output.get("data")) for output in outputs}
    return [
        f"{name} should be {wanted}, but is {data.get(name)}"
        for name, wanted in expected.items()
        if not _same(data.get(name), _flat(wanted))
    ]


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]


def _same(found: list[Any] | None, wanted: list[Any]) -> bool:
    return found is not None and len(found) == len(wanted) and all(map(_close, found, wanted))


def _close(found: Any, wanted: Any) -> bool:
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)):
        return math.isclose(found, wanted, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(found == wanted)


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"prediction_problems": prediction_problems}
