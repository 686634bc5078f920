# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a load balancer of which a service is to be gone: remove, or leave to others. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_diff as diff
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    BalancerPlan,
    DeleteBalancer,
    DeleteVipPort,
    NameVipPort,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import (
    address_of,
    own_name,
    vip_port_name,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import (
    rebuilt,
    remaining,
    usable,
    what_failed,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_describe import (
    describe_after,
    describe_before,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_floating_ips import (
    moved_ips,
    own_ips,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_make import (
    creation,
    creation_problems,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_shape import (
    dangling,
    departed,
    guests_of,
    left_to_others,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import KEPT, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action


def leaving(desired: Desired, observed: Observed) -> BalancerPlan:
    """Decide about a service that is to be gone, from a load balancer that others may still use.

    :raises InvalidInputError: with everything that cannot be done
    """
    balancer, old = observed.balancer, remaining(observed.balancer)
    if desired.service and old is None and not _was_being_removed(desired, observed):
        before = describe_before(observed)
        return BalancerPlan(desired=desired, before=before, after=before)
    if balancer and not desired.service and mark_of(desired.name) not in balancer.tags:
        return _not_ours(desired, observed, balancer)
    tree = departed(desired, old) if old else None
    return _left(desired, observed, old, tree) if old and tree else _removed(desired, observed)


def _left(desired: Desired, observed: Observed, old: Balancer, tree: Balancer) -> BalancerPlan:
    """Decide about a balancer that others go on using: what the service had in it goes."""
    living, problems = usable(old), _missed(tree)
    if living is None:
        problems += creation_problems(desired, observed, tree)
    if problems:
        raise InvalidInputError(problems)
    actions = tuple(diff.actions(living, tree) if living else creation(desired, observed, tree))
    before, guests = describe_before(observed), ", ".join(guests_of(tree))
    stays = f"load balancer {old.name!r} ({old.id}) and its addresses stay for the services {guests}"
    return BalancerPlan(
        desired=desired,
        living=living,
        tree=tree,
        actions=actions,
        before=before,
        after=describe_after(before, tree, actions),
        warnings=(*(() if desired.service else (stays,)), *rebuilt(old)),
    )


def _not_ours(desired: Desired, observed: Observed, old: Balancer) -> BalancerPlan:
    """Decide about a balancer that has the name of the service and was made by somebody else: only our parts go."""
    before, mark = describe_before(observed), mark_of(desired.name)
    tree = left_to_others(old, mark) if usable(old) else old
    if problems := _missed(tree):
        raise InvalidInputError(problems)
    actions = list(diff.actions(old, tree)) if tree is not old else []
    address = address_of(desired, observed)
    actions += () if desired.keep_address else own_ips(address)
    moved = [] if desired.keep_address else list(moved_ips(address))
    stays = (
        f"load balancer {old.name!r} ({old.id}) stays, because the module did not make it: it has no tag {mark!r}."
        " Delete it by hand, or give it the tag, and the next run deletes it with everything below it"
    )
    # One that is broken stays so.
    after = describe_after(before, tree, actions) | (what_failed(old) if tree is old else {})
    return BalancerPlan(
        desired=desired, living=old, actions=tuple(actions), before=before, after=after, warnings=(stays, *moved)
    )


def _missed(tree: Balancer) -> list[str]:
    """Return who uses a pool that goes."""
    return [f"{problem} any more then; change or remove it first" for problem in dangling(tree)]


def _removed(desired: Desired, observed: Observed) -> BalancerPlan:
    """Decide about a balancer that nobody needs any more, and about what is left of one that is gone."""
    moved = () if _keeps_address(desired, observed) else tuple(moved_ips(address_of(desired, observed)))
    actions = tuple(_removal(desired, observed))
    return BalancerPlan(desired=desired, actions=actions, before=describe_before(observed), warnings=moved)


def _removal(desired: Desired, observed: Observed) -> Iterator[Action]:
    balancer, port = observed.balancer, observed.port
    address, keeps_address = address_of(desired, observed), _keeps_address(desired, observed)
    if keeps_address:
        yield from own_name(address)
    elif desired.service and balancer and port and port.ours:
        # When the balancer is gone and the run is killed, nothing else says that the owner left before.
        yield NameVipPort(port_id=port.id, name=_going(desired))
    if balancer:
        yield DeleteBalancer(name=balancer.name, id=str(balancer.id))
    if keeps_address:
        return
    yield from own_ips(address)
    if port and port.ours:
        yield DeleteVipPort(id=port.id, name=port.name)


def _keeps_address(desired: Desired, observed: Observed) -> bool:
    return desired.keep_address or (observed.balancer is not None and KEPT in observed.balancer.tags)


def _going(desired: Desired) -> str:
    """Return the name of a VIP port that the last guest is about to remove."""
    return f"{vip_port_name(desired.name)}-going"


def _was_being_removed(desired: Desired, observed: Observed) -> bool:
    """Return whether the last guest was stopped when it had removed the balancer and not its addresses."""
    return observed.balancer is None and observed.port is not None and observed.port.name == _going(desired)
