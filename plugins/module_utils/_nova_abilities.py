# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cloud's Nova is too old for. It would refuse such a request as malformed, and only when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openstack.connection import Connection

NEEDED: dict[str, tuple[int, int]] = {
    "description": (2, 19),
    "tags": (2, 52),
    "boot_volume.volume_type": (2, 67),
    "lock": (2, 73),
}
"""Microversions from Nova's history of its API; for tags and lock the ones that allow them in creations and reasons."""


def unsupported(conn: Connection, options: Iterable[str]) -> list[str]:
    """Return a problem for each of these options that the cloud's Nova is too old for."""
    wanted = sorted(set(options))
    if not wanted:
        return []
    with attempt("read the versions of", "the compute service"):
        endpoint = conn.compute.get_endpoint_data()
    highest = (endpoint.max_microversion if endpoint else None) or (2, 1)
    return [
        f"'{option}' needs microversion {_text(NEEDED[option])} of Nova, this cloud's has {_text(highest)} at most"
        for option in wanted
        if tuple(highest) < NEEDED[option]
    ]


def _text(version: tuple[float, ...]) -> str:
    return ".".join(map(str, version))
