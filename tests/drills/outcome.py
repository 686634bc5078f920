# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill says about itself, beside what is measured in every drill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from figures import VERY_LONG, Request, failures, waited

# Of the requests, where a fault may cost some.
MAY_FAIL = 0.01
# Of the clients' time. A replica that hangs keeps a third of the clients for their 10 s: 2% of a drill of 165 s. When
# nobody is answered for 10 s, that alone is 4% of the longest drill and 9% of the shortest.
MAY_BE_WAITED = 0.05


@dataclass(frozen=True)
class Outcome:
    """Figures in seconds since the fault, None for what does not apply; conditions say what must hold to pass."""

    figures: dict[str, Any]
    conditions: dict[str, bool]
    out_of_rotation_s: float | None = None
    capacity_back_s: float | None = None


def mostly_served(requests: Sequence[Request], clients: int) -> dict[str, bool]:
    """Return what must hold of the traffic where a fault may cost some requests."""
    share = waited(requests, clients)
    return {
        f"less than {MAY_FAIL:.0%} of the requests failed": failures(requests) < MAY_FAIL * len(requests),
        f"clients spent less than {MAY_BE_WAITED:.0%} of their time with requests that failed or took over"
        f" {VERY_LONG:g} s": share is not None and share < MAY_BE_WAITED,
    }
