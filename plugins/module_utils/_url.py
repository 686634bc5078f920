# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as URLs have them. Pure."""

from __future__ import annotations

import re

WEB = ("http://", "https://")
SCHEMES = {"HTTP": "http", "TCP": "http", "TERMINATED_HTTPS": "https"}


def url_host(address: str) -> str:
    """Return an address or a name as the host of a URL: an address of IPv6 is in brackets there."""
    return f"[{address}]" if ":" in address and not address.startswith("[") else address


def login_problem(url: str | None, name: str) -> list[str]:
    """Return that a URL has a user name or a password in it, without quoting it."""
    _scheme, found, rest = (url or "").partition("://")
    # Of what has no scheme, any part may be a password.
    place = re.split("[/?#]", rest.lstrip("/"))[0] if found else (url or "")
    if "@" not in place:
        return []
    return [f"'{name}' has an '@' before its path, but it is shown, so it must have no user name and no password"]


def web_problem(url: str | None, name: str) -> list[str]:
    """Return what is wrong with a URL that a program shall ask; nothing when there is none."""
    if login := login_problem(url, name):
        return login
    if url is None or (url.startswith(WEB) and url.partition("://")[2].strip("/") and len(url.split()) == 1):
        return []
    return [f"'{name}' is {url!r}, but must be an http or https URL"]


def listener_url(address: str, protocol: str, port: int) -> str:
    """Return where clients reach a listener.

    :param protocol: of the listener
    """
    return f"{SCHEMES.get(protocol, protocol.lower())}://{url_host(address)}:{port}"
