# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import POOL, Api

from ..modules.fake_octavia import response

if TYPE_CHECKING:
    from unittest.mock import Mock

PAGES: dict[str | None, dict[str, Any]] = {
    None: {"pools": [{"id": "a"}, {"id": "b"}], "pools_links": [{"rel": "next", "href": "http://octavia"}]},
    "b": {"pools": [{"id": "c"}], "pools_links": [{"rel": "previous", "href": "http://octavia"}]},
}


def test_a_list_that_comes_in_pages_is_read_to_its_end(conn: Mock) -> None:
    conn.load_balancer.get.side_effect = lambda _path, params: response(200, PAGES[params.get("marker")])

    found = Api(conn.load_balancer).list(POOL, project_id="p1")

    assert [row["id"] for row in found] == ["a", "b", "c"]
    assert {call.kwargs["params"]["project_id"] for call in conn.load_balancer.get.call_args_list} == {"p1"}
