# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the cloud's resources say which service they belong to. Pure."""

from __future__ import annotations

RESERVED = "model_serving."
"""How the tags and keys begin that say whose something is, or in which state. They are never taken for a user's."""
SERVICE_KEY = f"{RESERVED}service"
"""Metadata key of a server: name of the service that owns it."""
SERVICE_MARK = f"{SERVICE_KEY}="
"""How the tag of what a service owns begins, and the reason of a lock that its fleet has set."""


def service_mark(service: str) -> str:
    """Return the tag of what a service owns."""
    return f"{SERVICE_MARK}{service}"
