# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cloud's Nova is too old for. It would refuse such a request as malformed, and only when it is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openstack.connection import Connection

NEEDED: dict[str, tuple[int, int]] = {
    "description": (2, 19),
    "tags": (2, 52),
    "boot_volume.volume_type": (2, 67),
    "lock": (2, 73),
}
"""Microversions from Nova's history of its API; for tags and lock the ones that allow them in creations and reasons."""
LOST_CELLS = (2, 69)
"""From here on Nova lists servers of a cell that does not answer, with their ids (Compute API guide)."""
BOOT_VOLUME = "boot volume"
NEEDED_IN_PLACE: dict[str, tuple[int, int]] = {
    "key_name": (2, 54),
    "user_data": (2, 57),
    BOOT_VOLUME: (2, 93),
}
"""The same for what a rebuild changes on a server.

An older Nova keeps the disk of a server on a boot volume, where cloud-init does nothing again.
"""


def unsupported(conn: Connection, options: Iterable[str], *, by_heat: bool = False) -> list[str]:
    """Return a problem for each of these options that the cloud's Nova is too old for.

    :param by_heat: whether Heat makes the servers, which knows nothing of what clouds.yaml pins
    """
    return [
        f"'{option}' needs microversion {_text(NEEDED[option])} of Nova, {limit}"
        for option, limit in _too_old(conn, NEEDED, options, pinned=None if by_heat else _pinned(conn))
    ]


def unchangeable(conn: Connection, parts: Iterable[str]) -> dict[str, str]:
    """Return those of some parts of servers, of C(NEEDED_IN_PLACE), that Nova is too old to change, each with why."""
    return {
        part: (
            f"to {'rebuild' if part == BOOT_VOLUME else 'change'} the {part} of a server needs microversion"
            f" {_text(NEEDED_IN_PLACE[part])} of Nova, {limit}"
        )
        for part, limit in _too_old(conn, NEEDED_IN_PLACE, parts, pinned=_pinned(conn))
    }


def _too_old(
    conn: Connection,
    needed: Mapping[str, tuple[int, int]],
    wanted: Iterable[str],
    *,
    pinned: tuple[float, ...] | None,
) -> Iterator[tuple[str, str]]:
    """Yield what needs a newer microversion than can be had, each time with why."""
    names = sorted(set(wanted))
    if not names:
        return
    highest, limit = _highest(conn), "this cloud's has {} at most"
    if pinned and pinned < highest:
        highest, limit = pinned, "but clouds.yaml pins {} ('compute_default_microversion')"
    yield from ((name, limit.format(_text(highest))) for name in names if highest < needed[name])


def listing_version(conn: Connection) -> str | None:
    """Return the microversion with which to list servers; None leaves it to the SDK.

    A pinned one that is too old would make Nova leave out the servers of a cell that does not answer.
    """
    pinned = _pinned(conn)
    if pinned is None or pinned >= LOST_CELLS or _highest(conn) < LOST_CELLS:
        return None
    return _text(LOST_CELLS)


def _highest(conn: Connection) -> tuple[float, ...]:
    with attempt("read the versions of", "the compute service"):
        endpoint = conn.compute.get_endpoint_data()
    return tuple((endpoint.max_microversion if endpoint else None) or (2, 1))


def _pinned(conn: Connection) -> tuple[float, ...] | None:
    """Return what clouds.yaml pins (C(compute_default_microversion)): the SDK sends it unless it is told otherwise."""
    pinned = re.fullmatch(r"(\d+)\.(\d+)", str(conn.compute.default_microversion or ""))
    return (int(pinned[1]), int(pinned[2])) if pinned else None


def _text(version: tuple[float, ...]) -> str:
    return ".".join(map(str, version))
