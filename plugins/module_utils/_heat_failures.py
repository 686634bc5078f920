# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a stack failed, in the words of the resource that failed first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_events
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import READY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openstack.orchestration.v1._proxy import Proxy

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack

_PATH = re.compile(r"^.*\bresources\.(?=[^:.]*: )")


def failures(heat: Proxy, stack: Stack, since: str | None) -> list[str]:
    """Return why a stack failed: what went wrong first, on the deepest level.

    Events tell it also after a rollback, when no resource is in a failed state any more.

    :param since: time of the stack's last change, as Heat writes it
    """
    return causes(
        event["resource_status_reason"]
        for event in _heat_events.events(heat, stack)
        if event["resource_status"] in ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")
        and event["event_time"].rstrip("Z") >= (since or "").rstrip("Z")
    )


def causes(reasons: Iterable[str]) -> list[str]:
    """Return the reasons that are no repetition of an earlier one, without the path to the resource.

    A resource that is a stack fails with the reason of its part, and a stack with that of its resource. Each puts the
    path before it, and of the whole Heat keeps 255 characters (its table event). What was cancelled because another
    part failed is left out, unless there is nothing else.
    """
    found: dict[str, str] = {}
    for reason in reasons:
        named = _PATH.sub("", reason)
        if named.startswith(READY):
            named = f"a replica did not report that it is ready in time ({named})"
        said = named.partition(": ")[2] or named
        if not any(earlier.startswith(said) for earlier in found):
            found[said] = named
    own = [named for said, named in found.items() if not said.endswith("cancelled")]
    return own or list(found.values())
