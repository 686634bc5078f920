# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Since when nothing has happened to a stack."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock, create_autospec

import pytest
from openstack.orchestration.v1._proxy import Proxy
from requests import Response

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_events
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource

STACK = Stack(id="1", name="chat", status="UPDATE_IN_PROGRESS")


def heat(*moments: str, date: str | None = None) -> Mock:
    """Return a Heat that knows events of these moments and says what time it is."""
    response = Response()
    response.status_code = 200
    response._content = json.dumps({"events": [{"id": "e", "event_time": moment} for moment in moments]}).encode()
    if date:
        response.headers["Date"] = date
    proxy: Mock = create_autospec(Proxy, instance=True)
    proxy.get.return_value = response
    return proxy


@pytest.mark.parametrize("date", ["Fri, 02 Jan 2026 12:05:00 GMT", "Fri, 02 Jan 2026 13:05:00 +0100"])
def test_the_clock_is_that_of_the_api(date: str) -> None:
    assert _heat_events.silence(heat("2026-01-02T12:00:00Z", date=date), STACK) == 300


def test_an_api_that_does_not_tell_the_time() -> None:
    minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    assert _heat_events.silence(heat(minute_ago.isoformat()), STACK) == pytest.approx(60, abs=5)


def test_a_stack_without_events() -> None:
    stack = replace(STACK, updated_at="2026-01-02T12:00:00Z")
    assert _heat_events.silence(heat(date="Fri, 02 Jan 2026 12:05:00 GMT"), stack) == 300


def test_a_resource_without_events_has_no_known_properties() -> None:
    resource = Resource(name="ready", type="x", status="CREATE_IN_PROGRESS", stack="/stacks/chat/1", physical_id="")
    proxy = heat()
    proxy.get.return_value.status_code = 404
    assert _heat_events.properties(proxy, resource) == {}
