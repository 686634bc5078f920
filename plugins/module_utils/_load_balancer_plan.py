# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a load balancer: make, change, make again, remove or refuse. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_address as addresses
from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_diff as diff
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    DeleteBalancer,
    DeleteVipPort,
    NameVipPort,
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
    wanted_ip,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_make import (
    creation,
    creation_problems,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_refuse import refused
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_shape import (
    dangling,
    departed,
    guests_of,
    left_to_others,
    merged,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import KEPT, mark_of
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer


@dataclass(frozen=True, kw_only=True)
class BalancerPlan(Plan):
    """A plan, with what its actions are done to.

    :param desired: what it was made for
    :param living: the balancer that is changed; None when the plan makes one
    :param tree: what it shall be with all below it
    """

    desired: Desired
    living: Balancer | None = None
    tree: Balancer | None = None


def plan(desired: Desired, observed: Observed) -> BalancerPlan:
    """Decide. Pure.

    :raises InvalidInputError: with everything that cannot be done
    """
    old = remaining(observed.balancer)
    if not desired.present:
        return _leaving(desired, observed, old)
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


def _leaving(desired: Desired, observed: Observed, old: Balancer | None) -> BalancerPlan:
    """Decide about a service that is to be gone, from a load balancer that others may still use."""
    before = describe_before(observed)
    if desired.service and old is None and not _was_being_removed(desired, observed):
        return BalancerPlan(desired=desired, before=before, after=before)
    if observed.balancer and not desired.service and mark_of(desired.name) not in observed.balancer.tags:
        return _not_ours(desired, observed, observed.balancer)
    tree = departed(desired, old) if old else None
    if old is None or tree is None:
        moved = [] if _keeps_address(desired, observed) else moved_ips(addresses.address_of(desired, observed))
        return BalancerPlan(
            desired=desired, actions=tuple(_removal(desired, observed)), before=before, warnings=tuple(moved)
        )
    living, problems = usable(old), _missed(tree)
    if living is None:
        problems += creation_problems(desired, observed, tree)
    if problems:
        raise InvalidInputError(problems)
    actions = tuple(diff.actions(living, tree) if living else creation(desired, observed, tree))
    guests = ", ".join(guests_of(tree))
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
    address = addresses.address_of(desired, observed)
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


def _going(desired: Desired) -> str:
    """Return the name of a VIP port that the last guest is about to remove."""
    return f"{addresses.vip_port_name(desired.name)}-going"


def _was_being_removed(desired: Desired, observed: Observed) -> bool:
    """Return whether the last guest was stopped when it had removed the balancer and not its addresses."""
    return observed.balancer is None and observed.port is not None and observed.port.name == _going(desired)


def _removal(desired: Desired, observed: Observed) -> Iterator[Action]:
    balancer, port = observed.balancer, observed.port
    address, keeps_address = addresses.address_of(desired, observed), _keeps_address(desired, observed)
    if keeps_address:
        yield from addresses.own_name(address)
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
