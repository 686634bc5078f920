# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listings of server groups that Nova cuts, read through the SDK's own methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openstack.compute.v2._proxy import Proxy
from requests import Response

from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import all_server_groups, find

from ..modules.answers import answer

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


@dataclass
class Listing:
    """What Nova lists; C(limited) in C(nova/api/openstack/common.py) cuts it."""

    there: int = 0
    max_limit: int = 1000
    shift: int = 0
    ignores_offset: bool = False
    asked: list[tuple[int, str]] = field(default_factory=list)

    def get(self, url: str, *, microversion: str, params: dict[str, Any], **_options: Any) -> Response:
        parts = urlsplit(url)
        assert (parts.path, params) == ("/os-server-groups", {})
        offset = int(parse_qs(parts.query).get("offset", ["0"])[0])
        self.asked.append((offset, microversion))
        # Another order than before moves some groups onto a second page.
        first = 0 if self.ignores_offset else max(0, offset - self.shift)
        numbers = range(self.there)[first : first + self.max_limit]
        rows = [
            {"id": f"g{number}", "name": f"n{number}", "policy": "affinity", "rules": {}, "members": []}
            for number in numbers
        ]
        return answer({"server_groups": rows})


@pytest.fixture
def listing(conn: Mock) -> Listing:
    made = Listing()
    compute = conn.compute
    compute.default_microversion = "2.64"
    compute.server_groups.side_effect = partial(Proxy.server_groups, compute)
    compute._list.side_effect = partial(Proxy._list, compute)
    compute.get.side_effect = made.get
    return made


@pytest.mark.parametrize(
    ("there", "max_limit", "offsets"),
    [
        (0, 1000, [0]),
        (99, 1000, [0]),
        (100, 1000, [0, 100]),
        (250, 100, [0, 100, 200, 250]),
        (1500, 1000, [0, 1000, 1500]),
    ],
)
def test_a_listing_is_read_to_its_end(
    context: Context, listing: Listing, there: int, max_limit: int, offsets: list[int]
) -> None:
    listing.there, listing.max_limit = there, max_limit

    found = all_server_groups(context)

    assert [group.id for group in found] == [f"g{number}" for number in range(there)]
    assert listing.asked == [(offset, "2.64") for offset in offsets]


def test_a_group_of_a_later_page_is_found(context: Context, listing: Listing) -> None:
    listing.there, listing.max_limit = 250, 100

    assert [group.policy for group in find(context, "n249")] == ["affinity"]


def test_a_group_that_is_on_two_pages_is_one(context: Context, listing: Listing) -> None:
    listing.there, listing.max_limit, listing.shift = 150, 100, 7

    assert len(all_server_groups(context)) == 150
    assert [group.id for group in find(context, "n99")] == ["g99"]


def test_a_page_with_nothing_new_is_the_last(context: Context, listing: Listing) -> None:
    listing.there, listing.max_limit, listing.ignores_offset = 150, 100, True

    assert len(all_server_groups(context)) == 100
    assert len(listing.asked) == 2
