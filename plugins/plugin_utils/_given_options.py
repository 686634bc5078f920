# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options without what is null. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def given_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return options for a module without what is left out, as far down as there are lists of options."""
    found = {key: value for key, value in (options or {}).items() if value is not None}
    return {
        key: [given_options(item) for item in value]
        if isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
        else value
        for key, value in found.items()
    }
