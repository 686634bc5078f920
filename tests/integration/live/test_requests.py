# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for servers, held against the schema of the Nova that the local cloud has installed.

The local cloud has no block storage, so this is as near as boot volumes come to a real Nova here.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openstack.compute.v2.server import Server
from server_requests import TEMPLATE, VOLUME, WITH_VOLUME, request

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    USER_DATA_LIMIT,
    Reference,
)

NOVA = Path(os.environ.get("LOCAL_CLOUD_DIR", "/var/lib/local_cloud")) / "venv/bin/python"
VALIDATE = """
import json, sys
from nova.api.openstack.compute.schemas import servers
from nova.api.validation import validators
from nova.exception import ValidationError

def refusal(version, body):
    try:
        validators._SchemaValidator(getattr(servers, version), is_body=True).validate(body)
    except ValidationError as error:
        return str(error)
    return ""

print(json.dumps([refusal(*each) for each in json.load(sys.stdin)]))
"""
FULL = replace(
    WITH_VOLUME,
    security_groups=(Reference(id="73656375-0000-4000-8000-000000000001", name="web"),),
    key_name="ops",
    user_data="x" * 49149,
    config_drive=True,
    metadata={"stage": "production"},
    tags=("a", "b c"),
    description="d",
)


def body(attributes: dict[str, Any]) -> Any:
    """What the SDK sends."""
    return Server.new(**attributes)._prepare_request(requires_id=False).body


def refusals(*bodies: tuple[str, Any]) -> list[str]:
    """What Nova says about each body under a version of its schema, nothing where it takes it."""
    command = [str(NOVA), "-W", "ignore", "-c", VALIDATE]
    run = subprocess.run(command, input=json.dumps(bodies), capture_output=True, text=True, check=True)
    answers: list[str] = json.loads(run.stdout)
    return answers


@pytest.mark.skipif(not NOVA.exists(), reason="the local cloud is not installed")
def test_nova_takes_the_requests() -> None:
    """The versions are those from which on Nova knows all that is in the request, and the one before."""
    plain = body(request(replace(FULL, boot_volume=None, networks=TEMPLATE.networks)))
    untyped = body(request(replace(FULL, boot_volume=replace(VOLUME, volume_type=None)), index=0, slots=(1, 2)))
    full = body(request(FULL, index=1, slots=(1, 2)))
    large = {**full, "server": {**full["server"], "user_data": "A" * (USER_DATA_LIMIT + 1)}}

    answers = refusals(
        ("create_v252", plain),
        ("create_v252", untyped),
        ("create_v267", full),
        ("create_v294", full),
        ("create_v242", plain),
        ("create_v263", full),
        ("create_v294", large),
    )

    assert answers[:4] == ["", "", "", ""]
    for answer, part in zip(answers[4:], ("tags", "volume_type", "user_data"), strict=True):
        assert part in answer
