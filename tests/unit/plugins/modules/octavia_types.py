# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API of the fake Octavia takes as a value: a part of C(api/v2/types) in octavia 19."""

from __future__ import annotations

import re
from typing import Any

TEXTS = {
    "expected_codes": r"(\d{3}(\s*,\s*\d{3})*)|(\d{3}-\d{3})",
    "url_path": r"/(?!/)[^\s\[\]?#]*([?#]\S*)?",
    "domain_name": r"(?=.{1,253}\.?$)(?:(?!-|[^.]+_)[A-Za-z0-9-_]{1,63}(?<!-)(?:\.|$))+",
    "cookie_name": r"[^\s,;\\]+",
    "redirect_url": r"https?://[^\s/]\S*",
    "redirect_prefix": r"https?://[^\s/]\S*",
    "description": r"(?s:.{0,255})",
}
LEAST = {"delay": 0, "timeout": 0, "connection_limit": -1}
HEADERS = re.compile(r"X-(Forwarded-(For|Port|Proto|IP)|Client-IP|Real-IP|SSL-.*)")


def wrong(body: Any) -> str:
    """What is wrong with a value in a request, nothing when all are right."""
    if isinstance(body, list):
        return next(filter(None, map(wrong, body)), "")
    found = (_fault(name, value) or wrong(value) for name, value in body.items()) if isinstance(body, dict) else ()
    return next(filter(None, found), "")


def _fault(name: str, value: Any) -> str:
    if name == "insert_headers" and not all(map(HEADERS.fullmatch, value or ())):
        return f"{list(value)} is not a valid option for insert_headers"
    rule = ""
    if isinstance(value, str) and name in TEXTS and not re.fullmatch(TEXTS[name], value):
        rule = f"match the pattern {TEXTS[name]}"
    if isinstance(value, int) and value < LEAST.get(name, value):
        rule = f"be greater or equal to {LEAST[name]}"
    return f"Invalid input for field/attribute {name}. Value: '{value}'. Value should {rule}" if rule else ""
