# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What C(capacity_info) found in the cloud. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Facts = Mapping[str, Any]


def looked_up(items: Sequence[Facts], reference: str | None) -> Facts | None:
    """Return what C(capacity_info) found under a name or id."""
    return next((item for item in items if item["reference"] == reference and item["found"]), None)
