# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the options of any module, whatever they are for. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common import validation
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec, Option

LARGEST = 2**31 - 1
"""What the databases of the services keep as a number."""
LONGEST_REQUEST = LARGEST // 1000
"""Seconds of C(api_timeout) at most: connections keep them as milliseconds, in a number of the same size."""


def missing(params: Mapping[str, Any], required_if: Sequence[Sequence[Any]]) -> list[str]:
    """Return what is required but null, which counts as given for Ansible's own validator."""
    given = {name: value for name, value in params.items() if value is not None}
    try:
        validation.check_required_if(required_if, given)
    except TypeError as error:
        return [str(error)]
    return []


def unreadable(spec: ArgumentSpec, given: Mapping[str, Any]) -> list[str]:
    """Return the options at whose values Ansible's own validator breaks: infinity, a number for a mapping."""
    found = []
    for name, option in spec.items():
        if name not in given:
            continue
        try:
            ArgumentSpecValidator({name: option}).validate({name: given[name]})
        except (ArithmeticError, AttributeError, TypeError, ValueError):
            hidden = "a value" if option.get("no_log") else repr(given[name])
            found.append(f"{name!r} is {hidden}, which cannot be read as {_kind(option)}")
    return found


def _kind(option: Option) -> str:
    kind = option.get("type", "str")
    return f"{kind} of {option['elements']}" if "elements" in option else kind


def empty(spec: ArgumentSpec, params: Mapping[str, Any]) -> list[str]:
    """Return the required texts that are empty. Null, which a variable can be, is read as an empty text, too."""
    return [
        f"{place!r} is empty"
        for option, value, place in _values(spec, params)
        if option.get("required") and value == ""
    ]


def number_problems(spec: ArgumentSpec, params: Mapping[str, Any]) -> list[str]:
    """Return the numbers that are out of all reason, with where they are."""
    found = [
        f"{place!r} {problem}" for _option, value, place in _values(spec, params) if (problem := unreasonable(value))
    ]
    if (timeout := params.get("timeout") or 0) < 0:
        found.append(f"'timeout' is {timeout}, but must not be negative")
    if problem := request_problem(params.get("api_timeout")):
        found.append(f"'api_timeout' {problem}")
    return found


def too_small(params: Mapping[str, Any], names: Iterable[str], where: str = "", least: int = 0) -> list[str]:
    """Return the numbers that are less than they may be; those that are None or missing are left to their defaults."""
    rule = f"be at least {least}" if least else "not be negative"
    return [
        f"'{where}{name}' must {rule}" for name in names if (given := params.get(name)) is not None and given < least
    ]


def request_problem(seconds: float | None) -> str:
    """Return what is wrong with the seconds that a request may take, nothing when they are not given."""
    # Numbers out of all reason are told by others, and not shown.
    if seconds is None or unreasonable(seconds) or 0 < seconds <= LONGEST_REQUEST:
        return ""
    return f"is {seconds}, but must be from 1 to {LONGEST_REQUEST}"


def _values(spec: ArgumentSpec, params: Mapping[str, Any], where: str = "") -> Iterator[tuple[Option, Any, str]]:
    """Yield the values of all options, those of suboptions and of lists one by one, with where they are."""
    for name, option in spec.items():
        inner = option.get("options")
        for value, place in _items(params.get(name), f"{where}{name}"):
            if inner and isinstance(value, Mapping):
                yield from _values(inner, value, f"{place}.")
            else:
                yield option, value, place


def _items(value: Any, place: str) -> list[tuple[Any, str]]:
    if not isinstance(value, list):
        return [(value, place)]
    return [(item, f"{place}[{index}]") for index, item in enumerate(value)]


def unreasonable(value: Any) -> str:
    """Return what is wrong with a value if it is a number that no service keeps, else nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {value}, but must be a number"
    if isinstance(value, int | float) and abs(value) > LARGEST:
        # The number is not shown: it can be as long as it likes.
        return f"is beyond {LARGEST}, the most that a service keeps"
    return ""
