# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How replicas compare with the template they should follow, and which ones are replaced for it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    TEMPLATE_KEY,
    Template,
    read,
    shown_digest,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._nova_abilities import (
    BOOT_VOLUME,
    NEEDED_IN_PLACE,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import shown_labels
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import (
    IN,
    OUT,
    failed_members,
    outside,
    rests_broken,
    standings,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import NONE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
        Desired,
        Observed,
        Replica,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

REBUILDABLE = frozenset({"image", "user_data", "key_name", "flavor"})
"""Parts of the template that Nova can change on a server that exists."""


def drift(
    replica: Replica, template: Template, groups: Sequence[Group], zones: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Return the parts in which a replica differs from its template so that only a new one helps.

    By the digests it was made with and, for what Nova shows, by what it is now: it may have been rebuilt or resized.

    :param groups: the server groups that it may be in; none leaves that open
    """
    recorded = read(replica.metadata.get(TEMPLATE_KEY))
    parts = {part for part, value in template.digests(replica.slot).items() if recorded.get(part) != value}
    if replica.image_id and replica.image_id != template.image.id:
        parts.add("image")
    if template.local_disk and (replica.image_id is None or "boot_volume" in recorded):
        parts.add("boot_volume")
    if replica.flavor and not has_flavor(replica, template):
        parts.add("flavor")
    # Where its database is MySQL, Nova finds a key whatever the case of its name, and a rebuild shows the real one.
    if template.key_name is not None and (replica.key_name or "").casefold() != template.key_name.casefold():
        parts.add("key_name")
    if groups and not any(replica.id in group.member_ids for group in groups):
        parts.add("server_group")
    if zones and replica.zone and replica.zone not in zones:
        parts.add("availability_zones")
    return tuple(sorted(parts))


def has_flavor(replica: Replica, template: Template) -> bool:
    """Return whether a replica has the flavor of its template, as far as Nova shows it.

    One that was deleted and made anew may have the name of the old one, and its id, too.
    """
    named = replica.flavor in {template.flavor.name, template.flavor.id}
    return named and (None in (replica.size, template.size) or replica.size == template.size)


def to_replace(desired: Desired, observed: Observed, replicas: Collection[Replica]) -> dict[str, str]:
    """Return why some of these replicas, by id, are to be replaced for what they differ in.

    Those that do not serve come first, because nothing is lost with them, then the oldest.
    """
    update = desired.update
    if update.kind == NONE or any(state.failed for state in observed.pools):
        return {}
    parts = {one.id: observed.drift.get(one.id) for one in replicas}
    going = [one for one in replicas if parts[one.id] or not update.skip_matching]
    going.sort(key=lambda one: (not _fails(one, observed), one.created_at, one.id))
    return {
        one.id: f"it differs in {', '.join(found)}" if (found := parts[one.id]) else "skip_matching is false"
        for one in going
    }


def changeable(replica: Replica, observed: Observed) -> bool:
    """Return whether Nova can change on a server what it differs in, so that it serves afterwards.

    One that is stopped is stopped after a rebuild, too, and a host that is lost does nothing. What Nova is too old
    for, it would refuse only when the replica is drained.
    """
    dead = replica.id in observed.unhealthy and (replica.host_lost or not replica.running)
    parts = observed.drift.get(replica.id, ())
    able = REBUILDABLE.issuperset(parts) and observed.unchangeable.isdisjoint(changed_parts(replica, parts))
    return not dead and bool(parts) and able and not _shrinks(replica, observed.template)


def _shrinks(replica: Replica, template: Template | None) -> bool:
    """Return whether the flavor of a template would give a replica a smaller disk, for which Nova does not resize it.

    Nova refuses a root disk of 0 (C(nova.compute.api.API.resize)). From what else is smaller the driver puts the server
    back as it was, which does not say why (C(nova.virt.libvirt.driver.migrate_disk_and_power_off)).
    """
    old, new = replica.size, template.size if template else None
    if old is None or new is None:
        return False
    return new.ephemeral < old.ephemeral or (replica.image_id is not None and new.disk < old.disk)


def changed_parts(replica: Replica, parts: Collection[str]) -> set[str]:
    """Return which of C(NEEDED_IN_PLACE) a rebuild changes for a replica that differs in these parts."""
    changed = set(parts) & (REBUILDABLE - {"flavor"})
    if changed and replica.image_id is None:
        return {BOOT_VOLUME}  # Whatever is new, only a new disk makes it take effect.
    return changed & NEEDED_IN_PLACE.keys()


def serves_nobody(replica: Replica, observed: Observed) -> bool:
    """Return whether nothing is lost with a replica: it gets no requests and is not ready, or was never seen ready.

    The latter is one that a run made which was killed then: in no pool, while others get requests. Where nobody gets
    any, as of a pool that is new, each replica counts.
    """
    if fails_at_rest(replica, observed):
        return True
    others = (one for one in observed.replicas if one.id != replica.id)
    return standings(replica, observed.pools) == {OUT} and any(IN in standings(one, observed.pools) for one in others)


def unproven(staying: Sequence[Replica], rolled: Collection[str], observed: Observed) -> list[Replica]:
    """Return the replicas that have to get requests or, without pools, to be seen ready before others go.

    :param staying: the replicas that run and are not too much
    :param rolled: ids of those that a roll replaces
    """
    if not observed.pooled:
        # An earlier run may have made them and not seen them ready, and others go for them.
        return [one for one in staying if rolled and one.id not in rolled]
    # Nobody waits for one of a version that goes and that is broken or new: it may never get ready.
    hopeless = {one.id for one in staying if one.id in rolled and serves_nobody(one, observed)}
    return [one for one in staying if outside(one, observed.pools) and one.id not in hopeless]


def _fails(replica: Replica, observed: Observed) -> bool:
    return replica.id in observed.unhealthy or serves_nobody(replica, observed) or ails(replica, observed)


def ails(replica: Replica, observed: Observed) -> bool:
    """Return whether a replica answers nobody at the moment, although it may get well by itself."""
    runs = replica.running or replica.status == "MIGRATING"
    return not runs or bool(failed_members(replica, observed.pools))


def fails_at_rest(replica: Replica, observed: Observed) -> bool:
    """Return whether a replica gets no requests and is seen not to be ready, by a pool or at its readiness URL."""
    return replica.id in observed.unready or rests_broken(replica, observed.pools)


def shown(replica: Replica, template: Template | None) -> dict[str, Any]:
    """Return a replica for the diff, without what changes by itself."""
    recorded = read(replica.metadata.get(TEMPLATE_KEY))
    known: dict[str, Any] = {}
    if template:
        digests = template.digests(replica.slot)
        known = {part: value for part, value in template.shown().items() if digests[part] == recorded.get(part)}
    image = {"image": replica.image_id} if replica.image_id else {}
    if template and replica.image_id == template.image.id:
        image = {"image": template.image.name}
    parts = {
        **{part: known.get(part, shown_digest(value)) for part, value in recorded.items()},
        "availability_zone": replica.zone,
        **image,
        "flavor": _shown_flavor(replica, template),
        "key_name": replica.key_name,
        "security_groups": sorted(replica.security_groups),
        "metadata": {key: value for key, value in sorted(replica.metadata.items()) if key != TEMPLATE_KEY},
        **shown_labels(replica),
    }
    return {part: value for part, value in parts.items() if value is not None}


def _shown_flavor(replica: Replica, template: Template | None) -> str | None:
    if template is None or replica.flavor not in {template.flavor.name, template.flavor.id}:
        return replica.flavor
    recorded, wanted = read(replica.metadata.get(TEMPLATE_KEY)), template.digests()
    same = recorded.get("flavor") == wanted["flavor"] and has_flavor(replica, template)
    return replica.flavor if same else f"{replica.flavor} (as it was before)"
