# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a load balancer: make, change, make again, remove or refuse. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_address as addresses
from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_diff as diff
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import BalancerPlan
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import (
    rebuilt,
    remaining,
    usable,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_describe import (
    describe_after,
    describe_before,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_floating_ips import (
    moved_ips,
    wanted_ip,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_leave import leaving
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_make import creation
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_refuse import refused
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_shape import merged
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def plan(desired: Desired, observed: Observed) -> BalancerPlan:
    """Decide. Pure.

    :raises InvalidInputError: with everything that cannot be done
    """
    if not desired.present:
        return leaving(desired, observed)
    old = remaining(observed.balancer)
    if desired.service and old is None:
        raise InvalidInputError(
            [f"there is no load balancer {desired.name!r} that service {desired.service!r} could use; deploy it first"]
        )
    tree, problems = merged(desired, old, observed.references)
    problems += refused(desired, observed, tree)
    if problems:
        raise InvalidInputError(problems)
    living, before = usable(observed.balancer), describe_before(observed)
    actions = tuple(_steps(desired, observed, living, tree))
    return BalancerPlan(
        desired=desired,
        living=living,
        tree=tree,
        actions=actions,
        before=before,
        after=describe_after(before, tree, actions),
        warnings=(*_others(desired, observed, old), *rebuilt(observed.balancer)),
    )


def _steps(desired: Desired, observed: Observed, living: Balancer | None, tree: Balancer) -> Iterator[Action]:
    """Yield what makes a tree of a balancer, or a balancer of a tree."""
    if living is None:
        yield from creation(desired, observed, tree)
        return
    yield from diff.actions(living, tree)
    # A guest leaves the addresses alone.
    if not desired.service:
        yield from addresses.floating_ip(addresses.address_of(desired, observed), wanted_ip(desired, observed))


def _others(desired: Desired, observed: Observed, old: Balancer | None) -> Iterator[str]:
    """Yield what others have of what the owner declares. A guest has asked for a load balancer of others."""
    if desired.service:
        return
    mark = mark_of(desired.name)
    if old and mark not in old.tags:
        rest = "removes what is not, as 'purge' says" if desired.purge else "leaves the rest as it is"
        yield (
            f"load balancer {old.name!r} ({old.id}) was made by somebody else: it has no tag {mark!r}. The module"
            f" changes what is declared, and {rest}; it never deletes the load balancer itself"
        )
    if desired.floating_ip_network == "":
        yield from moved_ips(addresses.address_of(desired, observed))
