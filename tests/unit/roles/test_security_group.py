# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which security group the roles compute and autoscaling remove."""

from __future__ import annotations

import pytest

from ..templates import read, value_of

MODULE = "model_serving.openstack.security_group"


@pytest.mark.parametrize("role", ["compute", "autoscaling"])
@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["env=test", "model_serving.service=chat"], True),
        ([], False),  # it has lost its mark, or never had one
        (["model_serving.service=chat.eu"], False),
    ],
)
def test_only_one_with_the_mark_of_the_service_is_removed(role: str, tags: list[str], expected: bool) -> None:
    (task,) = [each for each in read(f"roles/{role}/tasks/absent.yml") if MODULE in each]
    known = {f"{role}_name": "chat", f"{role}_groups": {"security_groups": [{"name": "g", "tags": tags}]}}

    assert value_of("{{ " + task["when"] + " }}", {**task["vars"], **known}) is expected
