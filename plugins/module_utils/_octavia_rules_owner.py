# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which options go with whom: the owner of a load balancer, its guests, and tags that nobody may set. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Declared = Mapping[str, Any]

OF_THE_OWNER = (
    "description",
    "admin_state_up",
    "tags",
    "provider",
    "flavor",
    "availability_zone",
    "vip_subnet",
    "vip_network",
    "vip_address",
    "vip_qos_policy",
    "vip_security_groups",
    "additional_vips",
    "floating_ip_network",
    "floating_ip_address",
    "purge",
    "keep_address",
)
OF_A_GUEST = ("name", "protocol", "protocol_port", "l7policies")
MAX_SERVICE = 220
"""Octavia's tags have 255 characters at most, and the mark is in front of the name."""


def visit_problems(tree: Declared) -> Iterator[str]:
    """Yield what is declared by somebody to whom it does not belong."""
    yield from _reserved(tree)
    service = tree.get("service")
    if service is None or service == tree["name"]:
        return
    if len(service) > MAX_SERVICE:
        yield f"'service' has more than {MAX_SERVICE} characters"
    for option in OF_THE_OWNER:
        if tree.get(option) not in (None, False):
            yield f"{option!r} is for the owner of load balancer {tree['name']!r}, not for service {service!r}"
    for listener in tree.get("listeners") or ():
        for option, value in listener.items():
            if option not in OF_A_GUEST and value is not None:
                yield (
                    f"{option!r} of listener {listener['name']!r} is for the owner of load balancer {tree['name']!r},"
                    f" not for service {service!r}"
                )


def _reserved(tree: Declared) -> Iterator[str]:
    parts: list[Declared] = [tree]
    for listener in tree.get("listeners") or ():
        policies = listener.get("l7policies") or ()
        parts += [listener, *policies, *(rule for policy in policies for rule in policy.get("rules") or ())]
    for pool in tree.get("pools") or ():
        parts += [pool, pool.get("healthmonitor") or {}, *(pool.get("members") or ())]
    yield from reserved_tags(parts)


def reserved_tags(parts: list[Declared]) -> Iterator[str]:
    """Yield the tags that only the collection itself sets."""
    tags = {tag for part in parts for tag in part.get("tags") or () if tag.startswith(RESERVED)}
    yield from (f"tag {tag!r} begins with {RESERVED!r}, which is kept for this collection" for tag in sorted(tags))
