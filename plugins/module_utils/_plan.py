# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one value a module decides on: what is, what shall be, and the steps between.

Nothing here knows Ansible, the SDK or the clock, so that every decision of the collection is
a pure function from plain values to a :class:`Plan` and can be tested in a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Action:
    """One write to the cloud. Subclass it per kind of write, with the typed values that write needs.

    ``str(action)`` is what the user reads in the result C(actions): say the verb, the kind and the name
    ("create server group 'chat'"), never a secret.
    """

    def __str__(self) -> str:
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one run of a module will do. C(changed), the diff and the writes all come from here.

    :param actions: the writes, in the order in which they are made; empty when nothing is to be done
    :param before: the resource as observed, plain data without secrets; empty when it does not exist
    :param after: the resource as it will be once all actions are done; empty when it will not exist
    :param warnings: what the user should know although the run goes on
    """

    actions: tuple[Action, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.actions)

    @property
    def diff(self) -> dict[str, Any]:
        """The value Ansible prints with C(--diff)."""
        return {"before": dict(self.before), "after": dict(self.after)}


def differing(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items of C(wanted) that C(current) lacks or has with another value.

    C(None) means "not managed" and never differs; an explicit empty value does when the current one is not empty.
    """
    return {key: value for key, value in wanted.items() if value is not None and current.get(key) != value}
