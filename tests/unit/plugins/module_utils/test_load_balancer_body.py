# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request that makes a load balancer with all below it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_body import balancer_body
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer, Listener

CERTIFICATE = {"default_tls_container_ref": "http://127.0.0.1/v1/secrets/1"}


@pytest.mark.parametrize(
    ("settings", "nulls"),
    [
        ({"protocol": "PROMETHEUS", **CERTIFICATE}, {"tls_versions", "alpn_protocols"}),
        ({"protocol": "PROMETHEUS", "sni_container_refs": ["x"]}, {"tls_versions", "alpn_protocols"}),
        ({"protocol": "PROMETHEUS", **CERTIFICATE, "tls_versions": ["TLSv1.3"]}, {"alpn_protocols"}),
        ({"protocol": "PROMETHEUS"}, set()),
        ({"protocol": "TERMINATED_HTTPS", **CERTIFICATE}, set()),
    ],
)
def test_octavia_misses_defaults_of_tls_in_a_whole_tree(settings: dict[str, Any], nulls: set[str]) -> None:
    listener = Listener(name="metrics", settings={"protocol_port": 9090, **settings})

    (made,) = balancer_body(Balancer(name="chat", listeners=(listener,)))["listeners"]

    assert {key for key, value in made.items() if value is None} == nulls
