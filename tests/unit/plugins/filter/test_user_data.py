# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From models to user data: where files are placed, and the text that is made of them."""

from __future__ import annotations

import json
from typing import Any

import yaml

from ansible_collections.model_serving.openstack.plugins.filter.cloud_config import cloud_config
from ansible_collections.model_serving.openstack.plugins.filter.placed_models import placed_models

PROFILE = {
    "model_path": "/m/{name}/{version}/model",
    "known_answer_path": "/m/{name}/{version}/answer",
    "model_ready_path": "/v2/models/{name}/ready",
    "infer_path": "/v2/models/{name}/infer",
}
ANSWER = {"request": {"x": 1}, "expected": {"y": [2]}}


def model(**changes: Any) -> dict[str, Any]:
    return {"name": "a", "version": "3", "content": "QQ==", "sha256": "ab", "known_answer": None, **changes}


def made(**changes: Any) -> str:
    options = {"name": "web", "description": "Web", "command": "/bin/web --port 80", "user": "www", **changes}
    files = [{"path": "/etc/web", "content": "a: ä\n"}, {"path": "/srv/x", "base64": "QQ=="}]
    return cloud_config(files, **options)


def test_a_model_is_placed_by_the_patterns_of_the_profile() -> None:
    placed = placed_models([model(known_answer=ANSWER)], PROFILE)
    assert placed["settings"] == [
        {"name": "a", "version": "3", "path": "/m/a/3/model", "sha256": "ab", "known_answer": "/m/a/3/answer"}
    ]
    assert placed["files"][0] == {"path": "/m/a/3/model", "base64": "QQ=="}
    assert json.loads(placed["files"][1]["content"]) == ANSWER
    (served,) = placed["served"]
    assert served["ready_path"] == "/v2/models/a/ready"
    assert served["infer_path"] == "/v2/models/a/infer"
    assert served["known_answer"] == ANSWER


def test_without_a_known_answer_no_file_is_placed_for_it() -> None:
    placed = placed_models([model(), model(name="b")], PROFILE)
    assert [file["path"] for file in placed["files"]] == ["/m/a/3/model", "/m/b/3/model"]
    assert "known_answer" not in placed["settings"][0]


def test_cloud_init_reads_what_was_asked_for() -> None:
    text = made()
    assert text.startswith("#cloud-config\n")
    config = yaml.safe_load(text)
    first, second, unit = config["write_files"]
    assert first == {"path": "/etc/web", "content": "a: ä\n"}
    assert second == {"path": "/srv/x", "content": "QQ==", "encoding": "b64"}
    assert unit["path"] == "/etc/systemd/system/web.service"
    for line in ("ExecStart=/bin/web --port 80", "User=www", "Restart=always"):
        assert line in unit["content"].splitlines()
    assert config["runcmd"][-1][-1] == "web.service"


def test_user_data_is_the_same_text_for_ever() -> None:
    # Other user data means other servers, so a change of this text replaces every replica of every user.
    assert made() == (
        "#cloud-config\n"
        '{\n "write_files": [\n  {\n   "path": "/etc/web",\n   "content": "a: \\u00e4\\n"\n  },\n'
        '  {\n   "path": "/srv/x",\n   "encoding": "b64",\n   "content": "QQ=="\n  },\n'
        '  {\n   "path": "/etc/systemd/system/web.service",\n   "content": "[Unit]\\nDescription=Web\\n'
        "StartLimitIntervalSec=0\\n\\n[Service]\\nUser=www\\nExecStart=/bin/web --port 80\\nRestart=always\\n"
        'RestartSec=2\\n\\n[Install]\\nWantedBy=multi-user.target\\n"\n  }\n ],\n'
        ' "runcmd": [\n  [\n   "systemctl",\n   "daemon-reload"\n  ],\n'
        '  [\n   "systemctl",\n   "enable",\n   "--now",\n   "--no-block",\n   "web.service"\n  ]\n ]\n}\n'
    )
