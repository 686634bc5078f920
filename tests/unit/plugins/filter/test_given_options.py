# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options without what is null."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.given_options import FilterModule


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"timeout": 900, "path": None}, {"timeout": 900}),
        # Other values that are nothing ask for something.
        ({"a": 0, "b": "", "c": False, "d": [], "e": {}}, {"a": 0, "b": "", "c": False, "d": [], "e": {}}),
        ({"steps": [{"upper": None, "by": 1}, {"upper": 5, "by": 2}]}, {"steps": [{"by": 1}, {"upper": 5, "by": 2}]}),
        ({"names": ["a", None], "environment": {"A": None}}, {"names": ["a", None], "environment": {"A": None}}),
    ],
)
def test_given_options(options: dict[str, Any] | None, expected: dict[str, Any]) -> None:
    assert FilterModule().filters()["given_options"](options) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"timeout": 900, "path": null, "steps": [{"upper": null, "by": 1}]}', {"timeout": 900, "steps": [{"by": 1}]}),
        ("timeout=900 path=/ready", {"timeout": "900", "path": "/ready"}),
    ],
)
def test_a_text_that_stands_for_options(text: str, expected: dict[str, Any]) -> None:
    assert FilterModule().filters()["given_options"](text) == expected


@pytest.mark.parametrize("text", ["", "HTTP", "{timeout"])
def test_a_text_that_says_no_options(text: str) -> None:
    with pytest.raises(TypeError):
        FilterModule().filters()["given_options"](text)
