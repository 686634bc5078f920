# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fits into user data: of a server fleet, and of an autoscaling group, where the signal needs room, too."""

from __future__ import annotations

import base64
import gzip
import random
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import Readiness
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_user_data import (
    FILLED_IN,
    with_signal,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import USER_DATA_LIMIT
from ansible_collections.model_serving.openstack.plugins.plugin_utils._units import Unit, size, user_data

from .profiles import ANSWER, contents, fetched, model, server, written

READINESS = Readiness(url="http://127.0.0.1:8080/v2/health/ready", timeout=600, endpoint="https://heat.example:8004")


def noise(count: int) -> dict[str, Any]:
    """A model that cannot be compressed."""
    return model(content=base64.b64encode(random.Random(0).randbytes(count)).decode())  # noqa: S311


def fits_a_group(text: str) -> bool:
    return size(with_signal(text, READINESS)) + FILLED_IN <= USER_DATA_LIMIT


def test_user_data_is_compressed_when_there_is_no_room_otherwise() -> None:
    text = "".join(f"line {number}\n" for number in range(9000))
    unit = Unit(description="Web", command=["/bin/web"], user="www")
    made = user_data("web", unit, [{"path": "/etc/web", "content": text}, {"path": "/etc/small", "content": "x"}])
    assert size(made) <= USER_DATA_LIMIT
    files = written(made)
    assert files["/etc/web"]["encoding"] == "gz+b64"
    packed = base64.b64decode(files["/etc/web"]["content"])
    assert gzip.decompress(packed).decode() == text
    assert packed[:10].hex() == "1f8b08000000000002ff"  # no time, and the same with every Python
    assert files["/etc/small"] == {"path": "/etc/small", "content": "x"}


@pytest.mark.parametrize("count", range(11_000, 17_000, 250))
def test_a_model_that_fits_a_fleet_without_compression_fits_a_group(count: int) -> None:
    assert fits_a_group(server("onnxruntime", noise(count)).user_data())


@pytest.mark.parametrize("one", [fetched(), fetched(known_answer=ANSWER)])
def test_a_group_may_fetch_its_models(one: dict[str, Any]) -> None:
    made = server("onnxruntime", one).user_data()
    assert fits_a_group(made)
    assert "gz+b64" not in made  # two controllers with other versions of zlib replace nothing


@pytest.mark.parametrize(
    ("count", "fleet", "group"), [(23_000, True, True), (25_000, True, False), (40_000, False, False)]
)
def test_a_model_that_cannot_be_compressed_fits_up_to_a_size(count: int, fleet: bool, group: bool) -> None:
    one = noise(count)
    made = server("onnxruntime", one)
    problems = made.problems()
    assert fleet is not bool(problems)
    assert fits_a_group(made.user_data()) is group
    if problems:
        assert "but Nova takes 65535 at most: let the servers fetch models" in problems[0]
    else:
        assert size(made.user_data()) <= USER_DATA_LIMIT
        placed = contents(made.user_data())["/var/lib/model-server/models/a/3/model.onnx"]
        assert placed == base64.b64decode(one["content"])


def test_a_known_answer_takes_room_only_where_it_is_in_the_user_data() -> None:
    noise = base64.b64encode(random.Random(1).randbytes(100_000)).decode()  # noqa: S311
    large = {"request": {"image": noise}, "expected": {}}
    assert server("triton", fetched(known_answer=large)).problems() == []
    assert server("triton", fetched(known_answer=large)).served()[0]["known_answer"] == large
    (problem,) = server("onnxruntime", fetched(known_answer=large)).problems()
    assert "Nova takes 65535 at most" in problem
