# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: prediction_problems
short_description: Compare the answers of models with the known ones
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Compares answers of the Open Inference Protocol V2 with expected outputs. Numbers can differ by a thousandth,
    except in outputs whose C(datatype) has no fractions.
  - Answers of other protocols are objects that must have the expected members. In lists, each item is compared.
positional: _input, models
options:
  _input:
    description: The answers, which are objects with C(outputs).
    type: list
    elements: dict
    required: true
  models:
    description:
      - The models, in the order of their answers. Each has C(name) and C(known_answer), whose C(expected) has the data
        by name of the output. Nested lists are equivalent to flat ones. A model can also have C(others), which are
        other correct outputs, and C(protocol), if it is not V(open_inference).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show how an answer differs from the known one
  ansible.builtin.debug:
    msg: >-
      {{ [{'outputs': [{'name': 'label', 'data': [0, 3]}]}] | model_serving.openstack.prediction_problems(
           [{'name': 'digits', 'known_answer': {'expected': {'label': [0, 4]}}}]) }}
"""

RETURN = r"""
_value:
  description: The differences. The list is empty if all answers are as expected.
  type: list
  elements: str
"""

import math
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# As the model server compares when it tries a model, so that both agree on what is right.
RELATIVE = 1e-3
ABSOLUTE = 1e-5
EXACT = ("INT", "UINT", "BOOL", "BYTES")
"""How the data types begin in which a value is a label, a token or a text, and its neighbour another one."""
OPEN_INFERENCE = "open_inference"


def prediction_problems(answers: Sequence[Any], models: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the differences."""
    return [
        f"model {model['name']!r}: {problem}"
        for answer, model in zip(answers, models, strict=True)
        for problem in _best(answer, model)
    ]


def _best(answer: Any, model: Mapping[str, Any]) -> list[str]:
    """Return how an answer differs from the outputs that it comes closest to."""
    right = [model["known_answer"]["expected"], *(model.get("others") or ())]
    if model.get("protocol", OPEN_INFERENCE) != OPEN_INFERENCE:
        return min((list(_missing(answer, expected, "the answer")) for expected in right), key=len)
    return min((_differences(answer, expected) for expected in right), key=len)


def _missing(answer: Any, expected: Any, where: str) -> Iterator[str]:
    """Yield what an answer does not have although it is expected."""
    if isinstance(expected, Mapping) and isinstance(answer, Mapping):
        for key, value in expected.items():
            yield from _missing(answer.get(key), value, f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        for index, value in enumerate(expected):
            yield from _missing(answer[index], value, f"{where}[{index}]")
    elif not _close(answer, expected):
        yield f"{where} should be {expected!r}, but is {answer!r}"


def _differences(answer: Any, expected: Mapping[str, Any]) -> list[str]:
    outputs = answer.get("outputs") if isinstance(answer, Mapping) else None
    if not isinstance(outputs, list):
        return [f"the answer has no outputs: {answer!r}"]
    data = {output.get("name"): _flat(output.get("data")) for output in outputs}
    exact = {output.get("name") for output in outputs if str(output.get("datatype")).startswith(EXACT)}
    return [
        f"{name} should be {wanted}, but is {data.get(name)}"
        for name, wanted in expected.items()
        if not _same(data.get(name), _flat(wanted), operator.eq if name in exact else _close)
    ]


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]


def _same(found: list[Any] | None, wanted: list[Any], alike: Callable[[Any, Any], bool]) -> bool:
    return found is not None and len(found) == len(wanted) and all(map(alike, found, wanted))


def _close(found: Any, wanted: Any) -> bool:
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)):
        return math.isclose(found, wanted, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(found == wanted)


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"prediction_problems": prediction_problems}
