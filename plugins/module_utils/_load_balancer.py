# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules C(load_balancer) and C(load_balancer_info): what ties reading, deciding and writing together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_desired as declaration
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_health as health
from ansible_collections.model_serving.openstack.plugins.module_utils._console import member_logs
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    NotReachedError,
    attempt,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import BalancerPlan
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_apply import apply
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_as_before import as_before
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import (
    part_in_error,
    what_is_broken,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_describe import result
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import (
    Observed,
    floating_ip,
    observe,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import (
    plan as decide,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import (
    by_name_or_id,
    find,
    read,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import BALANCER, Api
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import REBUILD_HINT
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer, Pool

PART_HINT = (
    "What it was before may still be served. The next run tries it again. If that does not help, 'state: absent' with"
    " 'keep_address' and another run make the load balancer again; its services are down meanwhile."
)


class LoadBalancerNoun(Noun[Desired, Observed]):
    """The load balancer that has a given name, with everything below it and its addresses."""

    def desired(self, params: Params) -> Desired:
        return declaration.desired(params)

    def observe(self, context: Context, desired: Desired) -> Observed:
        return observe(context, desired)

    def plan(self, desired: Desired, observed: Observed) -> Plan:
        return decide(desired, observed)

    def apply(self, context: Context, plan: Plan) -> None:
        own = _own(plan)
        try:
            apply(context, own)
        except CloudError:
            if own.desired.present or not _is_gone(context, own.living):
                raise

    def plan_again(self, context: Context, desired: Desired, before: Plan) -> Plan:
        """Return the plan after a balancer went into ERROR on the way: it is made again.

        Virtual machines of providers sometimes do not start, and then Octavia offers nothing but deletion. Also, the
        run of another service may have made the balancer: then this run goes on with that one.
        """
        return decide(desired, _whole(_own(before), observe(context, desired)))

    def plan_rest(self, desired: Desired, observed: Observed) -> Plan:
        """Only for a service that leaves: whoever else left meanwhile was still there when it was decided.

        Each looks again when its own parts are gone, so the last one finds nobody.
        """
        return Plan() if desired.present else decide(desired, observed)

    def settle(self, context: Context, desired: Desired, observed: Observed) -> Observed:
        balancer = observed.balancer
        if balancer is None or not desired.present:
            return observed
        if broken := what_is_broken(balancer):
            raise NotReachedError(
                "become active", BALANCER.name, balancer.name, resource_id=balancer.id, answer=broken, hint=REBUILD_HINT
            )
        if failed := part_in_error(balancer):
            raise NotReachedError(
                "become active", BALANCER.name, balancer.name, resource_id=balancer.id, answer=failed, hint=PART_HINT
            )
        if desired.wait_for_members is None or not _wait_for_members(context, desired, balancer):
            return observed
        return observe(context, desired)

    def result(self, observed: Observed) -> dict[str, Any]:
        balancer = observed.balancer
        return {"load_balancer": result(balancer, observed.floating_ip) if balancer else None}


def _own(plan: Plan) -> BalancerPlan:
    if not isinstance(plan, BalancerPlan):
        raise TypeError(type(plan).__name__)
    return plan


def _is_gone(context: Context, living: Balancer | None) -> bool:
    """Return whether a balancer that was changed is gone: another service that left as well was the last one."""
    if living is None:
        return False
    found = find(Api(context.conn.load_balancer), project_of(context), living.name)
    return all(row["id"] != living.id for row in found)


def _whole(plan: BalancerPlan, observed: Observed) -> Observed:
    """Return what is there, with what a balancer lost, or did not get any more, before it went into ERROR.

    Members come after a large one, and what had to be deleted for something in its place was owed to it. Those that are
    not declared were copied, and nobody else knows of them.
    """
    balancer, tree = observed.balancer, plan.tree
    if tree is None or balancer is None or not what_is_broken(balancer):
        return observed
    if plan.living:
        same = plan.living.id == balancer.id
        return replace(observed, balancer=as_before(plan.living, balancer, tree)) if same else observed
    wanted = {pool.name: pool.members or () for pool in tree.pools or ()}

    def whole(pool: Pool) -> Pool:
        every = {member.place: member for member in (*wanted.get(pool.name, ()), *(pool.members or ()))}
        return replace(pool, members=tuple(every.values()))

    return replace(observed, balancer=replace(balancer, pools=tuple(map(whole, balancer.pools or ()))))


def _wait_for_members(context: Context, desired: Desired, balancer: Balancer) -> bool:
    """Wait for the members of pools, and return whether there was anything to wait for."""
    wanted = desired.wait_for_members or health.ALL
    waited = False
    for pool, keys in declaration.awaited(desired, balancer):
        judge = health.online(pool, wanted, keys)
        if judge(pool.members or ()):
            api = Api(context.conn.load_balancer)
            attempted = f"have {wanted} members online"
            health.wait_for(api, context.deadline, pool, judge, attempted, member_logs(context))
            waited = True
    return waited


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(load_balancer_info) returns."""
    api = Api(context.conn.load_balancer)
    project_id = project_of(context)
    balancers = read(api, project_id, by_name_or_id(api, BALANCER, params["name"], project_id=project_id))
    if not balancers:
        return {"load_balancers": []}
    with attempt("list", "floating IPs"):
        ips = [floating_ip(ip) for ip in context.conn.network.ips(project_id=project_id)]
    by_port = {ip.port_id: ip for ip in ips if ip.port_id}
    return {"load_balancers": [result(balancer, by_port.get(balancer.vip_port_id)) for balancer in balancers]}
