# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the cloud: configuration, directories that the services expect, links by which they find the former."""

from __future__ import annotations

import shutil
from pathlib import Path

from .layout import Cloud

STATE = (
    "glance/images",
    "gnocchi/coordination",
    "keystone/credential",
    "keystone/fernet",
    "octavia/tls",
    "ovn",
    "rabbitmq",
)


def prepare(cloud: Cloud) -> None:
    """Make what is missing; all of it is empty, so nothing is reported."""
    services = [api["name"] for api in cloud.settings["apis"]]
    for name in (*STATE, *(f"{service}/locks" for service in services)):
        (cloud.state / name).mkdir(parents=True, exist_ok=True)
    for node in (*cloud.hypervisors, *cloud.fakes):
        for name in ("nova", "instances", "locks"):
            (cloud.state / node.name / name).mkdir(parents=True, exist_ok=True)
        # Nova lets everybody read what it puts there, guests' user data among it.
        (cloud.state / node.name / "instances").chmod(0o700)
    (cloud.run / "ovn").mkdir(parents=True, exist_ok=True)
    (cloud.run / "mariadb").mkdir(parents=True, exist_ok=True)
    shutil.chown(cloud.run / "mariadb", "mysql")
    # The OVN provider has this path built in.
    Path("/var/run/octavia").mkdir(exist_ok=True)
    for path in (cloud.directory / "home", cloud.log):
        path.mkdir(exist_ok=True)
    for service in services:  # oslo.config searches ~/.SERVICE, and the service accounts' home is ours
        _link(cloud.directory / "home" / f".{service}", cloud.etc / service)
    _link(cloud.etc / "nova" / "api-paste.ini", cloud.directory / "venv" / "etc" / "nova" / "api-paste.ini")


def configure(directory: Path, contents: dict[str, str]) -> list[str]:
    """Write the files that differ; the paths, below the cloud's directory, of those that did."""
    changed = []
    for name, content in contents.items():
        path = directory / name
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.touch(mode=0o600)
        new.write_text(content, encoding="utf-8")
        new.rename(path)
        changed.append(name)
    return changed


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink():
        link.symlink_to(target)
