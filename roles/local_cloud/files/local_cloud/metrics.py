# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gnocchi's content: an archive policy for fast alarms and for usual ones, and Ceilometer's resource types."""

from __future__ import annotations

import http
from typing import Any

from .layout import Cloud, CloudError, run

# Gnocchi changes no definition of a policy: with another one, it needs another name.
ARCHIVE_POLICY: dict[str, Any] = {
    "name": "fine",
    "definition": [
        {"granularity": "5s", "timespan": "1h"},
        {"granularity": "60s", "timespan": "1d"},
        {"granularity": "300s", "timespan": "1d"},
    ],
    "aggregation_methods": ["mean", "max", "count", "rate:mean"],
}


def ensure(cloud: Cloud, admin: Any) -> list[str]:
    """Make what is missing; `admin` is the operator's connection."""
    where = {"endpoint_filter": {"service_type": "metric"}, "raise_exc": False}  # the SDK has no proxy for Gnocchi

    def missing(path: str) -> bool:
        return bool(admin.session.get(path, **where).status_code == http.HTTPStatus.NOT_FOUND)

    done = []
    if missing(f"/v1/archive_policy/{ARCHIVE_POLICY['name']}"):
        response = admin.session.post("/v1/archive_policy", json=ARCHIVE_POLICY, **where)
        if response.status_code >= http.HTTPStatus.BAD_REQUEST:
            raise CloudError(f"could not create the archive policy: {response.status_code} {response.text[:500]}")
        done.append("archive policy made")
    if missing("/v1/resource_type/instance_network_interface"):
        run(cloud.bin / "ceilometer-upgrade", "--config-file", cloud.etc / "ceilometer" / "ceilometer.conf")
        done.append("resource types of metrics made")
    return done
