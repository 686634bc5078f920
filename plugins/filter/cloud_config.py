# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cloud_config
short_description: Make user data that installs files and starts a service
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns user data for cloud-init that writes files and runs a program as a systemd service.
  - The same input gives the same text with every version of every library, because other user data means other servers.
positional: _input
options:
  _input:
    description:
      - The files. Each is a mapping with V(path), and V(content) (text) or V(base64).
    type: list
    elements: dict
    required: true
  name:
    description: Name of the systemd unit, without its suffix.
    type: str
    required: true
  description:
    description: What the unit says it is.
    type: str
    required: true
  command:
    description: The program with its arguments.
    type: str
    required: true
  user:
    description: User that the program runs as.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show user data
  ansible.builtin.debug:
    msg: >-
      {{ [{'path': '/srv/index.html', 'content': 'hello'}]
         | model_serving.openstack.cloud_config(name='web', description='Web server', user='nobody',
                                                command='/usr/bin/python3 -m http.server -d /srv') }}
"""

RETURN = r"""
_value:
  description: The user data.
  type: str
"""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Never given up: whether the replica gets requests is decided by the health monitor.
UNIT = """\
[Unit]
Description={description}
StartLimitIntervalSec=0

[Service]
User={user}
ExecStart={command}
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
"""


def cloud_config(files: Sequence[Mapping[str, str]], name: str, description: str, command: str, user: str) -> str:
    """Return user data. It is JSON, which is YAML, too, and which all versions of Python write alike."""
    unit = UNIT.format(description=description, command=command, user=user)
    written = [*map(_written, files), {"path": f"/etc/systemd/system/{name}.service", "content": unit}]
    # Not blocking: the boot that the unit may have to wait for goes on only when this command has ended.
    start = [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "--no-block", f"{name}.service"]]
    return "#cloud-config\n" + json.dumps({"write_files": written, "runcmd": start}, indent=1) + "\n"


def _written(file: Mapping[str, str]) -> dict[str, str]:
    if "base64" in file:
        return {"path": file["path"], "encoding": "b64", "content": file["base64"]}
    return {"path": file["path"], "content": file["content"]}


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"cloud_config": cloud_config}
