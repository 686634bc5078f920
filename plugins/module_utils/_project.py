# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The project that everything is looked for in, and who looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keystoneauth1.access import AccessInfo
    from openstack.connection import Connection
    from openstack.network.v2.network import Network

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


class Owned(Protocol):
    """What a project has."""

    id: str
    project_id: str


T = TypeVar("T", bound=Owned)


def project_id(conn: Connection) -> str:
    """Return the id of the user's project. Administrators would be told about those of all projects without it.

    :raises CloudError: when there is none, because services take an empty filter for no filter
    """
    with attempt("log in to", "cloud"):
        found = conn.current_project_id
    if not found:
        raise CloudError(
            "log in to",
            "cloud",
            answer="the credentials are for a domain, for the whole system or for nothing, and not for a project",
            hint="Name the project in clouds.yaml or in 'auth' (project_name with project_domain_name, or project_id).",
        )
    return found


def project_of(context: Context) -> str:
    """Return the id of the user's project."""
    return project_id(context.conn)


def own_or_shared(conn: Connection, reference: str, found: Sequence[T], is_shared: Callable[[T], bool]) -> Sequence[T]:
    """Return what is the project's own, else what others share with it or what is named by its id.

    Administrators are told about what others have for themselves, too, which may have the same name.
    """
    own = project_id(conn)
    return [each for each in found if each.project_id == own] or [
        each for each in found if each.id == reference or is_shared(each)
    ]


def is_shared_network(network: Network) -> bool:
    """Return whether projects that do not own a network may use it. Neutron says it for the one that asks."""
    return bool(network.is_shared or network.is_router_external)


def access_of(conn: Connection) -> AccessInfo | None:
    """Return what Keystone said at the login; None for a connection that needs none."""
    get_access = getattr(conn.session.auth, "get_access", None)
    found: AccessInfo | None = get_access(conn.session) if get_access else None
    return found


def user_name(conn: Connection) -> str | None:
    """Return the name of the user who is logged in, None where there is none."""
    access = access_of(conn)
    return access.username if access else None


def user_id(conn: Connection) -> str | None:
    """Return the id of the user who is logged in, None where there is none."""
    access = access_of(conn)
    return access.user_id if access else None


def is_administrator(conn: Connection) -> bool:
    """Return whether the user may do what services' default policies leave to administrators."""
    return "admin" in (getattr(access_of(conn), "role_names", None) or ())


def by_credential(conn: Connection) -> bool:
    """Return whether an application credential is logged in. By default, those neither make nor delete trusts."""
    return bool(getattr(access_of(conn), "application_credential_id", None))


def project_shown(conn: Connection) -> dict[str, Any]:
    """Return id and name of the user's project."""
    access = access_of(conn)
    return {"id": project_id(conn), "name": access.project_name if access else None}
