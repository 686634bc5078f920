# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Independent requests side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 8
"""Requests at a time: below the ten connections that the transport keeps to one host."""


def in_parallel(function: Callable[[T], R], items: Iterable[T], *, workers: int = WORKERS) -> list[R]:
    """Return C(function) of each item, in their order.

    All items are tried; then the first error is raised, if there was one.

    :param workers: how many at a time; more only for what the connection to the cloud has no part in
    """
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(function, item) for item in items]
    return [future.result() for future in futures]
