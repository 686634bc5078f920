# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the texts of a load balancer may be (Octavia's C(api/v2/types)). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST = 255
OTHERS = {"tls_ciphers": 2048}
MAX_NAME = 220
"""Octavia allows 255 characters, but the name is also part of the mark on the VIP port and the floating IP."""
SHOWN = 40
"""How much of a text a message has."""


def name_problem(name: str) -> Iterator[str]:
    """Yield that a load balancer cannot have a name, also when it is only looked for."""
    if len(name) > MAX_NAME:
        yield f"'name' has more than {MAX_NAME} characters"


def too_long(declared: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield the texts of a part, and of the parts in it, that are longer than Octavia takes.

    Many are made of others, as the names of L7 policies are of routes. Octavia would refuse them when a broken load
    balancer has been deleted.
    """
    for option, value in declared.items():
        for text in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(text, dict):
                yield from too_long(text, where)
            elif isinstance(text, str) and len(text) > (most := OTHERS.get(option, LONGEST)):
                yield f"{option!r} {text[:SHOWN]!r}... in {where} has {len(text)} characters, but Octavia takes {most}"
