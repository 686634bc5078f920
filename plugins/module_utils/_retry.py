# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retrying what is safe to repeat.

Reads are retried in the transport, below the SDK: there it covers every call the SDK makes, pages and version
discovery included. Writes are not repeated there, because a lost answer does not say whether the write was made:
the next run finds out by observing. A write is sent again only when nothing was done: after 429, and when no
connection was made.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from requests import PreparedRequest, Response
    from requests.adapters import BaseAdapter, HTTPAdapter
    from urllib3.response import BaseHTTPResponse
    from urllib3.util.retry import Retry

READ_RETRIES = 5
CONNECT_RETRIES = 3
"""Fewer, because an endpoint that is not there should be told within seconds."""
BACKOFF = 0.3
"""Seconds; the pauses are 0, 2, 4, 8 and 16 times this."""
LONGEST_DELAY = 20
"""Seconds between two attempts at most, also when the server asks for more with Retry-After."""
TOO_MANY_REQUESTS = 429
RETRIED_STATUSES = frozenset({TOO_MANY_REQUESTS, 500, 502, 503, 504})
READING = frozenset({"GET", "HEAD"})
TOKENS = "/auth/tokens"
"""End of the address where Keystone gives tokens. To ask twice makes a second token, which does no harm."""


def retry_reads(adapters: MutableMapping[str, BaseAdapter]) -> None:
    """Make these transport adapters repeat GET, HEAD and requests for tokens on connection errors, 429 and 5xx.

    Connections that were never established, and 429, are repeated for every method: nothing was done. An answer whose
    JSON is not whole, or stops coming, counts as a connection error, too.
    """
    # Imported here, because it comes with openstacksdk, whose absence _connection reports.
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    for prefix, adapter in adapters.items():
        if isinstance(adapter, HTTPAdapter):
            # A mapping's values may change while it is walked through. Sessions only call send and close.
            adapters[prefix] = _Patient(adapter)  # type: ignore[assignment]


def _policy(*, reading: bool) -> Retry:
    from urllib3.exceptions import InvalidHeader  # noqa: PLC0415  # as above
    from urllib3.util.retry import Retry  # noqa: PLC0415  # as above

    class Bounded(Retry):
        RETRY_AFTER_STATUS_CODES = frozenset({TOO_MANY_REQUESTS} | ({503} if reading else set()))

        def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
            try:
                asked = super().get_retry_after(response)
            except (ArithmeticError, InvalidHeader, ValueError):
                # Neither seconds nor a date (RFC 9110, section 10.2.3), or out of all reason.
                return None
            return None if asked is None else min(asked, LONGEST_DELAY)

    return Bounded(
        total=READ_RETRIES,
        connect=CONNECT_RETRIES,
        read=None if reading else False,
        other=None if reading else False,
        backoff_factor=BACKOFF,
        # Every method: what comes here was sorted before.
        allowed_methods=None,
        status_forcelist=RETRIED_STATUSES if reading else frozenset({TOO_MANY_REQUESTS}),
        respect_retry_after_header=True,
        # The SDK shall see the last answer: it has the request id.
        raise_on_status=False,
    )


@dataclass
class _Patient:
    """A transport adapter in front of two others, for what may be repeated and for what may not."""

    reads: HTTPAdapter
    writes: HTTPAdapter = field(init=False)

    def __post_init__(self) -> None:
        # Its connections are shared. The class of keystoneauth's adapter cannot be copied with the module copy.
        self.writes = type(self.reads).__new__(type(self.reads))
        vars(self.writes).update(vars(self.reads))
        self.reads.max_retries = _policy(reading=True)
        self.writes.max_retries = _policy(reading=False)

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """Send a request, and again as long as that is safe and makes sense.

        :raises requests.exceptions.RequestException: when the answer's JSON is not whole, beside what adapters raise
        """
        from requests import exceptions  # noqa: PLC0415  # as above

        again = (exceptions.ChunkedEncodingError, exceptions.ConnectionError, exceptions.ContentDecodingError)
        if request.method not in READING and not str(request.url).endswith(TOKENS):
            return _whole(self.writes.send(request, **options), options)
        for retry in range(READ_RETRIES):
            # Not in the try: what this raises has been tried again already.
            response = self.reads.send(request, **options)
            try:
                return _whole(response, options)
            except again:
                time.sleep(BACKOFF * 2**retry)
        return _whole(self.reads.send(request, **options), options)

    def close(self) -> None:
        """Close all connections."""
        self.reads.close()


def _whole(response: Response, options: dict[str, Any]) -> Response:
    """Return the answer if what it says about itself is true.

    Some of the SDK's methods take JSON that cannot be read for an empty answer, others raise no error of the SDK's.
    """
    from requests.exceptions import ContentDecodingError  # noqa: PLC0415  # as above

    if options.get("stream") or "json" not in response.headers.get("Content-Type", "") or not response.content:
        return response
    try:
        json.loads(response.content)
    except ValueError as error:
        request_id = response.headers.get("x-openstack-request-id")
        about = f"status {response.status_code}" + (f", request id {request_id}" if request_id else "")
        raise ContentDecodingError(f"the answer is no valid JSON ({about}): {error}", response=response) from error
    return response
