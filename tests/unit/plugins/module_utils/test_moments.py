# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as the APIs of a cloud write them."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def test_seconds_since() -> None:
    assert seconds_since("2026-01-01T11:59:00", NOW) == 60
    assert seconds_since("2026-01-01T11:59:00Z", NOW) == 60
    assert seconds_since("", NOW) == 0
