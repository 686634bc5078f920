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
      - What to do with drifted replicas. Replicas are drifted if they differ in image, flavor, networks, boot volume,
        key, user data, config drive, zone or server group.
      - V(rolling) replaces them in batches. See O(max_surge) and O(max_unavailable).
      - V(recreate) deletes all of them, waits until they are gone and creates new ones. This interrupts the service.
      - V(in_place) rebuilds the servers (image, user data, key) or resizes them (flavor), so that they keep their ports
        and addresses. A batch has the size of O(max_unavailable) or what O(min_healthy_percentage) allows, at least
        one. O(max_surge) and O(max_healthy_percentage) have no effect. A replica is replaced if it differs in something
        else, if the new flavor would make one of its disks smaller, if the cloud's Nova is too old to change it, or if
        it is not running. A pending migration is confirmed first. Changes that fail are not reverted, and the
        replica gets no requests until a run finds it ready. If Nova refuses a resize, those servers of the batch get
        requests as before that were not restarted.
      - V(none) keeps them and warns.
      - By default, Nova leaves flavors without a disk (unless there is a boot volume) and external networks that are
        not shared to administrators. Whether a cloud allows them to others shows when a server is created. Until a
        running replica has the same, an update that would remove replicas before it creates one is refused.
    type: str
    choices: [rolling, recreate, in_place, none]
    default: rolling
  max_surge:
    description:
      - Maximum number of replicas beyond O(replicas) while replicas are replaced.
      - If all replicas are replaced, the new ones are members of a separate server group; see O(server_group). So they
        are kept apart from each other and need no hosts without replicas. Until the old replica is gone, a host can
        have one of each.
      - If only some replicas are replaced, the new ones are kept apart from those that stay. If there are no hosts for
        that, they may share a host with one that stays; the module warns about it.
      - With V(0), no host ever has more replicas of a server group than its policy allows, and the room comes from
        O(max_unavailable).
      - The default is 1, or 0 if O(max_unavailable) is greater than 0.
    type: int
  max_unavailable:
    description:
      - Maximum number of O(replicas) that can be missing while they are replaced. This number of replicas is removed
        before new ones are created.
      - The default is 0.
      - With O(wait=false), replicas that a run creates because some are missing still count as missing. If no room is
        left, the next run replaces the others.
    type: int
  min_healthy_percentage:
    description:
      - Part of the fleet that stays in service while it is replaced, from 0 to 100 percent of O(replicas), rounded up.
        It is 100 if only O(max_healthy_percentage) is given.
      - Use this together with O(max_healthy_percentage) instead of O(max_surge) and O(max_unavailable). If both leave
        no room, one replica at a time is still replaced. The new one is created before the old one is removed if
        O(max_healthy_percentage) exceeds 100.
    type: int
  max_healthy_percentage:
    description:
      - Maximum size of the fleet while it is replaced, from 100 to 200 percent of O(replicas), rounded down.
    type: int
  pause:
    description: Seconds between two batches.
    type: int
    default: 0
  on_failure:
    description:
      - What to do if the new replicas of a batch are not ready within O(timeout) or cannot be brought into rotation. In
        any case, the update stops and the task fails. Earlier batches that were ready stay.
      - V(rollback) removes the new replicas of the batch. Remaining old replicas get requests as before. Replicas that
        had to be removed first (O(max_unavailable)) cannot be brought back.
      - V(halt) leaves everything as it is, so that you can inspect the new replicas.
    type: str
    choices: [rollback, halt]
    default: rollback
  skip_matching:
    description: Whether replicas that match the template stay. With V(false), each run replaces all of them.
    type: bool
    default: true
"""
