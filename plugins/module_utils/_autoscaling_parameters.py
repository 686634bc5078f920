# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parameters of an autoscaling group's stack. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    BATCHES,
    DESIRED,
    PINNED,
    PROCESSES,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def desired_parameters(size: int, zones: int) -> dict[str, int]:
    """Return the parameters of a stack for a size of the whole group."""
    return {f"{DESIRED}{number}": share for number, share in enumerate(shares(size, zones), start=1)}


def pinned_parameters(sizes: Sequence[int]) -> dict[str, int]:
    """Return the parameters of a stack that say what size each zone has after the next update."""
    return {f"{PINNED}{number}": size for number, size in enumerate(sizes, start=1)}


def batch_parameters(sizes: Sequence[int]) -> dict[str, int]:
    """Return the parameters of a stack that say how many replicas each zone's batch has, where not as many as usual."""
    return {f"{BATCHES}{number}": size for number, size in enumerate(sizes, start=1) if size}


def carried(parameters: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a template takes, without the batches of another update.

    Heat refuses parameters that a template does not have: an update may be about a zone more.
    """
    known = template.get("parameters", {})
    return {name: value for name, value in parameters.items() if name in known and not name.startswith(BATCHES)}


def process_parameters(stopped: Sequence[str]) -> dict[str, bool]:
    """Return the parameters of a stack that say which processes run."""
    return {process_parameter(process): process not in stopped for process in PROCESSES}


def process_parameter(process: str) -> str:
    """Return the name of the parameter that says whether a process runs."""
    return f"{process}_enabled"
