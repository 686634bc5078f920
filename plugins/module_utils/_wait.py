# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting with a deadline, on the monotonic clock."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

T = TypeVar("T")

FIRST_INTERVAL = 0.3
"""Seconds before the second look: small changes of a quiet cloud take less than a second."""
LONGEST_INTERVAL = 2.0
"""Seconds between looks at most: a user does not notice more, an API under many runs does."""
GROWTH = 1.3


class Deadline:
    """A moment after which all that share it stop waiting, unless one of them restarts it.

    :param timeout: seconds from now
    """

    def __init__(
        self,
        timeout: float,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.timeout = timeout
        self._clock = clock or time.monotonic
        self._sleep = sleep or time.sleep
        self._end = self._clock() + timeout

    def remaining(self) -> float:
        """Return the seconds that are left, never negative."""
        return max(0.0, self._end - self._clock())

    def elapsed(self) -> float:
        """Return the seconds since it was made, never more than its timeout."""
        return self.timeout - self.remaining()

    def expired(self) -> bool:
        return self.remaining() <= 0

    def fresh(self, timeout: float) -> Deadline:
        """Return another deadline on the same clock, for what has a time of its own whatever is left of this one."""
        return Deadline(timeout, clock=self._clock, sleep=self._sleep)

    def restart(self) -> None:
        """Begin anew, for all that share it: after a wait that has a time of its own."""
        self._end = self._clock() + self.timeout

    def sleep(self, seconds: float) -> None:
        """Sleep, but not past the deadline."""
        self._sleep(min(seconds, self.remaining()))


def renewed(context: Context) -> Context:
    """Return the same with all of its time before it, for what follows when that may be over."""
    return replace(context, deadline=context.deadline.fresh(context.deadline.timeout))


def wait_until(
    probe: Callable[[], T | None],
    deadline: Deadline,
    *,
    attempted: str,
    kind: str,
    name: str | None = None,
    resource_id: str | None = None,
    progress: Callable[[], str] | None = None,
    logs: Callable[[], Mapping[str, Sequence[str]]] | None = None,
) -> T:
    """Call C(probe) until it returns something else than None, and return that.

    The probe reads, judges and raises when the wanted state cannot come any more.

    :param attempted: what is waited for, as it follows "Timed out waiting for it to", for example C(become ready)
    :param progress: says how far things are, for the message when time is up
    :param logs: what the servers that are waited for logged, by their names, when time is up
    :raises WaitTimeoutError: at the deadline, after one last look
    """
    interval = FIRST_INTERVAL
    while True:
        last_look = deadline.expired()
        found = probe()
        if found is not None:
            return found
        if last_look:
            state = progress() if progress else "the wanted state was not reached"
            error = WaitTimeoutError(
                attempted,
                kind,
                name,
                resource_id=resource_id,
                answer=f"{state} after {deadline.timeout:g} s (option 'timeout')",
                hint="Run again to go on from here, with a longer 'timeout' when the cloud is slow.",
            )
            raise error.quoting(logs() if logs else {})
        deadline.sleep(interval)
        interval = min(interval * GROWTH, LONGEST_INTERVAL)
