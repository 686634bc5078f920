# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is told that others can read the secrets in a service file."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import elastic_warnings, kept_fleets


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"object_storage": {"s3_access_key": "a", "s3_secret_key": "s3cr3t"}}, "object_storage.s3_secret_key"),
        ({"runtime_options": {"environment": {"HF_TOKEN": "s3cr3t"}}}, "runtime_options.environment.HF_TOKEN"),
        ({"models": [{"url": "https://a/b?sig=s3cr3t"}]}, "the signature of a model's url"),
        *(
            ({"runtime_options": {"environment": {"HTTPS_PROXY": proxy}}}, "runtime_options.environment.HTTPS_PROXY")
            for proxy in ("http://user:s3cr3t@proxy:3128", "http://:s3cr3t@proxy", "http://a,http://b:s3cr3t@c")
        ),
        ({"runtime_options": {"environment": {"LEVEL": "info"}}, "models": [{"url": "https://a/b"}]}, None),
        ({"runtime_options": {"environment": {"NO_PROXY": "a:80,b@c", "HTTP_PROXY": "http://user@proxy:3128"}}}, None),
        ({"runtime_options": {"environment": {"DOCS": "http://a:80/b:c@d", "COUNT": 3}}}, None),
        ({"runtime_options": {"environment": {"HF_TOKEN": None}}}, None),
        ({"models": [{"url": None}], "object_storage": {"s3_secret_key": None}}, None),
    ],
)
@pytest.mark.parametrize("elastic", [True, False])
def test_a_group_with_secrets_in_its_user_data_is_told(
    given: dict[str, Any], told: str | None, *, elastic: bool
) -> None:
    # Heat's policy for the files of a stack is that of readers of the project (heat/policies/stacks.py).
    fleet = {"name": "chat", "pool": "p", "replicas": 3, "autoscaling": {"enabled": elastic}, **given}
    capacity = {"services": [{"type": "orchestration"}, {"type": "alarming"}], "quotas": {}}
    found = list(elastic_warnings(kept_fleets([fleet], capacity, [], []), capacity))
    assert len(found) == (elastic and told is not None)
    assert all(f"with {told}: " in text and "s3cr3t" not in text for text in found)
