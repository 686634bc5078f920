# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill says about itself, beside what is measured in every drill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """Figures in seconds since the fault, None for what does not apply; conditions say what must hold to pass."""

    figures: dict[str, Any]
    conditions: dict[str, bool]
    out_of_rotation_s: float | None = None
    capacity_back_s: float | None = None
