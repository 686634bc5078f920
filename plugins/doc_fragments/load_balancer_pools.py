# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Pools of a load balancer, with health monitor and members. Everything Octavia's v2 API has, in its words."""

    DOCUMENTATION = r"""
options:
  pools:
    description:
      - The pools, identified by name. If omitted, pools are not managed.
      - A pool that this module created is deleted when it is no longer in the list. Others stay; see O(purge).
      - Omitted settings of a pool are not managed. A new pool gets the cloud's defaults.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the pool.
        type: str
        required: true
      description:
        description: Free text.
        type: str
      protocol:
        description:
          - Protocol of the members.
          - Octavia cannot change it. Declare the new pool with another name. Listeners switch to it at once.
        type: str
        required: true
        choices: [TCP, HTTP, HTTPS, PROXY, PROXYV2, UDP, SCTP]
      lb_algorithm:
        description:
          - Algorithm that chooses the member for a request.
          - The default for a new pool is V(ROUND_ROBIN) or, with the provider C(ovn), V(SOURCE_IP_PORT).
          - The provider C(amphora) supports all except V(SOURCE_IP_PORT). C(ovn) supports V(SOURCE_IP) and
            V(SOURCE_IP_PORT).
          - C(ovn) cannot change the algorithm. Declare the new pool with another name. With C(ovn), all pools of a
            protocol use the algorithm of the pool that was created last.
        type: str
        choices: [ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_IP, SOURCE_IP_PORT]
      admin_state_up:
        description: Whether the pool is enabled.
        type: bool
      session_persistence:
        description:
          - How a client reaches the same member again. An empty dictionary disables session persistence.
          - The provider C(ovn) supports only V(SOURCE_IP), only for pools with protocol V(UDP) or V(SCTP). It requires
            C(persistence_timeout), and cannot remove session persistence from a pool.
          - With C(ovn), all pools of a protocol share the setting that was sent last, and lose it when any of them is
            deleted, so the module then sends it again. If a run is killed between these two steps, the pools have no
            session persistence, and the next run does not detect this.
          - With the provider C(amphora), HAProxy serves all pools except those with V(UDP) and V(SCTP). A client that
            is bound to a member reaches this member even if its weight is V(0). So a drained member continues to get
            requests until it is removed or has O(pools[].members[].admin_state_up=false).
        type: dict
        suboptions:
          type:
            description: How a client is recognized.
            type: str
            choices: [SOURCE_IP, HTTP_COOKIE, APP_COOKIE]
          cookie_name:
            description: Name of the cookie for V(APP_COOKIE).
            type: str
          persistence_timeout:
            description: Timeout in seconds. Only for pools with protocol V(UDP) or V(SCTP).
            type: int
          persistence_granularity:
            description: Network mask. Only for pools with protocol V(UDP) or V(SCTP), and not with the provider C(ovn).
            type: str
      healthmonitor:
        description:
          - How members are tested. An empty dictionary means that members are not tested.
          - C(type), C(delay), C(timeout) and C(max_retries) are required.
          - If C(type) changes, the health monitor is replaced. Until the new one has results, all members get requests.
            If Octavia refuses the new one, the old one is created again.
          - The provider C(ovn) tests members for one listener. When another listener takes its place, C(ovn) may need a
            new health monitor, which the module creates. If the run is interrupted then, a monitor that is not declared
            is lost.
        type: dict
        suboptions:
          name:
            description: Name of the health monitor.
            type: str
          type:
            description: Type of test.
            type: str
            choices: [HTTP, HTTPS, PING, TCP, TLS-HELLO, UDP-CONNECT, SCTP]
          delay:
            description: Seconds between two tests of a member.
            type: int
          timeout:
            description: Maximum duration of a test in seconds.
            type: int
          max_retries:
            description: Number of tests that must succeed before a member is online.
            type: int
          max_retries_down:
            description: Number of tests that must fail before a member is taken out of rotation.
            type: int
          http_method:
            description: Method of the request, for the types V(HTTP) and V(HTTPS).
            type: str
            choices: [GET, HEAD, POST, PUT, DELETE, TRACE, OPTIONS, CONNECT, PATCH]
          url_path:
            description: Path of the request, for the types V(HTTP) and V(HTTPS).
            type: str
          expected_codes:
            description:
              - Status codes that mean success, for the types V(HTTP) and V(HTTPS). One code, a list such as C(200,202)
                or a range such as C(200-204).
            type: str
          http_version:
            description: Version of HTTP, for the types V(HTTP) and V(HTTPS).
            type: str
            choices: ["1.0", "1.1"]
          domain_name:
            description: Host name in the request. Requires version 1.1.
            type: str
          admin_state_up:
            description: Whether members are tested.
            type: bool
          tags:
            description: Tags to set. Other tags stay; see O(purge).
            type: list
            elements: str
      members:
        description:
          - The members, identified by address and port. If omitted, members are not managed. Omit it if
            M(model_serving.openstack.pool_members) or an autoscaling group fills the pool.
          - A member that this module created is removed when it is no longer in the list. Others stay; see O(purge).
          - Omitted settings of a member are not managed, so a drained member stays drained.
        type: list
        elements: dict
        suboptions:
          address:
            description: Address of the member.
            type: str
            required: true
          protocol_port:
            description: Port of the member.
            type: int
            required: true
          name:
            description: Name of the member.
            type: str
          subnet:
            description:
              - Name or id of the subnet from which the member is reached. If omitted, the VIP's subnet is used.
              - Octavia cannot change it for a member that exists.
            type: str
          weight:
            description: Share of the requests, from 0 to 256. V(0) drains the member. A new member has 1 by default.
            type: int
          backup:
            description: Whether the member gets requests only when no other member is left.
            type: bool
          admin_state_up:
            description: Whether the member is enabled.
            type: bool
          monitor_address:
            description: Address to test instead of the member's own. An empty string restores the member's own.
            type: str
          monitor_port:
            description: Port to test instead of the member's own.
            type: int
          request_sriov:
            description:
              - Whether the load balancer reaches the member through an SR-IOV port. The
                cloud's operator must have enabled this. Octavia cannot change it.
            type: bool
          tags:
            description: Tags to set. Other tags stay; see O(purge).
            type: list
            elements: str
      tls_enabled:
        description:
          - Whether the members use TLS.
          - When TLS is enabled, a pool without TLS ciphers or versions gets those of the cloud.
          - Requires version 2.24 of Octavia's API, even without O(pools[].alpn_protocols).
        type: bool
      tls_container_ref:
        description: Reference to the certificate and key to present to members.
        type: str
      ca_tls_container_ref:
        description: Reference to the certificates of the authorities that issue member certificates.
        type: str
      crl_container_ref:
        description: Reference to the list of revoked member certificates.
        type: str
      tags:
        description: Tags to set. Other tags stay; see O(purge).
        type: list
        elements: str
      tls_ciphers:
        description: Allowed ciphers in OpenSSL notation.
        type: str
      tls_versions:
        description: Allowed TLS versions.
        type: list
        elements: str
        choices: [SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3]
      alpn_protocols:
        description: Application protocols offered in the TLS handshake, in order of preference.
        type: list
        elements: str
        choices: [h2, http/1.1, http/1.0]
"""
