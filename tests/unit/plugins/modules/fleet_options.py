# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a fleet that the tests begin with."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "name": "chat",
    "replicas": 3,
    "image": "model-server",
    "flavor": "m1",
    "networks": ["private"],
}
