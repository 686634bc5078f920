# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One replica of a service that is stopped or deleted behind the back of what keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import servers_among
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    GIVE_ID,
    InvalidInputError,
    attempt,
    one_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan
from ansible_collections.model_serving.openstack.plugins.module_utils._server_deletion import delete_for_good
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    REPLICA,
    all_servers,
    replicas_among,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

ABSENT, STOPPED = "absent", "stopped"
OFF = "SHUTOFF"


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What shall become of which server of which service."""

    service: str
    server: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Break(Action):
    """Deletes or stops a server."""

    id: str
    name: str
    service: str
    state: str

    def __str__(self) -> str:
        return f"{'delete' if self.state == ABSENT else 'stop'} replica {self.name!r} of {self.service!r} ({self.id})"


class ReplicaNoun(Noun[Desired, "Replica | None"]):
    """One server of a fleet or of an autoscaling group."""

    def desired(self, params: Params) -> Desired:
        return Desired(service=params["service"], server=params["server"], state=params["state"])

    def observe(self, context: Context, desired: Desired) -> Replica | None:
        servers = all_servers(context)
        replicas = [*replicas_among(servers, desired.service), *servers_among(servers, desired.service)]
        found = [each for each in replicas if desired.server in (each.id, each.name)]
        return one_of(REPLICA, desired.server, found, way_out=GIVE_ID)

    def plan(self, desired: Desired, observed: Replica | None) -> Plan:
        return plan(desired, observed)

    def apply(self, context: Context, plan: Plan) -> None:
        for action in plan.actions:
            if isinstance(action, Break):
                _break(context, action)

    def settle(self, context: Context, desired: Desired, observed: Replica | None) -> Replica | None:
        """Wait until the server is gone or off."""
        seen = observed

        def look() -> bool | None:
            nonlocal seen
            seen = self.observe(context, desired)
            return True if (seen is None or (desired.state == STOPPED and seen.status == OFF)) else None

        wait_until(look, context.deadline, attempted=f"be {desired.state}", kind=REPLICA, name=desired.server)
        return seen

    def result(self, observed: Replica | None) -> dict[str, Any]:
        return {"replica": None if observed is None else described(observed)}


def plan(desired: Desired, observed: Replica | None) -> Plan:
    """Return what is to be done. Pure.

    :raises InvalidInputError: when the service has no such server to stop, or somebody locked it
    """
    if observed is None:
        if desired.state == STOPPED:
            raise InvalidInputError([f"service {desired.service!r} has no replica {desired.server!r} to stop"])
        return Plan()
    before = described(observed)
    # Nova says ACTIVE until a server is off, and refuses to stop it twice.
    stopping = observed.status == OFF or observed.task_state == "powering-off"
    if observed.leaving or (desired.state == STOPPED and stopping):
        return Plan(before=before, after=before)
    if observed.locked:
        reason = observed.locked_reason or "no reason given"
        raise InvalidInputError([f"replica {observed.name!r} ({observed.id}) is locked ({reason}); unlock it first"])
    action = Break(id=observed.id, name=observed.name, service=desired.service, state=desired.state)
    after = {} if desired.state == ABSENT else {**before, "status": OFF}
    return Plan(actions=(action,), before=before, after=after)


def described(replica: Replica) -> dict[str, Any]:
    """Return a replica as the module returns it."""
    return {"id": replica.id, "name": replica.name, "status": replica.status}


def _break(context: Context, action: Break) -> None:
    compute = context.conn.compute
    if action.state == ABSENT:
        delete_for_good(context.conn, action.id, action.name)
    else:
        with attempt("stop", REPLICA, action.name, action.id):
            compute.stop_server(action.id)
