# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Getting on when Octavia refuses a change because of the pool or the L7 policy that it belongs to.

Octavia has the same words for one that is being changed and for one in ERROR, which no waiting ends. What ends it is
to send the part again: any change of it, also one that changes nothing, has Octavia tell the balancer everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt, sdk_errors

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Api

UNREACHED = "The next run tries it again. Is an amphora out of reach?"


@dataclass
class Again:
    """What was found out about the parts for which Octavia refused a change.

    :param refused: ids of those that it named
    :param sent: ids of those that were sent again
    """

    api: Api
    refused: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)

    def after(self, refusal: Exception) -> None:
        """Send a part in ERROR again, once. It is looked at when it is in the way for the second time.

        :raises CloudError: when it is in ERROR all the same
        """
        part = octavia.locked_part(refusal)
        if part is None:
            return
        kind, part_id = part
        if part_id not in self.refused:
            # Mostly it is at work for another moment.
            self.refused.add(part_id)
            return
        row = self.api.show(kind, part_id)
        if row is None or row["provisioning_status"] != "ERROR":
            return
        if part_id in self.sent:
            answer = "it is in ERROR again, and as long as it is, Octavia changes nothing that belongs to it"
            raise CloudError("repair", kind.name, row.get("name"), resource_id=part_id, answer=answer, hint=UNREACHED)
        with attempt("send again", kind.name, row.get("name"), part_id):
            self._send(kind, part_id, admin_state_up=row["admin_state_up"])

    def _send(self, kind: octavia.Kind, part_id: str, *, admin_state_up: bool) -> None:
        try:
            self.api.update(kind, part_id, {"admin_state_up": admin_state_up})
        except sdk_errors() as error:
            if not octavia.is_busy(error):
                raise
        else:
            self.sent.add(part_id)
