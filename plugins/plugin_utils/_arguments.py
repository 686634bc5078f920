# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A nested mapping against an argument spec: typed, completed, and every problem with the place where it is. Pure.

Ansible's own validator does the types. It is asked about one option at a time, because for a whole mapping it tells
neither which item of a list it means nor, with the unknown options of several mappings, what would be known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import unreasonable
from ansible_collections.model_serving.openstack.plugins.module_utils._texts import nested

if TYPE_CHECKING:
    from collections.abc import Iterator

Spec = Mapping[str, Mapping[str, Any]]


def checked(given: Any, spec: Spec, where: str, problems: list[str]) -> dict[str, Any]:
    """Return a mapping of the options of a spec, typed and with defaults; None for what is wrong or not given.

    :param given: what the user wrote
    :param spec: options as in C(meta/argument_specs.yml)
    :param where: the place of C(given), as messages name it
    :param problems: messages are added to it
    """
    if not isinstance(given, Mapping):
        problems.append(f"{where} must be a mapping of options, not {_kind(given)}")
        return checked({}, spec, where, [])
    unknown = sorted(str(name) for name in given if name not in spec)
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        problems.append(
            f"{where} has the unknown option{plural} {', '.join(unknown)} (known: {', '.join(sorted(spec))})"
        )
    return {name: _option(given.get(name), option, f"{where}.{name}", problems) for name, option in spec.items()}


def plain(value: Any) -> Any:
    """Return a value without what Ansible's templating puts into mappings and lists, which cannot be copied cheaply."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _option(given: Any, option: Mapping[str, Any], where: str, problems: list[str]) -> Any:
    if given is None:
        given = option.get("default")
    if given is None:
        if option.get("required"):
            problems.append(f"{where} is missing")
        return None
    inner = option.get("options")
    if inner is not None and option["type"] == "dict":
        return checked(given, inner, where, problems)
    if inner is not None:
        return _items(given, inner, where, problems)
    return _typed(given, option, where, problems)


def _items(given: Any, inner: Spec, where: str, problems: list[str]) -> list[dict[str, Any]] | None:
    if not isinstance(given, list):
        problems.append(f"{where} must be a list, not {_kind(given)}")
        return None
    return [checked(item, inner, f"{where}[{index}]", problems) for index, item in enumerate(given)]


def _typed(given: Any, option: Mapping[str, Any], where: str, problems: list[str]) -> Any:
    if option["type"] == "str" and not isinstance(given, (str, int, float, bool)):
        # The validator would turn it into the text of a Python value.
        problems.append(f"{where} must be a text, not {_kind(given)}")
        return None
    if shortened := list(_shortened(given, option, where)):
        problems.extend(shortened)
        if option["type"] == "str":
            return None
    known = {key: option[key] for key in ("type", "elements", "choices") if key in option}
    try:
        result = ArgumentSpecValidator({"option": known}).validate({"option": given})
    except (ArithmeticError, TypeError, ValueError):
        # It cannot take infinity for a number.
        problems.append(f"{where} cannot be read as {known['type']}")
        return None
    if not result.error_messages:
        value = result.validated_parameters["option"]
        wrong = [problem for each in (value if isinstance(value, list) else [value]) if (problem := unreasonable(each))]
        problems.extend(f"{where} {problem}" for problem in wrong)
        return None if wrong else value
    if "choices" in known and given not in known["choices"]:
        problems.append(f"{where} is {given!r}, but must be one of {', '.join(map(str, known['choices']))}")
    elif known["type"] == "dict":
        problems.append(f"{where} must be a mapping, not {_kind(given)}")
    else:
        shown = _kind(given) if isinstance(given, Mapping) else repr(given)
        of = f" of {known['elements']}" if "elements" in known else ""
        problems.append(f"{where} is {shown}, but must be of type {known['type']}{of}")
    return None


def unquoted(given: Any, where: str, *, hidden: bool = False) -> Iterator[str]:
    """Yield that a text is a number from which nobody can tell what was written: YAML makes 1.1 of 1.10.

    :param hidden: whether it is a secret
    """
    if isinstance(given, float):
        number = "a number" if hidden else f"the number {given}"
        yield f"{where} is {number}: put it into quotes, because YAML drops zeros of numbers"


def _shortened(given: Any, option: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield the numbers that an option has in the place of texts. A list is there all the same, for other rules."""
    if option["type"] == "str":
        yield from unquoted(given, where, hidden=bool(option.get("no_log")))
    elif option["type"] == "list" and option.get("elements") == "str":
        for index, item in enumerate(given if isinstance(given, list) else [given]):
            yield from unquoted(item, f"{where}[{index}]")


def _kind(value: Any) -> str:
    """Return what a value is in the words of YAML.

    What stands in the place of a mapping is not shown: it may be variables with passwords, or a URL with a signature.
    """
    if value is None:
        return "empty"
    if isinstance(value, str):
        return "a text"
    return nested(value) or f"{value!r}"
