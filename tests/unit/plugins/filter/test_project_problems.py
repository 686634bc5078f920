# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.project_problems import project_problems

HERE = {"id": "5a3c", "name": "serving"}


@pytest.mark.parametrize(
    ("wanted", "right"), [(None, True), ("", True), ("serving", True), ("5a3c", True), ("prod", False)]
)
def test_a_service_is_kept_in_its_own_project(wanted: str | None, right: bool) -> None:
    told = project_problems(HERE, wanted)

    assert (told == []) is right
    assert right or "belongs to the project 'prod', but the credentials are for 'serving' (5a3c)" in told[0]
