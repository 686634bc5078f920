# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas that were not ready in time, beside others that were."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica


@dataclass
class Late:
    """Who was late, and what was said about the first that were.

    :param ids: of the replicas
    """

    ids: set[str] = field(default_factory=set)
    error: WaitTimeoutError | None = None

    @contextmanager
    def noted(self, together: bool) -> Iterator[None]:
        """Keep the error of a wait for later, unless all were to be ready together."""
        try:
            yield
        except WaitTimeoutError as error:
            if together:
                raise
            self.error = self.error.adding(error.statement).quoting(error.logs) if self.error else error

    def others(self, replicas: Sequence[Replica]) -> list[Replica]:
        """Return those that were not late."""
        return [one for one in replicas if one.id not in self.ids]
