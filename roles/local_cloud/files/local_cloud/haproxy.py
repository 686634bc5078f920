# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HAProxy's configuration in amphorae: Octavia's own, and one option more.

Octavia reloads HAProxy for every change of a member. Since its version 2.4, the old process then closes the connections
that clients keep, also at the moment when a request is on its way. `idle-close-on-response` lets it answer that request
before. Octavia has no setting for it, but lets the operator name a template.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from .layout import Cloud, CloudError

BASE = "base.j2"
BEFORE, OPTION = "    option http-keep-alive\n", "    option idle-close-on-response\n"


def with_option(base: str) -> str:
    """Return Octavia's template with the option; raises CloudError when the place for it is not there."""
    if OPTION in base:
        return base
    if base.count(BEFORE) != 1:
        raise CloudError(f"Octavia's template {BASE} has no line {BEFORE.strip()!r} to put {OPTION.strip()!r} after")
    return base.replace(BEFORE, BEFORE + OPTION)


def ensure(cloud: Cloud) -> list[str]:
    """Have the folder that octavia.conf names in `haproxy_template`; the templates that were written."""
    spec = importlib.util.find_spec("octavia")
    if spec is None or spec.origin is None:
        raise CloudError("Octavia is not installed")
    source = Path(spec.origin).parent / "common" / "jinja" / "haproxy" / "combined_listeners" / "templates"
    folder = cloud.etc / "octavia" / "haproxy"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for template in sorted(source.glob("*.j2")):
        text = template.read_text(encoding="utf-8")
        wanted = with_option(text) if template.name == BASE else text
        path = folder / template.name
        if not path.exists() or path.read_text(encoding="utf-8") != wanted:
            path.write_text(wanted, encoding="utf-8")
            written.append(f"template {template.name} written")
    return written
