# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many of what there is in a project, and how it is set: what tests compare before and after."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openstack
from cloud import KINDS

# What Octavia and Neutron take away after the answer to a deletion gets this many seconds.
PATIENCE = 60.0

Shape = Counter[str]

# What is left of a project from which everything has been removed.
EMPTY: Mapping[str, int] = {"security_groups default": 1}

# How the keys of metadata begin that the collection gives to servers beside their user's.
OURS = ("model_serving.", "metering.")


def steady(name: str) -> str:
    """Return a name without what is different each time."""
    # A replica's number, an id, an address, a zone.
    name = re.sub(r"-\d+-\d+$|[0-9a-f]{8}-[0-9a-f-]{27}$|^\d+\.\d+\.\d+\.\d+$|(?<=^compute):.*", "", name)
    # What Heat makes names with, and the version of a replica, which stands for ids, too.
    return re.sub(r"-[a-z0-9]{4}(?=-[a-z0-9]{12}-server)|(-[0-9a-f]{6})?-[a-z0-9]{12}(?=[- ]|$)", "", name)


def settings(kind: str, thing: Mapping[str, Any]) -> str:
    """Return what a change of a service can change without making anything more or less."""
    match kind:
        case "servers":
            own = {key: value for key, value in thing["metadata"].items() if not key.startswith(OURS)}
            return " ".join(f"{key}={own[key]}" for key in sorted(own))
        case "health_monitors":
            return f"every {thing['delay']} s"
        case "stacks":
            return " ".join(thing["sizes"])
    return ""


class Project:
    """A project, by the clouds.yaml of its user, whose only cloud is "local".

    :param healthy: whether it matters if members of pools are well
    """

    def __init__(self, clouds_yaml: Path, *, healthy: bool = True) -> None:
        self.healthy = healthy
        config = openstack.config.OpenStackConfig(config_files=[str(clouds_yaml)], load_envvars=False)
        self.conn = openstack.connection.Connection(config=config.get_one("local"))

    def shape(self) -> Shape:
        """Count what is in the project by kind, name and settings; what differs each time is taken out of names."""
        counted: Shape = Counter()
        for kind in KINDS:
            for thing in kind(self.conn).values():
                counted.update(self._known_as(kind.__name__, thing))
        return counted

    def _known_as(self, kind: str, thing: Mapping[str, Any]) -> Iterator[str]:
        """What a thing counts as, one of a pool with each of its members."""
        name = thing.get("device_owner") or thing["name"]
        if name.startswith("ovn-lb-hm") or (kind == "security_group_rules" and name.startswith("default ")):
            # The provider's port for tests is a subnet's: it stays while a balancer of any project uses it. And the
            # rules that are there from the beginning are Neutron's, like their group, which is counted.
            return
        name = steady(name)
        if kind == "server_groups" and name.endswith("_2"):
            # A roll goes to and fro between two groups; the second is one too many only when nobody is in it.
            if thing["member_ids"]:
                return
            name += " without members"
        yield " ".join(filter(None, (kind, name, settings(kind, thing))))
        for pool in thing.get("pools", ()) if kind == "load_balancers" else ():
            for member in pool["members"].values():
                yield f"members {pool['name']}" + (f" {member.rpartition(' ')[2]}" if self.healthy else "")

    def differences(self, wanted: Mapping[str, int]) -> list[str]:
        """What is too much or missing, also after some patience."""
        end = time.monotonic() + PATIENCE
        while (found := self.shape()) != wanted and time.monotonic() < end:
            time.sleep(2)
        names = sorted(found.keys() | wanted.keys())
        return [
            f"{name}: {found[name]} instead of {wanted.get(name, 0)}"
            for name in names
            if found[name] != wanted.get(name, 0)
        ]
