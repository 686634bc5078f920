# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said about a roll that stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import KIND, replicas_of

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Desired


def roll_failure(context: Context, desired: Desired, error: CloudError, told: str) -> CloudError:
    """Return the error of a batch, with what was done about it and how the fleet is now."""
    try:
        names = sorted(replica.name for replica in replicas_of(context, desired.name))
        left = f"The fleet has {len(names)} of {desired.replicas} replicas now: {', '.join(names) or 'none'}."
    except CloudError as second:
        left = f"Which replicas the fleet has now is not known ({second.message})."
    return CloudError(
        "roll",
        KIND,
        desired.name,
        answer=error.statement,
        status=error.status,
        request_id=error.failure.get("request_id"),
        hint=f"{told} {left}",
    ).quoting(error.logs)
