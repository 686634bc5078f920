# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas, which have security groups, on networks whose port security is disabled. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import (
    network_problems,
    networks,
    port_security_problems,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Facts = Mapping[str, Any]


def unsecured_networks(fleets: Sequence[Facts], capacity: Facts) -> Iterator[str]:
    """Yield what server_fleet and autoscaling_group would say about the networks of a service.

    :param fleets: as :func:`_elastic.kept_fleets` returns them
    """
    found = capacity.get("networks") or ()
    unsecured = {one["reference"] for one in found if one.get("port_security_enabled") is False}
    for fleet in fleets:
        main = {"network": fleet["network"], "fixed_ports": bool(fleet.get("fixed_ports"))}
        wanted = [main, *(fleet["additional_networks"] or ())]
        if not network_problems(wanted, "networks"):
            yield from port_security_problems(networks(wanted), unsecured, fleet=not fleet["elastic"])
