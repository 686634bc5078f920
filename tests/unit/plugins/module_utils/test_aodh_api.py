# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Aodh is asked, with keystoneauth as it is; only what it sends is caught."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import create_autospec

import pytest
import requests
from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token
from openstack.config.cloud_region import CloudRegion

from ansible_collections.model_serving.openstack.plugins.module_utils._aodh_api import every

CATALOGUED = "http://catalogue.example:8042"
OWN = "http://127.0.0.1:8042"


@pytest.mark.parametrize(
    ("config", "base"),
    [
        ({}, CATALOGUED),
        ({"alarming_endpoint_override": OWN}, OWN),
        ({"metric_endpoint_override": OWN}, CATALOGUED),
    ],
)
def test_an_endpoint_of_clouds_yaml_goes_before_that_of_the_catalogue(config: dict[str, Any], base: str) -> None:
    answer = requests.Response()
    answer.status_code, answer._content = 200, b"[]"
    sent = create_autospec(requests.Session, instance=True)
    sent.request.return_value = answer
    session = Session(auth=Token(CATALOGUED, "t0k3n"), session=sent)
    conn = SimpleNamespace(session=session, config=CloudRegion(name="c", config=config))

    assert every(cast("Any", conn)) == []
    assert sent.request.call_args.args == ("GET", f"{base}/v2/alarms")
