# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How replicas get into the rotation of pools and out of it, and when they count as unhealthy."""

    DOCUMENTATION = r"""
options:
  pools:
    description:
      - Pools that replicas are members of. If a pool does not exist yet, the task does not fail but adds no members to
        it. If there are already replicas, the module warns.
      - A member has the first IPv4 address of the replica on the first of O(networks), or else its first address there.
      - A new replica becomes a member with weight 0. It gets requests when the pool's health monitor has had time to
        find a failure and found none. The provider C(ovn) does not support weights, so there it gets requests at once.
      - A replica that was rebuilt or resized gets requests again when the monitor has had that time since then. With
        C(ovn), it gets requests as soon as it runs and, if O(readiness_url) is given, answers there. If somebody had
        drained or disabled its member, it gets none, and the monitor is not waited for.
      - Before a replica is removed, it is drained unless it is broken; see O(drain_timeout). Its member is removed.
      - Members that this collection created for replicas are removed if their servers are gone. Other members are not
        touched.
      - If the load balancer of a pool is in C(ERROR), the pool counts as missing, and drifted replicas are not
        replaced.
      - If a pool is removed or its load balancer goes into C(ERROR) while the fleet is being changed, the run fails
        before it removes another replica, because it is then unknown which replicas get requests.
    type: list
    elements: dict
    default: []
    suboptions:
      pool:
        description: Name or id of the pool.
        type: str
        required: true
      load_balancer:
        description: Name or id of the load balancer. Required if the name of the pool is not unique in the project.
        type: str
      protocol_port:
        description: Port of the replicas.
        type: int
        required: true
      weight:
        description:
          - Weight of each replica, from 1 to 256. Drained replicas stay drained, and disabled ones stay disabled.
          - If omitted, new replicas have weight 1, and others keep their weight.
        type: int
      backup:
        description:
          - Whether replicas get requests only when no other member is left.
          - Applies to new members. Existing ones do not change; M(model_serving.openstack.pool_members) changes them.
        type: bool
      subnet:
        description:
          - Name or id of the subnet from which replicas are reached. If omitted, the VIP's subnet is used. Applies to
            new members, as Octavia cannot change it.
        type: str
      monitor_address:
        description: Address to test instead of the replica's. Applies to new members, like O(pools[].backup).
        type: str
      monitor_port:
        description: Port to test instead of O(pools[].protocol_port). Applies to new members, like O(pools[].backup).
        type: int
  drain_timeout:
    description:
      - Seconds that a replica leaving the rotation gets to finish open requests, in addition to O(timeout). Choose at
        least the duration of the longest answer. The end of the last request is unknown, so draining never ends early.
      - In a pool with session persistence, clients that are bound to the replica keep returning to it, and requests
        that are open at the end can be lost.
      - A replica that an earlier run took out of rotation also gets this time, unless its member has already been out
        of rotation that long.
    type: int
    default: 30
  readiness_url:
    description:
      - URL that returns status 200 when a replica is ready, with C({address}) in place of the replica's address. New
        replicas get requests when it does.
      - Without a pool, old replicas are replaced only while new ones answer. The first replicas are not waited for.
      - The host that runs the module asks each replica three times. If some replicas do not answer although others do,
        they are replaced like those in O(health_grace_period). If none answers, nothing is concluded. Replicas that an
        HTTP health monitor finds ready, or that were drained by hand, are not replaced for this reason.
      - Redirections are not followed. Certificates are not checked, and the URL appears in messages, so it must not
        contain a user name or password.
    type: str
  health_grace_period:
    description:
      - Seconds after its creation or a change in place during which the health of a replica is not judged. Also the
        time for which its member in a pool can be in C(ERROR). After that, it is replaced even if Nova reports
        C(ACTIVE).
      - Members that somebody else drained or disabled are not judged.
    type: int
    default: 300
  max_unhealthy_percentage:
    description:
      - Maximum percentage of O(replicas) that one run replaces because they are broken or unhealthy, rounded down, but
        at least one replica. If there are more, they may have a common cause.
      - In that case, replicas that also differ from the template, which may be the cause, are left to O(update_policy).
        It replaces them one after another while new ones become ready. If there are still too many others, the run
        fails before it changes anything.
    type: int
    default: 50
  build_timeout:
    description:
      - Seconds after which a replica that is still in status C(BUILD) is given up and replaced.
      - If Nova has been rebooting, moving or rebuilding a replica for this time, the replica is replaced if Nova has
        lost its host or if its pool member is in C(ERROR) for longer than O(health_grace_period). Otherwise, the module
        warns.
      - A run waits for a replica that Nova is rebooting, moving or rebuilding only until this time after its creation.
        Changes that it cannot make to such a replica are left to a later run, with a warning.
    type: int
    default: 600
notes:
  - Outside of a rolling update, replicas that cannot be created or do not become ready do not keep others out of
    rotation. Broken replicas without fixed ports that Nova does not delete do not block the run. It continues after
    three minutes, with a warning.
  - The provider C(amphora) closes keep-alive connections of clients whenever a member of O(pools) changes, unless the
    operator of the cloud has set HAProxy's option C(idle-close-on-response). Clients must repeat a request that was on
    its way.
"""
