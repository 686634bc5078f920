# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a list selects by a text, and what has exactly that text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    T = TypeVar("T", bound=Mapping[str, Any])


def exactly(found: Iterable[T], **wanted: str) -> list[T]:
    """Return those of some resources whose attributes are exactly what was asked for.

    Services leave the comparison to their database. MySQL and MariaDB take texts for equal that differ in case, in
    accents or in blanks at the end, so that a list of what is called C(chat) has somebody's C(Chat) in it.
    """
    return [each for each in found if all(each[key] == value for key, value in wanted.items())]


def named(listed: Callable[..., Iterable[Any]], name: str, **scope: str) -> list[Any]:
    """Return what has this name, else what has it as id.

    :param scope: what else it is selected by
    """
    return exactly(listed(name=name, **scope), name=name) or (list(listed(id=name, **scope)) if is_id(name) else [])


def is_id(text: str) -> bool:
    """Return whether a text looks like an id of OpenStack."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
