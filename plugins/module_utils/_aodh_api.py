# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Aodh's API in its own words: openstacksdk has no proxy for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, checked

if TYPE_CHECKING:
    from keystoneauth1.adapter import Adapter
    from openstack.connection import Connection

SERVICE = "alarming"


def switch(conn: Connection, alarm_id: str, *, enabled: bool) -> None:
    """Let Aodh evaluate an alarm or not. It has no partial update, so all of it is written as it is otherwise.

    One that somebody has deleted needs not be disabled.
    """
    aodh = _adapter(conn)
    with attempt("enable" if enabled else "disable", "alarm", alarm_id):
        answer = aodh.get(f"/v2/alarms/{alarm_id}")
        if answer.status_code == HTTPStatus.NOT_FOUND and not enabled:
            return
        alarm = checked(answer).json()
        checked(aodh.put(f"/v2/alarms/{alarm_id}", json={**alarm, "enabled": enabled}))


def every(conn: Connection) -> list[dict[str, Any]]:
    """Return the alarms of the project. One call."""
    with attempt("list", "alarms"):
        found: list[dict[str, Any]] = checked(_adapter(conn).get("/v2/alarms")).json()
    return found


def delete(conn: Connection, alarm_id: str) -> None:
    """Delete an alarm, also one whose trust Keystone does not let this login delete.

    Aodh forgets it first and then fails at the trust, so what counts is whether it is still there.
    """
    aodh = _adapter(conn)
    with attempt("delete", "alarm", alarm_id):
        answer = aodh.delete(f"/v2/alarms/{alarm_id}")
        if not answer.ok and aodh.get(f"/v2/alarms/{alarm_id}").status_code != HTTPStatus.NOT_FOUND:
            checked(answer)


def _adapter(conn: Connection) -> Adapter:
    from keystoneauth1.adapter import Adapter  # noqa: PLC0415  # comes with openstacksdk, which may be missing

    return Adapter(
        session=conn.session,
        service_type=SERVICE,
        endpoint_override=conn.config.get_endpoint(SERVICE),
        interface=conn.config.get_interface(SERVICE),
        region_name=conn.config.get_region_name(SERVICE),
        raise_exc=False,
    )
