# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options without what is null. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_dict


def given_options(options: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """Return options for a module without what is left out, as far down as there are lists of options.

    :param options: a text is read as Ansible reads one for an option of the type dict
    :raises TypeError: when a text says no options
    """
    given = check_type_dict(options) if isinstance(options, str) else options or {}
    found = {key: value for key, value in given.items() if value is not None}
    return {
        key: [given_options(item) for item in value]
        if isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
        else value
        for key, value in found.items()
    }
