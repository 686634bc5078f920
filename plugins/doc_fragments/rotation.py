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
      - Pools that replicas are members of. A pool that does not exist yet is no error, its replicas just get no members
        from here. When there are replicas already, the module warns about it.
      - Members have the first address of IPv4 that a replica has on the first of O(networks), else its first address.
      - A new replica becomes a member with the weight 0. It gets requests when the pool's health monitor has had time
        to find a failure and found none. With the provider C(ovn), which knows no weights, it gets requests at once.
      - One that was rebuilt or resized gets requests again when the monitor has had that time since then, with C(ovn)
        as soon as it runs and answers at O(readiness_url), if that is given.
      - A replica that goes is drained before, see O(drain_timeout), unless it is broken. Its member is removed.
      - Members with names like those of replicas, made by this collection, whose servers are gone are removed. Other
        members are not touched.
      - When the load balancer of a pool is in C(ERROR), the pool counts as missing, and nothing is replaced for drift.
      - When a pool goes, or its load balancer goes into C(ERROR), while the fleet is being changed, the run fails
        before it removes another replica. Nobody knows then who gets requests.
    type: list
    elements: dict
    default: []
    suboptions:
      pool:
        description: Name or id of the pool.
        type: str
        required: true
      load_balancer:
        description: Name or id of the load balancer. Required when the name of the pool is not unique in the project.
        type: str
      protocol_port:
        description: Port of the replicas.
        type: int
        required: true
      weight:
        description:
          - Weight of each replica, from 1 to 256. Replicas that are drained stay drained.
          - If omitted, new replicas have 1 and others keep what they have.
        type: int
      backup:
        description: Whether replicas only get requests when no other member is left.
        type: bool
      subnet:
        description:
          - Name or id of the subnet in which replicas are reached. If omitted, they are reached from the VIP's.
        type: str
      monitor_address:
        description: Address to test instead.
        type: str
      monitor_port:
        description: Port to test instead.
        type: int
  drain_timeout:
    description:
      - Seconds that a replica which leaves the rotation has to finish open requests, beside O(timeout). Let it be as
        long as the longest answer. Nobody tells when the last request has ended, so it never ends early.
      - In a pool with session persistence, clients that are bound to the replica come back to it all the time, and
        requests that are open at the end can be lost.
      - One that an earlier run has taken out of rotation has this time, too, unless its member has been like that for
        as long.
    type: int
    default: 30
  readiness_url:
    description:
      - URL, with C({address}) in place of the address of a replica, that answers with status 200 when the replica is
        ready. New replicas get requests when it does.
      - Without a pool, old replicas are replaced only while new ones answer. The first ones are not waited for then.
      - Replicas that do not answer although others do, asked three times from the host that runs the module, are
        replaced like those in O(health_grace_period). When none answers, nothing is concluded. Neither is it of one
        that does not answer and that a health monitor which asks over HTTP finds ready, or that was drained by hand.
      - Certificates are not checked, and messages show the URL. So it must have no user name and no password.
    type: str
  health_grace_period:
    description:
      - Seconds for which a replica is not judged after its creation or a change in place, and for which its member in
        a pool may be in C(ERROR). After that it is replaced although Nova says C(ACTIVE).
      - Members that somebody else drained or disabled are not judged.
    type: int
    default: 300
  max_unhealthy_percentage:
    description:
      - How much of O(replicas) is replaced in one run because it is broken or unhealthy, rounded down, at least one
        replica. If there are more, the run fails before it changes anything, as there may be a common reason.
      - Those that differ from the template, which may be that reason, are left to O(update_policy) then. It replaces
        them one after another while new ones get ready.
    type: int
    default: 50
  build_timeout:
    description:
      - Seconds after which a replica that is still in status C(BUILD) is given up and replaced.
      - One that Nova has been rebooting, moving or rebuilding for as long is replaced if its host is lost to Nova or
        its member of a pool is in C(ERROR) for longer than O(health_grace_period). Otherwise there is a warning.
      - A run waits for a replica that Nova is rebooting, moving or rebuilding only as long after its creation. What it
        does not change on such a one is left to a later run and told as a warning.
    type: int
    default: 600
notes:
  - Outside of a roll, replicas that cannot be made or do not get ready keep no others out of rotation. Broken ones
    without fixed ports that Nova does not delete hold nothing up. The run goes on after three minutes, with a warning.
  - The provider C(amphora) closes connections that clients keep whenever a member of O(pools) changes, unless the
    operator of the cloud has HAProxy's option C(idle-close-on-response) set. Clients have to repeat a request that was
    on its way.
"""
