# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pools that a fleet's replicas use, read from the cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import REBUILD_HINT
from ansible_collections.model_serving.openstack.plugins.module_utils._pool_members_read import find_pool
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import FAILED, PoolState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import PoolUse


def pool_states(context: Context, uses: Sequence[PoolUse]) -> tuple[PoolState, ...]:
    """Return the pools that replicas use, with their members. The number of requests grows with the pools only.

    :raises InvalidInputError: when the name of a pool or a subnet is not clear
    """
    states = []
    for use in uses:
        subnet = use.settings.get("subnet_id")
        found = find_pool(context, use.pool, use.load_balancer, [subnet] if subnet else [], state=None)
        subnet_id, pool = subnet and found.subnets.get(subnet, subnet), found.pool
        failed = pool.balancer if pool and pool.balancer_status == FAILED else None
        states.append(PoolState(use=use, found=None if failed else pool, subnet_id=subnet_id, failed=failed))
    return tuple(states)


def pools_now(context: Context, use: PoolUse) -> tuple[PoolState, ...]:
    """Return the pool of a use as it is in the middle of a run.

    :raises CloudError: when several have its name by now
    """
    try:
        return pool_states(context, [use])
    except InvalidInputError as error:
        # The name was clear when the run began, and replicas have been changed since.
        hint = "Another run may have made a second one; run again when there is one only."
        raise CloudError("go on with", "pool", use.pool, answer=error.message, hint=hint) from error


def lost(state: PoolState) -> CloudError:
    """Return the error about a pool that a run needs and that is not there, or out of order."""
    answer = "it was there when the run began and is gone"
    hint = "If another run makes its load balancer again, run again when that has ended."
    if state.failed:
        answer, hint = f"its load balancer {state.failed!r} has gone into ERROR", REBUILD_HINT
    return CloudError("go on without", "pool", state.use.pool, answer=answer, hint=hint)
