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
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_details import Details
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_held_up import held_up, noted
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_lost import with_losses
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_missing import missing
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import alarms_seen, other_user
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_quiet import quiet
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
    Observed,
    as_it_is,
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
from ansible_collections.model_serving.openstack.plugins.module_utils._project import by_credential, user_name

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_wanted import Wanted
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def observe(context: Context, desired: Desired) -> Observed:
    """Return a group and, unless it shall be absent, what Heat is to be given.

    An unchanged group costs one call of Heat beside looking up names, one for each zone when it scales, one of Aodh,
    and two of Nova when its servers are asked for.

    :raises InvalidInputError: with everything the options refer to and that does not exist, or when a server that has
        to go is locked
    """
    observed = _observe_present(context, desired) if desired.present else _observe_absent(context, desired)
    return _with_replicas(context, desired, observed)


def observe_again(context: Context, desired: Desired) -> Observed:
    """Return a group as a run has left it.

    What its options refer to is not looked up: a name that has become unclear meanwhile does not spoil what is done.
    """
    found = quiet(context, desired.name, every_level=False, moving=True)
    return _with_replicas(context, desired, _seen(Observed(name=desired.name, zones=_zones(desired)), found))


def _observe_absent(context: Context, desired: Desired) -> Observed:
    """Return a group that shall be absent, with what goes beside its stack."""
    observed = _at_a_glance(context, desired, quiet(context, desired.name, every_level=False, moving=True))
    servers = servers_of(context, desired.name)
    refuse_locked(servers, "the autoscaling group shall be absent")
    return replace(observed, strays=strays_among(context, servers, observed.stack))


def _observe_present(context: Context, desired: Desired) -> Observed:
    """Return a group beside what is wanted of it. Only one that changes gets a closer look, and Heat's preview."""
    wanted = look_up(context, desired)
    found = quiet(context, desired.name, every_level=False, moving=True)
    observed = _at_a_glance(context, desired, found, wanted)
    if found and not observed.changing:
        observed = replace(observed, held_up=held_up(context, found, observed.wanted))
    if found and observed.changing:
        found = quiet(context, desired.name, every_level=True, moving=True)
        # Somebody may have removed it meanwhile.
        observed = _closely(context, observed, found, wanted) if found else _at_a_glance(context, desired, None, wanted)
    judge_new_replicas(context, observed, wanted)
    if observed.changing and wanted.complete:
        observed = replace(observed, preview=_preview(context, desired, observed, found))
    return observed


def _at_a_glance(context: Context, desired: Desired, found: Tree | None, wanted: Wanted | None = None) -> Observed:
    """Return a group as its stacks and alarms show it, beside what is wanted of it."""
    alarms = alarms_seen(context) if found else None
    stack = found.root if found else None
    templates = as_it_is(stack, wanted.sides) if wanted else None
    known = Observed(
        name=desired.name,
        zones=_zones(desired),
        user=user_name(context.conn),
        other=other_user(context, alarms, desired.name),
        by_credential=by_credential(context.conn),
        wanted=templates,
        missing=missing(context, stack, templates, alarms),
    )
    return _seen(known, found)


def _closely(context: Context, glance: Observed, found: Tree, wanted: Wanted) -> Observed:
    """Return a group with what is only needed to change it, once nothing in it is in progress."""
    # What was only slow to begin is over now.
    held = glance.held_up and noted(context, found)
    details = _details(context, found)
    side = next_side(details, wanted.sides)
    return replace(_seen(glance, found), held_up=held, wanted=side, details=with_losses(context, details, side))


def _details(context: Context, found: Tree) -> Details:
    heat, stack = context.conn.orchestration, found.root
    resources = _heat_resources.every(heat, stack)
    return Details(
        troubled=tuple(sorted({one.name for one in resources if one.status.endswith("_FAILED")})),
        types=frozenset(one.type for one in resources if one.type.startswith(REPLICA_FILE)),
        never_served=never_served(found, resources),
        places=places_of(found, resources),
        template=_heat_api.template(heat, stack),
        files=_heat_api.files(heat, stack),
        parameters=_heat_api.parameters(heat, stack),
    )


def _preview(context: Context, desired: Desired, observed: Observed, found: Tree | None) -> dict[str, Any] | None:
    """Return what Heat says that it would do; C(None) when it cannot say."""
    if observed.leftover:
        return None  # Heat previews neither an update of it nor, as long as it has the name, a creation.
    heat, asked = context.conn.orchestration, request(desired, observed)
    try:
        template = observed.details.template
        if found is None or template is None:
            return dict(_heat_preview.creation(heat, desired.name, asked))
        shown: dict[str, Any] = {
            "group": _heat_preview.meant(_heat_preview.update(heat, found.root, asked), template, asked.template)
        }
        for number, zone in zones_of(found).items():
            if number <= observed.zones:
                wanted = zone_request(asked, number, found.root.id)
                changes = _heat_preview.update(heat, zone, wanted)
                before = observed.details.file(ZONE_FILE)
                shown[f"zone_{number}"] = _heat_preview.meant(changes, before, wanted.template)
    except CloudError as error:
        context.warn(f"Heat gives no preview: {error.message}")
        return None
    return shown


def _with_replicas(context: Context, desired: Desired, observed: Observed) -> Observed:
    """Return a group with its servers and server groups when they are asked for."""
    if not desired.option("describe_replicas"):
        return observed
    replicas, strays = servers_of(context, desired.name), observed.strays
    if observed.stack is not None and desired.present and observed.quiet and len(replicas) > observed.size:
        strays = strays_among(context, (server for server in replicas if server.running), observed.stack)
    groups = server_groups_of(context, desired.name)
    return replace(observed, replicas=replicas, server_groups=groups, strays=strays)


def _seen(known: Observed, found: Tree | None) -> Observed:
    """Return a group with what its stacks say, if there are any."""
    if found is None:
        return known
    return replace(
        known,
        stack=found.root,
        sizes=sizes_of(found),
        failed=any(stack.failed for stack in found.nested),
        asleep=found.suspended,
        left_asleep=bool(found.left_suspended) and not found.root.busy,
        resumed=any(stack.status == "RESUME_COMPLETE" for stack in found.stacks),
        quiet=not any(stack.busy or stack.failed for stack in found.stacks),
    )


def _zones(desired: Desired) -> int:
    return len(_autoscaling_options.zones_of(desired.params)) if desired.present else 1
