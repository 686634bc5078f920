# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletes servers, also where Nova keeps deleted ones for a while."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import REPLICA

if TYPE_CHECKING:
    from openstack.connection import Connection


def delete_for_good(conn: Connection, server_id: str, name: str) -> None:
    """Delete a server if it is there, without waiting until it is gone.

    Where the operator has set reclaim_instance_interval, an ordinary deletion hides it only. It goes on to use its
    ports, with them its security group, and its room on a host. Elsewhere both are the same. The cloud's policy may
    forbid to force it.
    """
    try:
        with attempt("delete", REPLICA, name, server_id):
            conn.compute.delete_server(server_id, force=True)
    except CloudError as error:
        # The SDK does not ignore here that it is gone already.
        if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise
        with attempt("delete", REPLICA, name, server_id):
            conn.compute.delete_server(server_id, ignore_missing=True)
