# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the templates of a group name and what is not there any more.

Whatever Heat does with a group, it updates all replicas, those that stay as they are, too (C(_needs_update) in
C(heat/engine/resources/stack_resource.py)), and refuses a template with a pool, image, flavor or key pair that is gone,
or with an image that is not active. So as long as a single replica has such a template, nothing can be changed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_move import pools_in_use
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import SERVER_TYPE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import REPLICA_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from openstack.image.v2._proxy import Proxy as ImageProxy

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_details import Details
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Templates
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

IMAGE, FLAVOR, KEY_PAIR = "image", "flavor", "key pair"
ACTIVE = "active"


def with_losses(context: Context, details: Details, wanted: Templates) -> Details:
    """Return the details of a group with what is gone that its templates name.

    One call for each such thing that is not wanted.
    """
    lost, gone = _lost_pools(context, details, wanted.files), _lost_sources(context, details, wanted.files)
    return replace(details, lost=lost, gone=gone)


def _lost_pools(context: Context, details: Details, wanted: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of the pools that are gone."""
    others = pools_in_use(details.files, _used(details)) - pools_in_use(wanted, wanted.keys())
    api = octavia.Api(context.conn.load_balancer)
    return frozenset(pool for pool in others if api.show(octavia.POOL, pool) is None)


def _lost_sources(context: Context, details: Details, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Return what replicas were made from and no others can be, in words."""
    others = _sources(details.files, _used(details)) - _sources(wanted, wanted.keys())
    found = ((kind, reference, _state(context, kind, reference)) for kind, reference in sorted(others))
    return tuple(f"{kind} {reference!r} is {state}" for kind, reference, state in found if state)


def source_warnings(observed: Observed) -> Iterator[str]:
    """Yield what it means that something is gone that replicas were made from."""
    gone = observed.details.gone
    if gone and not observed.leftover:
        yield (
            f"The replicas of autoscaling group {observed.name!r} were made from what is not there any more:"
            f" {', '.join(gone)}. Until all are replaced, the cloud can neither scale nor heal the group. Heat"
            " takes no update in which some of them stay as they are, so all of a zone are replaced at once, new before"
            " old, which needs quota and hosts for as many again. If that fails, it is not rolled back."
        )


def _used(details: Details) -> frozenset[str]:
    """Return the files of the templates that replicas have or that Heat would make replicas from."""
    replica = details.replica
    return details.types | ({replica["type"]} if replica else set())


def _sources(files: Mapping[str, str], types: Iterable[str]) -> set[tuple[str, str]]:
    """Return what servers are made from by the templates of replicas: kinds and, of key pairs, names, else ids."""
    return {
        source
        for name in types
        if name in files and name.startswith(REPLICA_FILE)
        for resource in json.loads(files[name])["resources"].values()
        if resource["type"] == SERVER_TYPE
        for source in _of_server(resource["properties"])
    }


def _of_server(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield FLAVOR, properties["flavor"]
    for source in (properties, *properties.get("block_device_mapping_v2", ())):
        if "image" in source:
            yield IMAGE, source["image"]
    if "key_name" in properties:
        yield KEY_PAIR, properties["key_name"]


def _state(context: Context, kind: str, reference: str) -> str | None:
    """Return why no server can be made from something, C(None) when one can."""
    conn = context.conn
    with attempt("look up", kind, reference):
        if kind == IMAGE:
            image = cast("ImageProxy", conn.image).find_image(reference, ignore_missing=True)
            state = "gone" if image is None else str(image.status)
            return None if state == ACTIVE else state
        found: object
        if kind == FLAVOR:
            found = conn.compute.find_flavor(reference, ignore_missing=True)
        else:
            found = conn.compute.find_keypair(reference, ignore_missing=True)
        return "gone" if found is None else None
