# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which URLs are refused, and that no message quotes a password."""

from __future__ import annotations

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_options import health_problems
from ansible_collections.model_serving.openstack.plugins.module_utils._url import web_problem

LOGIN = "has an '@' before its path, but it is shown, so it must have no user name and no password"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "http://127.0.0.1:8080/v2/health/ready",
        "https://{address}/",
        "http://[2001:db8::1]/models/a@1?by=b@c#d@e",
        "http://{address}:80?by=a@b",
    ],
)
def test_a_url_without_a_password_is_right(url: str | None) -> None:
    assert web_problem(url, "readiness.url") == []


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cr3t@{address}/ready",
        "http://s3cr3t@{address}",
        "https://user:s3@cr3t@{address}?a=b",
        "https:///user:s3cr3t@{address}/ready",
        # Wrong for other reasons, too, which would be told with the URL.
        "ftp://user:s3cr3t@{address}/ready",
        "https:/user:s3cr3t@{address}/ready",
        "user:s3cr3t@{address}/ready",
        "https://user:s3cr3t@10.0.0.1/ready",
    ],
)
def test_a_url_with_a_password_is_refused_and_not_shown(url: str) -> None:
    assert web_problem(url, "readiness.url") == [f"'readiness.url' {LOGIN}"]
    assert health_problems({"readiness_url": url}) == [f"'readiness_url' {LOGIN}"]
