# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as the APIs of a cloud write them."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds_since(moment: str, now: datetime) -> float:
    """Return how long ago a moment was, as an API writes it; without a zone it is in UTC. 0 for an empty one."""
    if not moment:
        return 0.0
    then = datetime.fromisoformat(moment)
    return (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
