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
      - If Nova reports a zone as unavailable because all of its hosts are disabled, replicas in the zone stay and new
        ones go to other zones, with a warning. The same applies to a zone that Nova does not list but that has
        replicas.
      - The task fails if no zone is left. With O(availability_zone_distribution=balanced-only), it fails if any zone is
        unavailable. It also fails if a zone that Nova does not list has no replicas.
      - If omitted, Nova chooses the zones.
    type: list
    elements: str
  availability_zone_distribution:
    description:
      - What to do when a zone has no host for its share of new replicas.
      - V(balanced-best-effort) creates them in other zones of O(availability_zones), with a warning. They stay there.
      - With V(balanced-only), the task fails.
    type: str
    choices: [balanced-best-effort, balanced-only]
    default: balanced-best-effort
  server_group:
    description:
      - Name or id of the server group that replicas are members of. Replicas outside of it count as drifted.
      - The fleet creates additional groups C(NAME_2), C(NAME_3) and so on with the same policy if Nova does not accept
        all replicas in one group (quota C(server_group_members)), and while replicas are replaced with O(max_surge). It
        deletes them when they are empty. Replicas of different groups can share a host.
      - If only some replicas of a group are replaced, the new ones are created in the same group. If it is full, or if
        there are no hosts for them, they are created in an additional group. They can then share hosts with the
        replicas that stay, until all are replaced.
      - If Nova refuses more members for a group although the quota has room for them, which can happen with unified
        limits, the fleet uses another one of its groups, or creates one, with a warning.
      - A group with such a name belongs to the fleet if one of its members is a replica of the fleet. Its replicas
        count as drifted if its policy or its limit of servers on one host is not that of the named group, except in
        C(NAME_soft) and so on.
      - Other groups with such a name are not deleted and, except for C(NAME_soft), not used, unless they are empty and
        this option is C(model_serving.) followed by O(name).
      - With O(state=absent), the additional groups are deleted. The named group stays.
      - See M(model_serving.openstack.server_group).
    type: str
  fallback:
    description:
      - What to do when there is no host for new replicas in an O(server_group) with the policy C(anti-affinity).
      - With V(none), the task fails.
      - V(soft) creates them in an additional group C(NAME_soft) with the policy C(soft-anti-affinity), with a warning.
        They can share hosts there, and stay in this group when hosts are available again. If a group with this name has
        another policy, the module warns, and V(soft) has no effect.
      - If C(NAME_soft) is full, more groups C(NAME_soft2), C(NAME_soft3) and so on are created.
    type: str
    choices: [none, soft]
    default: none
  termination_policy:
    description:
      - Which of several replicas is removed when there are too many. Replicas that get no requests anyway, and the
        balance of zones and hosts, come first.
      - V(drifted) removes a replica that differs from the template first, then the oldest.
    type: str
    choices: [drifted, oldest, newest]
    default: drifted
"""
