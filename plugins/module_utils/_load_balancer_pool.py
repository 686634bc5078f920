# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What requests about a pool have to say in addition, so that Octavia does what they ask for, and what it ignores.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        Balancer,
        Pool,
        Settings,
    )

CIPHERS, VERSIONS = "tls_ciphers", "tls_versions"
ALGORITHM, PERSISTENCE = "lb_algorithm", "session_persistence"
DEFAULT_OF_TLS = (CIPHERS, VERSIONS, "alpn_protocols")
"""What a pool that speaks TLS has a default for. Null asks for it."""
ANOTHER = "declare the new pool under another name, and this one is removed if the module made it"


def creating(settings: Settings) -> dict[str, Any]:
    """Return what a pool in the request for a whole tree needs: with TLS, Octavia fails when a default is not named."""
    missing = (key for key in DEFAULT_OF_TLS if not settings.get(key))
    return dict.fromkeys(missing) if settings.get("tls_enabled") else {}


def changing(old: Pool, new: Pool, provider: str | None) -> dict[str, Any]:
    """Return what a change of a pool needs."""
    return {**_tls(old, new), **_state(old, new, provider)}


def _tls(old: Pool, new: Pool) -> dict[str, Any]:
    """Return the defaults to ask for.

    Octavia puts in none for what is left out, and C(amphora) cannot write a configuration with versions of TLS and
    without ciphers: every later change of the load balancer would fail. A pool in ERROR may be there already.
    """
    was, wanted = old.settings, new.settings
    if not wanted.get("tls_enabled"):
        return {}
    if not was.get("tls_enabled"):
        return {key: None for key in (CIPHERS, VERSIONS) if not wanted.get(key)}
    alone = wanted.get(VERSIONS) and not wanted.get(CIPHERS)
    told = wanted.get(VERSIONS) != was.get(VERSIONS) or old.provisioning_status == "ERROR"
    return {CIPHERS: None} if alone and told else {}


def _state(old: Pool, new: Pool, provider: str | None) -> dict[str, Any]:
    """Return the state, which C(ovn) looks for when it has changed session persistence: the pool fails without it."""
    if abilities(provider).pools_follow or new.settings.get(PERSISTENCE) == old.settings.get(PERSISTENCE):
        return {}
    return {"admin_state_up": bool(new.settings.get("admin_state_up", True))}


def forgotten(
    going: Iterable[Pool], staying: Iterable[Pool], provider: str | None
) -> Iterator[tuple[Pool, dict[str, Any]]]:
    """Yield the pools whose session persistence is gone when others went, each with what brings it back.

    C(ovn) has one timeout for all pools of a protocol, and removes it with any of them.
    """
    if abilities(provider).pools_follow:
        return
    protocols = {pool.settings["protocol"] for pool in going}
    for pool in staying:
        persistence = pool.settings.get(PERSISTENCE) or {}
        if pool.settings["protocol"] in protocols and persistence.get("persistence_timeout"):
            yield pool, {PERSISTENCE: persistence, "admin_state_up": bool(pool.settings.get("admin_state_up", True))}


def ignored(old: Balancer, new: Balancer) -> Iterator[str]:
    """Yield the changes of pools that the provider would ignore, although Octavia takes them and tells no error."""
    if abilities(old.provider).pools_follow or old.provisioning_status == "ERROR":
        # A balancer in ERROR is made again, and its pools have everything from the beginning.
        return
    before = {pool.id: pool for pool in old.pools or ()}
    for pool in new.pools or ():
        if pool.id in before:
            yield from _ignored(before[pool.id], pool, str(old.provider))


def _ignored(old: Pool, new: Pool, provider: str) -> Iterator[str]:
    where, was, wanted = f"pool {old.name!r} ({old.id})", old.settings, new.settings
    if wanted.get(ALGORITHM) != was.get(ALGORITHM):
        yield (
            f"{where} has {ALGORITHM!r} {was.get(ALGORITHM)}, not {wanted.get(ALGORITHM)}, and provider {provider!r}"
            f" cannot change that: {ANOTHER}"
        )
    if (was.get(PERSISTENCE) or {}).get("persistence_timeout") and not wanted.get(PERSISTENCE):
        yield f"{where} has {PERSISTENCE!r}, and provider {provider!r} cannot remove that: {ANOTHER}"
