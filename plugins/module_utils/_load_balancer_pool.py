# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What requests about a pool have to say in addition, so that Octavia does what they ask for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Pool, Settings

CIPHERS, VERSIONS = "tls_ciphers", "tls_versions"
DEFAULT_OF_TLS = (CIPHERS, VERSIONS, "alpn_protocols")
"""What a pool that speaks TLS has a default for. Null asks for it."""


def creating(settings: Settings) -> dict[str, Any]:
    """Return what a pool in the request for a whole tree needs: with TLS, Octavia fails when a default is not named."""
    missing = (key for key in DEFAULT_OF_TLS if not settings.get(key))
    return dict.fromkeys(missing) if settings.get("tls_enabled") else {}


def changing(old: Pool, new: Pool) -> dict[str, Any]:
    """Return what a change of a pool needs.

    Octavia puts in no default for what is left out, and C(amphora) cannot write a configuration with versions of TLS
    and without ciphers: every later change of the load balancer would fail. A pool in ERROR may be there already.
    """
    was, wanted = old.settings, new.settings
    if not wanted.get("tls_enabled"):
        return {}
    if not was.get("tls_enabled"):
        return {key: None for key in (CIPHERS, VERSIONS) if not wanted.get(key)}
    alone = wanted.get(VERSIONS) and not wanted.get(CIPHERS)
    told = wanted.get(VERSIONS) != was.get(VERSIONS) or old.provisioning_status == "ERROR"
    return {CIPHERS: None} if alone and told else {}
