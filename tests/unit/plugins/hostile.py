# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments that nobody should give, made from an argument spec or from good arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Spec = Mapping[str, Mapping[str, Any]]

TEXTS = (
    "",
    " ",
    "x" * 300,
    "a\nb",
    "a\0b",
    "ünïcode ☃",
    "🐙" * 80,
    "-1",
    "0",
    "nan",
    "1e999",
    "none",
    "all",
    "chat",
    "{{ x }}",
)
NUMBERS = (-1, 0, 1, 2, 3, 257, 65536, 2**31, 2**63, 10**30, 10**400, -(10**400), 0.5, float("nan"), float("inf"))
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [None], [""], [[]], [{}], ["a", "a"], {"": None}, {"name": None})
HOSTILE = st.sampled_from([*TEXTS, *NUMBERS, *OTHERS])
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "str": st.sampled_from(["chat", "private", "replicas", "10.0.0.11", "10.0.0.0/24", "::1", "1", "all", "a" * 60]),
    "int": st.integers(0, 300),
    "bool": st.booleans(),
    "dict": st.dictionaries(st.sampled_from(["a", "stage", ""]), st.sampled_from([*TEXTS, 1, None]), max_size=2),
    "raw": st.sampled_from(["private", {"network": "private"}, {"network": "private", "fixed_ports": True}]),
}


def values(option: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of an option: mostly of its type, now and then of any."""
    return st.one_of(_typed(option), _typed(option), HOSTILE)


def _typed(option: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    kind, inner = option["type"], option.get("options")
    if kind == "list":
        item = {**option, "type": option.get("elements", "raw")}
        return st.lists(values(item), max_size=3)
    if inner:
        return subsets(inner)
    if option.get("choices"):
        return st.sampled_from(list(option["choices"]))
    return GOOD.get(kind, HOSTILE)


def subsets(spec: Spec) -> st.SearchStrategy[dict[str, Any]]:
    """Return mappings with some of the options of a spec, those that are required nearly always."""
    required = {name: values(option) for name, option in spec.items() if option.get("required")}
    others = {name: values(option) for name, option in spec.items() if not option.get("required")}
    return st.fixed_dictionaries(required, optional=others)


@st.composite
def spoilt(draw: st.DrawFn, good: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """Return good arguments with one to three changes, each at any depth."""
    arguments = dict(good)
    for _change in range(draw(st.integers(1, 3))):
        arguments = draw(_changed(arguments, spec))
    return arguments


@st.composite
def _changed(draw: st.DrawFn, given: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(spec)))
    option, value = spec[name], given.get(name)
    inner = option.get("options")
    if inner and isinstance(value, list) and value and isinstance(value[0], dict) and draw(st.integers(0, 3)):
        first = draw(_changed(value[0], inner))
        # An item twice is a mistake of its own.
        return {**given, name: [first, *value] if draw(st.booleans()) else [first, *value[1:]]}
    if inner and isinstance(value, dict) and draw(st.integers(0, 3)):
        return {**given, name: draw(_changed(value, inner))}
    return {**given, name: draw(values(option))}
