# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a diff shows of an autoscaling group. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import USER_DATA_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import Observed


def shown(observed: Observed) -> dict[str, Any]:
    """Return a group as it is."""
    stack = observed.stack
    found: dict[str, Any] = {"size": observed.size}
    if stack is not None and observed.broken:
        failed = {*observed.details.troubled, *observed.missing, *([GROUP] if observed.held_up else [])}
        found |= {"status": stack.status, "failed": sorted(failed)}
    if observed.details.template is not None:
        found |= described(observed.details.template, observed.details.files)
    return found


def preview_of(observed: Observed) -> dict[str, Any]:
    """Return what Heat says that it would do, nothing when it does not say it."""
    return {} if observed.preview is None else {"preview": dict(observed.preview)}


def described(template: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """Return templates for a diff. User data may hold secrets: of them, the file's name with its digest remains."""
    texts = {name: text for name, text in files.items() if not name.startswith(USER_DATA_FILE)}
    return {
        "template": dict(template),
        "files": {name: json.loads(text) for name, text in sorted(texts.items())},
        "user_data": sorted(set(files) - set(texts)),
    }
