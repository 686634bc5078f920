# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an autoscaling group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _autoscaling_options,
    _heat_api,
    _heat_preview,
    _heat_resources,
    _heat_tree,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_abandoned import (
    Lookout,
    without_abandoned,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_held_up import (
    AT_WORK,
    BETWEEN_LOOKS,
    held_up,
    noted,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_lost import with_losses
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_missing import missing
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import alarms_seen, other_user
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_request import request, zone_request
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import (
    refuse_locked,
    server_groups_of,
    servers_of,
    strays_among,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import (
    places_of,
    sizes_of,
    zones_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    KIND,
    MOVING_TAG,
    Observed,
    as_it_is,
    as_wanted,
    next_side,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    REPLICA_FILE,
    ZONE_FILE,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_unserved import never_served
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_wanted import (
    judge_new_replicas,
    look_up,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark
from ansible_collections.model_serving.openstack.plugins.module_utils._project import by_credential, user_name
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

OK = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def observe(context: Context, desired: Desired) -> Observed:
    """Return a group and, unless it shall be absent, what Heat is to be given.

    An unchanged group costs one call of Heat beside looking up names, one for each zone when it scales, one of Aodh,
    and two of Nova when its servers are asked for.

    :raises InvalidInputError: with everything the options refer to and that does not exist, or when a server that has
        to go is locked
    """
    wanted = look_up(context, desired) if desired.present else None
    found = quiet(context, desired.name, every_level=False, moving=True)
    alarms = alarms_seen(context) if found is not None else None
    known: dict[str, Any] = {
        "user": user_name(context.conn),
        "other": other_user(context, alarms, desired.name),
        "by_credential": by_credential(context.conn),
    }
    observed = replace(_seen(desired, found), **known)
    if wanted is not None:
        observed = replace(observed, wanted=as_it_is(observed.stack, wanted.sides))
        known["missing"] = missing(context, observed, alarms)
        observed = replace(observed, missing=known["missing"])
        if found is not None and not _changing(observed) and held_up(context, found, observed.wanted):
            observed = replace(observed, held_up=True)
        if _changing(observed) and found is not None:
            found = quiet(context, desired.name, every_level=True, moving=True)
            # What was only slow to begin is over now.
            held = observed.held_up and found is not None and noted(context, found)
            observed = replace(_seen(desired, found), **known, held_up=held, **_more(context, found))
            observed = with_losses(context, replace(observed, wanted=next_side(observed, wanted.sides)))
        judge_new_replicas(context, observed, wanted, changing=_changing(observed))
        if wanted.complete and _changing(observed):
            observed = replace(observed, preview=_preview(context, desired, observed, found))
    else:
        servers = servers_of(context, desired.name)
        refuse_locked(servers, "the autoscaling group shall be absent")
        observed = replace(observed, strays=strays_among(context, servers, observed.stack))
    return _with_replicas(context, desired, observed)


def observe_again(context: Context, desired: Desired) -> Observed:
    """Return a group as a run has left it.

    What its options refer to is not looked up: a name that has become unclear meanwhile does not spoil what is done.
    """
    found = quiet(context, desired.name, every_level=False, moving=True)
    return _with_replicas(context, desired, _seen(desired, found))


def _with_replicas(context: Context, desired: Desired, observed: Observed) -> Observed:
    if not desired.option("describe_replicas"):
        return observed
    replicas, strays = servers_of(context, desired.name), observed.strays
    if observed.stack is not None and desired.present and observed.quiet and len(replicas) > observed.size:
        strays = strays_among(context, (server for server in replicas if server.running), observed.stack)
    groups = server_groups_of(context, desired.name)
    return replace(observed, replicas=replicas, server_groups=groups, strays=strays)


def _seen(desired: Desired, found: Tree | None) -> Observed:
    zones = len(_autoscaling_options.zones_of(desired.params)) if desired.present else 1
    if found is None:
        return Observed(name=desired.name, zones=zones)
    return Observed(
        name=desired.name,
        stack=found.root,
        sizes=sizes_of(found),
        failed=any(stack.failed for stack in found.nested),
        asleep=found.suspended,
        left_asleep=bool(found.left_suspended) and not found.root.busy,
        resumed=any(stack.status == "RESUME_COMPLETE" for stack in found.stacks),
        quiet=not any(stack.busy or stack.failed for stack in found.stacks),
        zones=zones,
    )


def _changing(observed: Observed) -> bool:
    stack, wanted = observed.stack, observed.wanted
    if stack is None or wanted is None:
        return wanted is not None
    if service_mark(observed.name) not in stack.tags or observed.asleep is not None:
        return False  # refused by the plan
    return not as_wanted(stack, wanted) or observed.broken or not stack.status.startswith(OK)


def _more(context: Context, found: Tree | None) -> dict[str, Any]:
    """Return what is only needed to change a group."""
    if found is None:
        return {}
    heat, stack = context.conn.orchestration, found.root
    resources = _heat_resources.every(heat, stack)
    return {
        "troubled": tuple(sorted({one.name for one in resources if one.status.endswith("_FAILED")})),
        "types": frozenset(one.type for one in resources if one.type.startswith(REPLICA_FILE)),
        "never_served": never_served(found, resources),
        "places": places_of(found, resources),
        "template": _heat_api.template(heat, stack),
        "files": _heat_api.files(heat, stack),
        "parameters": _heat_api.parameters(heat, stack),
    }


def _preview(context: Context, desired: Desired, observed: Observed, found: Tree | None) -> dict[str, Any] | None:
    """Return what Heat says that it would do; C(None) when it cannot say."""
    if observed.leftover:
        return None  # Heat previews neither an update of it nor, as long as it has the name, a creation.
    heat, asked = context.conn.orchestration, request(desired, observed)
    try:
        if found is None or observed.template is None:
            return dict(_heat_preview.creation(heat, desired.name, asked))
        shown: dict[str, Any] = {
            "group": _heat_preview.meant(
                _heat_preview.update(heat, found.root, asked), observed.template, asked.template
            )
        }
        for number, zone in zones_of(found).items():
            if number <= observed.zones:
                wanted = zone_request(asked, number, found.root.id)
                changes = _heat_preview.update(heat, zone, wanted)
                shown[f"zone_{number}"] = _heat_preview.meant(changes, observed.file(ZONE_FILE), wanted.template)
    except CloudError as error:
        context.warn(f"Heat gives no preview: {error.message}")
        return None
    return shown


def quiet(context: Context, name: str, *, every_level: bool, moving: bool = False) -> Tree | None:
    """Return a group's stacks once nothing is in progress: a run that was killed, or an alarm, may have left it so.

    Check mode and C(wait=false) take them as they are.

    :param every_level: wait also for what alarms have begun
    :param moving: do not wait for a move, for who goes on with it: Heat alone does not end it
    """
    busy: list[Stack] = []
    lookout = Lookout(context)

    def look() -> list[Tree | None] | None:
        found = _heat_tree.tree(context.conn, name)
        found = without_abandoned(context, found) if found and lookout.turn() else found
        stacks = [] if found is None else found.stacks if every_level else [found.root]
        busy[:] = [stack for stack in stacks if stack.busy]
        left = moving and found is not None and found.root.busy and MOVING_TAG in found.root.tags
        return [found] if not busy or left or context.check_mode or not context.wait else None

    (found,) = wait_until(
        look,
        context.deadline,
        attempted="settle",
        kind=KIND,
        name=name,
        progress=lambda: "; ".join(f"the stack {stack.name!r} is {stack.status}" for stack in busy),
    )
    return found


def latest(context: Context, stack: Stack) -> Stack:
    """Return a stack as it is once nothing is in progress on any level; an earlier action may have changed its tags.

    Nor does a scaling begin: until that has got its first new server, an update would count too few replicas, and Heat
    would remove the oldest.
    """
    found = quiet(context, stack.name, every_level=True)
    for _look in range(AT_WORK // BETWEEN_LOOKS):
        if found is None or not context.wait or not noted(context, found):
            break
        context.deadline.sleep(BETWEEN_LOOKS)
        found = quiet(context, stack.name, every_level=True)
    return stack if found is None else found.root
