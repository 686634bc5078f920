# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of metadata and of environment variables: texts, whatever YAML makes of what a user wrote. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def texts(values: Mapping[str, object]) -> dict[str, str]:
    """Return the values as texts, without those that are null: they are not given."""
    return {name: text(value) for name, value in values.items() if value is not None}


def text(value: object) -> str:
    """Return a value as a text; booleans as YAML writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def nested(value: object) -> str:
    """Return what a value is in the words of YAML if no text can stand for it, else nothing."""
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else ""
