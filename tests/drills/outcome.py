# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill says about itself, beside what is measured in every drill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from figures import Request, failures, unserved

# Of the requests, where a fault may cost some.
MAY_FAIL = 0.01
# Of what was due. A replica that hangs keeps a third of the clients for their 10 s, and two cores make others late: 4%
# in all. When nobody is answered for 10 s, that alone is 4% of the longest drill and 9% of the shortest.
MAY_BE_UNSERVED = 0.05


@dataclass(frozen=True)
class Outcome:
    """Figures in seconds since the fault, None for what does not apply; conditions say what must hold to pass."""

    figures: dict[str, Any]
    conditions: dict[str, bool]
    out_of_rotation_s: float | None = None
    capacity_back_s: float | None = None


def mostly_served(requests: Sequence[Request], due: float) -> dict[str, bool]:
    """Return what must hold of the traffic where a fault may cost some requests; `due` is how many there had to be."""
    share = unserved(requests, due)
    return {
        f"less than {MAY_FAIL:.0%} of the requests failed": failures(requests) < MAY_FAIL * len(requests),
        f"less than {MAY_BE_UNSERVED:.0%} of what was due got no right answer": share is not None
        and share < MAY_BE_UNSERVED,
    }
