# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the credentials and of headers is secret, and has to be masked in what a module returns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

_ADDRESSES = frozenset({"auth_url", "endpoint"})
_OPEN = _ADDRESSES | {
    "application_credential_id",
    "application_credential_name",
    "default_domain_id",
    "default_domain_name",
    "domain_id",
    "domain_name",
    "project_domain_id",
    "project_domain_name",
    "project_id",
    "project_name",
    "system_scope",
    "tenant_id",
    "tenant_name",
    "user_domain_id",
    "user_domain_name",
    "user_id",
    "user_name",
    "username",
}
"""Keys of C(auth) whose values tell nothing that lets anybody in. What is not known may be a secret."""


_PLAIN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-type",
        "host",
        "user-agent",
    }
)
"""Headers without secrets. What is in others may be one, unless it is too short for that."""
_SECRET_HEADER = re.compile(r"auth|cookie|credential|key|passw|secret|session|signature|token", re.IGNORECASE)
_SHORTEST_SECRET = 6
"""Characters."""


def is_content(cloud: Any) -> bool:
    """Return whether a cloud is what its entry in C(clouds.yaml) would have, passwords among it, and not its name.

    C(openstack.cloud) takes such a mapping. Ansible makes a text of it.
    """
    return isinstance(cloud, Mapping) or str(cloud).lstrip().startswith(("{", "["))


def masked(known: Collection[str], params: Mapping[str, Any], spec: ArgumentSpec) -> set[str]:
    """Return the texts to mask.

    :param known: what Ansible would mask. Of C(auth) it is each value, so that a service named like the project had no
        name in any result. Of a text that is read as a mapping it is the whole text, and no password
    :param params: the options as they were read
    """
    shown: list[Any] = []
    hidden: list[Any] = []
    for name in (name for name, option in spec.items() if option.get("no_log")):
        value, is_open = params.get(name), _SHOWN.get(name)
        if name == "cloud" and not is_content(value):
            shown.append(value)
            continue
        if is_open is None or not isinstance(value, Mapping):
            hidden.append(value)
            continue
        for key, each in value.items():
            (shown if is_open(key, each) else hidden).append(each)
    return (set(known) - set(_texts(shown))) | set(_texts(hidden))


def _is_open(key: Any, value: Any) -> bool:
    # Before an @, an address has a name and a password.
    return key in _OPEN and isinstance(value, str | int | float) and not (key in _ADDRESSES and "@" in str(value))


def _is_plain(name: Any, value: Any) -> bool:
    """Return whether a header is none with a secret, which would turn all that is like it in a result into stars."""
    short = not _SECRET_HEADER.search(str(name)) and len(str(value)) < _SHORTEST_SECRET
    return isinstance(value, str | int | float) and (short or str(name).lower() in _PLAIN_HEADERS)


_SHOWN: Mapping[str, Callable[[Any, Any], bool]] = {"auth": _is_open, "headers": _is_plain}
"""Options with secrets among other things: which of their items are no secrets."""


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts and numbers in a value, however deep."""
    if isinstance(value, str):
        yield from [value] if value else []
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Iterable):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
