# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retrying what is safe to repeat.

Reads are retried in the transport, below the SDK: there it covers every call the SDK makes, pages and version
discovery included. Writes are not repeated there, because a lost answer does not say whether the write was made:
the next run finds out by observing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils._wait import (
    FIRST_INTERVAL,
    GROWTH,
    LONGEST_INTERVAL,
    Deadline,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from requests.adapters import BaseAdapter
    from urllib3.response import BaseHTTPResponse

T = TypeVar("T")

READ_RETRIES = 5
CONNECT_RETRIES = 3
"""Fewer, because an endpoint that is not there should be told within seconds."""
BACKOFF = 0.3
"""Seconds; the pauses are 0, 2, 4, 8 and 16 times this."""
LONGEST_DELAY = 20
"""Seconds between two attempts at most, also when the server asks for more with Retry-After."""
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})


def retry_reads(adapters: Iterable[BaseAdapter]) -> None:
    """Make these transport adapters repeat GET and HEAD on connection errors, 429 and 5xx.

    Connections that were never established are repeated for every method: nothing was sent.
    """
    # Imported here, because they come with openstacksdk, whose absence _connection reports.
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3.util.retry import Retry  # noqa: PLC0415

    class Bounded(Retry):
        def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
            asked = super().get_retry_after(response)
            return None if asked is None else min(asked, LONGEST_DELAY)

    policy = Bounded(
        total=READ_RETRIES,
        connect=CONNECT_RETRIES,
        backoff_factor=BACKOFF,
        allowed_methods=frozenset({"GET", "HEAD"}),
        status_forcelist=RETRIED_STATUSES,
        respect_retry_after_header=True,
        # The SDK shall see the last answer: it has the request id.
        raise_on_status=False,
    )
    for adapter in adapters:
        if isinstance(adapter, HTTPAdapter):
            adapter.max_retries = policy


def retry_while(call: Callable[[], T], again: Callable[[Exception], bool], deadline: Deadline) -> T:
    """Repeat C(call) while it raises something that C(again) accepts and time is left.

    For writes that the cloud refused without making them, such as 409 of a load balancer that is being changed.
    At the deadline the last error is raised.
    """
    interval = FIRST_INTERVAL
    while True:
        try:
            return call()
        except Exception as error:
            if not again(error) or deadline.expired():
                raise
        deadline.sleep(interval)
        interval = min(interval * GROWTH, LONGEST_INTERVAL)
