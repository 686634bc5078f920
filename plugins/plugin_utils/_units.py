# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The systemd unit of a model server, and user data that installs it. Pure."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_user_data import SIGNAL_ROOM
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import USER_DATA_LIMIT
from ansible_collections.model_serving.openstack.plugins.module_utils._texts import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SMALL = 512
"""Bytes of a file below which it is not compressed."""
HEADER = bytes.fromhex("1f8b08000000000002ff")
"""Of gzip, without a time; Python's own differs from version to version."""
MARGIN = 10
"""Seconds that a stopped program gets beyond its own time before it is killed."""
OPEN_FILES = "65536:524288"
"""Each connection is one, and systemd's own soft limit is 1024. Its hard limit stays as it is."""
LAST_OF_ONE = "\uffff"
"""The last character that JSON writes as one escape."""
SPACE = " \t\n\r\"'\\;"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"})
"""How systemd writes characters inside quotes (systemd.syntax(7), "Quoting")."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A program that systemd keeps running.

    :param before: commands that its user runs before; they may fail
    :param stop: the command that stops it, instead of a signal
    :param final: exit status after which it is not started again
    :param owned: folders that belong to its user, who is made for them, with the first one as home; none when the user
        is there already
    :param connections: whether it is itself what others connect to
    """

    description: str
    command: Sequence[str]
    user: str
    before: Sequence[Sequence[str]] = ()
    stop: Sequence[str] | None = None
    stop_signal: str = "SIGTERM"
    stop_seconds: int = 30
    environment_file: str | None = None
    final: int | None = None
    owned: Sequence[str] = field(default_factory=tuple)
    log_to_console: bool = True
    connections: bool = True

    def text(self, name: str) -> str:
        """Return the unit's file."""
        # Never given up: whether the replica gets requests is decided by the health monitor.
        lines = ["[Unit]", f"Description={_line(self.description)}", "Wants=network-online.target"]
        lines += ["After=network-online.target", "StartLimitIntervalSec=0", "", "[Service]", f"User={self.user}"]
        if self.user != "root":
            # What a model makes the program do must not become root's doing by sudo or another setuid program.
            lines.append("NoNewPrivileges=true")
        if self.connections:
            lines.append(f"LimitNOFILE={OPEN_FILES}")
        if self.environment_file:
            lines.append(f"EnvironmentFile={self.environment_file}")
        lines.append(f"SyslogIdentifier={name}")
        if self.log_to_console:
            # Nova shows the console, also of a server that nobody reaches.
            lines += ["StandardOutput=journal+console", "StandardError=journal+console"]
        if self.before:
            # They may install packages, which nothing may break off; systemd's own limit is 90 s.
            lines.append("TimeoutStartSec=infinity")
        for command in self.before:
            lines.append(f"ExecStartPre=-{command_line(command)}")
        lines.append(f"ExecStart={command_line(self.command)}")
        if self.stop:
            lines.append(f"ExecStop={command_line(self.stop)}")
        lines += ["Restart=always", "RestartSec=2"]
        if self.final is not None:
            lines.append(f"RestartPreventExitStatus={self.final}")
        lines += [f"KillSignal={self.stop_signal}", "KillMode=mixed", f"TimeoutStopSec={self.stop_seconds + MARGIN}"]
        return "\n".join([*lines, "", "[Install]", "WantedBy=multi-user.target", ""])


def command_line(command: Sequence[str]) -> str:
    """Return a command as systemd reads it (systemd.service(5), "Command lines")."""
    return " ".join(map(_word, command))


def _word(text: str) -> str:
    text = text.replace("%", "%%").replace("$", "$$")
    if text and not any(character in text for character in SPACE):
        return text
    return f'"{text.translate(_ESCAPES)}"'


def _line(text: str) -> str:
    return text.replace("\n", " ").replace("%", "%%")


def environment_file(variables: Mapping[str, Any]) -> str:
    """Return variables as systemd reads them from a file (systemd.exec(5), "EnvironmentFile")."""
    lines = []
    for name, value in sorted(texts(variables).items()):
        escaped = "".join(f"\\{character}" if character in '"\\`$' else character for character in value)
        lines.append(f'{name}="{escaped}"\n')
    return "".join(lines)


def user_data(name: str, unit: Unit, files: Sequence[Mapping[str, str]], packages: Sequence[str] = ()) -> str:
    """Return user data for cloud-init.

    It is JSON, which is YAML, too, and which all versions of Python write alike. Files are compressed only when there
    is no room otherwise, because other versions of zlib may compress to other bytes, and other user data means other
    servers. What signals for a replica of an autoscaling group needs room, too.
    """
    whole = [*files, {"path": f"/etc/systemd/system/{name}.service", "content": unit.text(name)}]
    begin: list[list[str]] = []
    if unit.owned and unit.user != "root":
        path = f"/etc/sysusers.d/{name}.conf"
        whole.append({"path": path, "content": f'u {unit.user} - "{_line(unit.description)}" {unit.owned[0]}\n'})
        begin.append(["systemd-sysusers", path])
    if unit.owned:
        # Once, before the first start, and not by the unit: its variables, such as LD_LIBRARY_PATH, can name what its
        # user may write, and would hold for a command of root's, too.
        begin.append(["chown", "--recursive", "--no-dereference", f"{unit.user}:", *unit.owned])
    # Not blocking: the boot that the unit may have to wait for goes on only when this command has ended.
    start = [*begin, ["systemctl", "daemon-reload"]]
    start.append(["systemctl", "enable", "--now", "--no-block", f"{name}.service"])
    head = {"packages": list(packages)} if packages else {}
    text = _text({**head, "write_files": [_written(file) for file in whole], "runcmd": start})
    if size(text) <= USER_DATA_LIMIT - SIGNAL_ROOM:
        return text
    return _text({**head, "write_files": [_compressed(file) for file in whole], "runcmd": start})


def size(text: str) -> int:
    """Return how many characters of base64 user data has."""
    return len(base64.b64encode(text.encode()))


def _text(config: Mapping[str, Any]) -> str:
    return "#cloud-config\n" + json.dumps(config, indent=1) + "\n"


def _written(file: Mapping[str, str]) -> dict[str, str]:
    more = {"permissions": file["permissions"]} if "permissions" in file else {}
    content = file.get("base64")
    # JSON writes characters beyond U+FFFF as two, which YAML does not put together again.
    if content is None and max(file["content"], default="") > LAST_OF_ONE:
        content = base64.b64encode(file["content"].encode()).decode()
    if content is not None:
        return {"path": file["path"], "encoding": "b64", "content": content, **more}
    return {"path": file["path"], "content": file["content"], **more}


def _compressed(file: Mapping[str, str]) -> dict[str, str]:
    plain = base64.b64decode(file["base64"]) if "base64" in file else file["content"].encode()
    if len(plain) < SMALL:
        return _written(file)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(plain) + packer.flush()
    packed = HEADER + body + struct.pack("<LL", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return {**_written(file), "encoding": "gz+b64", "content": base64.b64encode(packed).decode()}
