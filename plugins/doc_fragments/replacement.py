# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How replicas that differ from their template are replaced."""

    DOCUMENTATION = r"""
options:
  update_policy:
    description:
      - What to do with drifted replicas, which are those that differ in image, flavor, networks, boot volume, key, user
        data, config drive, zone or server group.
      - V(rolling) replaces them in batches, see O(max_surge) and O(max_unavailable).
      - V(recreate) deletes all of them, waits until they are gone and creates new ones. The service is interrupted.
      - V(in_place) rebuilds (image, user data, key) and resizes (flavor) the servers, so that they keep ports and
        addresses, in batches of O(max_unavailable) or of what O(min_healthy_percentage) leaves, at least one;
        O(max_surge) and O(max_healthy_percentage) do not count. A replica that differs in something else, or in what
        the cloud's Nova is too old to change on a server, or does not run, is replaced. A migration of theirs that
        waits to be confirmed is confirmed first. What fails is not taken back, and gets no requests until a run finds
        it ready. Only after a resize that Nova refuses, the servers of the batch get requests as before.
      - V(none) keeps them and warns.
    type: str
    choices: [rolling, recreate, in_place, none]
    default: rolling
  max_surge:
    description:
      - How many replicas there may be beyond O(replicas) while they are replaced.
      - The new ones are members of a server group of their own, see O(server_group), so that they are kept apart from
        each other and need no hosts without replicas. Until the old one is gone, a host may have one of each.
      - With V(0), no host ever has more replicas than the policy says, and the room comes from O(max_unavailable).
      - The default is 1, or 0 when O(max_unavailable) is given and greater than 0.
    type: int
  max_unavailable:
    description:
      - How many of O(replicas) may be missing while they are replaced. As many are removed before new ones are made.
      - The default is 0.
    type: int
  min_healthy_percentage:
    description:
      - How much of the fleet stays in service while it is replaced, from 0 to 100 percent of O(replicas), rounded up.
        100 when only O(max_healthy_percentage) is given.
      - With O(max_healthy_percentage), instead of O(max_surge) and O(max_unavailable). When both leave no room, one
        replica at a time is replaced all the same. It is made before the old one goes if O(max_healthy_percentage)
        exceeds 100.
    type: int
  max_healthy_percentage:
    description:
      - How large the fleet may become while it is replaced, from 100 to 200 percent of O(replicas), rounded down.
    type: int
  pause:
    description: Seconds between two batches.
    type: int
    default: 0
  on_failure:
    description:
      - What to do when the new replicas of a batch are not ready within O(timeout), or cannot be brought into rotation.
        In any case the roll stops and the task fails. Batches that were ready before stay.
      - V(rollback) removes the new replicas of the batch. Old ones that are left get requests as before. Those that had
        to go first (O(max_unavailable)) cannot be brought back.
      - V(halt) leaves everything as it is, for a look at the new replicas.
    type: str
    choices: [rollback, halt]
    default: rollback
  skip_matching:
    description: Whether replicas that match the template stay. With V(false), each run replaces all of them.
    type: bool
    default: true
"""
