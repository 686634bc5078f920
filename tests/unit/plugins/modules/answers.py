# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an API answers, and when that was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from openstack.exceptions import raise_from_response
from requests import Response


def answer(body: Any, status: int = 200) -> Response:
    response = Response()
    response.status_code = status
    response._content = json.dumps(body).encode()
    response.headers["Content-Type"] = "application/json"
    return response


def refuse(kind: str, message: str, status: int) -> NoReturn:
    """Raise what the SDK makes of such an answer of Nova."""
    raise_from_response(answer({kind: {"code": status, "message": message}}, status))
    raise AssertionError(status)


def ago(minutes: float = 0) -> str:
    """Return the moment so many minutes ago as an API writes it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
