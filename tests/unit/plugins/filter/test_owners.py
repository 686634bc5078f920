# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._owners import owner_warnings


@pytest.mark.parametrize(
    ("elastic", "owner", "user", "told"),
    [
        (True, "alice", "bob", True),
        (True, "bob", "bob", False),
        (True, None, "bob", False),
        (True, "alice", None, False),
        (False, "alice", "bob", False),
    ],
)
def test_whose_group_it_is_is_told(elastic: bool, owner: str | None, user: str | None, told: bool) -> None:
    groups: list[dict[str, Any]] = [{"name": "chat", "owner": owner}, {"name": "other", "owner": "alice"}]

    warned = list(owner_warnings([{"name": "chat", "elastic": elastic}], groups, user))

    assert bool(warned) is told
    assert all(text.startswith("autoscaling group 'chat' was made by the user 'alice'") for text in warned)
