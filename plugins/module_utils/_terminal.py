# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of others, on their way to the terminal of whoever deploys. Pure."""

from __future__ import annotations

import re

# A terminal takes U+009B for the beginning of a command, too: what a guest writes must not move the reader's cursor.
_ESCAPES = re.compile(r"(\x1b\[|\x9b)[0-9;?]*[ -/]*[@-~]|\x1b[@-Z\\-_]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def without_commands(text: str) -> str:
    """Return a text without what a terminal does instead of showing it; lines and tabs stay."""
    return _ESCAPES.sub("", text)
