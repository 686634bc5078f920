# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which members were in rotation when, as a watch would have seen it."""

from __future__ import annotations

from figures import Rotation

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def seen(*moments: tuple[float, set[str]]) -> list[Rotation]:
    return [Rotation(at, frozenset(members)) for at, members in moments]
