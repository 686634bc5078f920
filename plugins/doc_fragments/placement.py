# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Where replicas run, and which ones go when there are too many."""

    DOCUMENTATION = r"""
options:
  availability_zones:
    description:
      - Zones over which to spread replicas evenly. Replicas elsewhere count as drifted.
      - Where Nova calls a zone unavailable, because all of its hosts are disabled, its replicas stay, and new ones go
        to other zones, with a warning. So it is with a zone that Nova does not list and that has replicas.
      - It is an error when no zone is left, with O(availability_zone_distribution=balanced-only), and when a zone that
        Nova does not list has no replica.
      - If omitted, Nova chooses the zones.
    type: list
    elements: str
  availability_zone_distribution:
    description:
      - What to do when a zone has no host for its share of new replicas.
      - V(balanced-best-effort) makes them in other zones of O(availability_zones), with a warning. They stay there.
      - V(balanced-only) fails.
    type: str
    choices: [balanced-best-effort, balanced-only]
    default: balanced-best-effort
  server_group:
    description:
      - Name or id of the server group that replicas are members of. Replicas that are not count as drifted.
      - When more replicas are wanted than Nova takes into one group (quota C(server_group_members)), and while replicas
        are replaced with O(max_surge), the fleet makes further groups C(NAME_2), C(NAME_3) and so on of the same
        policy, and deletes them when they are empty. Replicas of different groups may share a host.
      - A group with such a name is the fleet's when it has a replica of the fleet among its members. Others are not
        deleted and, but for C(NAME_soft), not used, unless they are empty and this group is called C(model_serving.)
        and O(name).
      - With O(state=absent) the further groups are deleted, the named one stays.
      - See M(model_serving.openstack.server_group).
    type: str
  fallback:
    description:
      - What to do when there is no host for new replicas in a O(server_group) with the policy C(anti-affinity).
      - V(none) fails.
      - V(soft) makes them in a further group C(NAME_soft) with the policy C(soft-anti-affinity), with a warning. There
        they may share hosts. They stay there when hosts come back.
    type: str
    choices: [none, soft]
    default: none
  termination_policy:
    description:
      - Which one of several replicas goes when there are too many, after balance has been looked at and those that get
        no requests anyway.
      - V(drifted) takes one that differs from the template, then the oldest.
    type: str
    choices: [drifted, oldest, newest]
    default: drifted
"""
