# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role compute hands on to server_fleet."""

from __future__ import annotations

import pytest

from ..templates import read, value_of


@pytest.mark.parametrize("replicas", [0, 3])
def test_a_fleet_without_replicas_is_a_fleet(replicas: int) -> None:
    (task,) = [
        each for each in read("roles/compute/tasks/present.yml") if "model_serving.openstack.server_fleet" in each
    ]
    options = task["model_serving.openstack.server_fleet"]

    assert value_of(options["replicas"], {"compute_replicas": replicas, "omit": "left out"}) == replicas
