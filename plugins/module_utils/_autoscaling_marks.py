# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Marks on replicas: the next update of a group replaces each that has one, by a new one before it goes."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_failure import READY
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_observe import REPLICA_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import ZONE_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import (
        Resource,
        StackRequest,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

MEMBER = "OS::Octavia::PoolMember"


def clear(context: Context, found: Sequence[Resource], *, everything: bool = False) -> None:
    """Take the mark from replicas that healing marked and that are well again.

    It is left behind when Heat refused to replace them because no member of the pool was healthy. The next update
    would replace all of them at once.

    :param found: the resources of the group's stack
    :param everything: from the others, too
    """
    heat = context.conn.orchestration
    marked = [one for one in found if one.type.startswith(REPLICA_FILE) and one.status == "CHECK_FAILED"]
    broken = _broken_members(context, found) if marked and not everything else set()
    for replica in marked:
        members = {one.physical_id for one in found if one.type == MEMBER and one.parent == replica.name}
        if everything or (members and not members & broken):
            reason = "healing is suspended" if everything else "well again"
            _heat_api.mark(heat, replica.stack, replica.name, unhealthy=False, reason=reason)


def _broken_members(context: Context, resources: Sequence[Resource]) -> set[str]:
    pools = {resource.name.split("_")[1] for resource in resources if resource.type == MEMBER}
    broken: set[str] = set()
    for pool in sorted(pools):
        try:
            with attempt("list the members of", "pool", resource_id=pool):
                found = list(context.conn.load_balancer.members(pool))
        except CloudError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            continue  # A pool that is gone has none.
        broken.update(member.id for member in found if member.operating_status == "ERROR")
    return broken


def give_up(context: Context, found: Sequence[Resource], request: StackRequest) -> None:
    """Mark replicas that did not report in time and have not done so since.

    Without a mark Heat waits for them once more, in vain: what made them late may be over, but nothing on them begins
    again. A replica that shall get another version begins again with it.

    :param found: the resources of the group's stack
    :param request: what Heat is given next
    """
    heat, version = context.conn.orchestration, _version(request)
    late = {one.parent: one for one in found if one.name == READY + version and one.status.endswith("_FAILED")}
    for replica in found:
        ready = late.get(replica.name)
        if ready is None or not replica.type.startswith(REPLICA_FILE) or replica.status == "CHECK_FAILED":
            continue
        if not _heat_api.metadata(heat, ready.stack, f"handle_{version}"):
            _heat_api.mark(heat, replica.stack, replica.name, unhealthy=True, reason="not ready in time")


def _version(request: StackRequest) -> str:
    file: str = json.loads(request.files[ZONE_FILE])["resources"][GROUP]["properties"]["resource"]["type"]
    return file.removeprefix(REPLICA_FILE).removesuffix(".yaml")
