# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of what Neutron has."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openstack.network.v2._proxy import Proxy

SHORT = 60
"""Characters of a tag that each Neutron takes (its migration C(xena/expand/8df53b0d2c0e) made them 255)."""
TOO_LONG = (
    f"A Neutron from before Xena takes {SHORT} characters for a tag. There, the name of a service, with that of its"
    " fleet, may have 38."
)


def set_tags(network: Proxy, kind: str, name: str, tagged: Any, tags: Sequence[str]) -> None:
    """Give something these tags and no others.

    :raises CloudError: when Neutron refuses
    """
    try:
        with attempt("set the tags of", kind, name, tagged.id):
            network.set_tags(tagged, list(tags))
    except CloudError as error:
        if error.status == HTTPStatus.BAD_REQUEST and any(len(tag) > SHORT for tag in tags):
            error.adding(TOO_LONG)
        raise
