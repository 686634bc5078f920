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
      - The pools, known by name. If omitted, pools are not managed.
      - A pool that this module made and that is no longer in the list is deleted. Others stay, see O(purge).
      - What is left out of a pool is not managed. A new one gets the defaults of the cloud.
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
          - What the members speak.
          - Octavia cannot change it. Declare the new pool under another name. Listeners move to it at once.
        type: str
        required: true
        choices: [TCP, HTTP, HTTPS, PROXY, PROXYV2, UDP, SCTP]
      lb_algorithm:
        description:
          - How members are chosen.
          - A new pool gets V(ROUND_ROBIN), with the provider C(ovn) it gets V(SOURCE_IP_PORT).
          - The provider C(amphora) has all but V(SOURCE_IP_PORT), C(ovn) has V(SOURCE_IP) and V(SOURCE_IP_PORT).
          - C(ovn) cannot change it. Declare the new pool under another name. There, all pools of a protocol have the
            algorithm of the one that was made last.
        type: str
        choices: [ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_IP, SOURCE_IP_PORT]
      admin_state_up:
        description: Whether the pool is enabled.
        type: bool
      session_persistence:
        description:
          - How a client is sent to the same member again. An empty dictionary stands for not at all.
          - The provider C(ovn) has V(SOURCE_IP) for pools of protocol V(UDP) and V(SCTP) only, needs
            C(persistence_timeout), and cannot remove it from a pool. There, all pools of a protocol have the one that
            was sent last, and lose it with any of them, so it is sent again when one is deleted. A run that is killed
            between the two leaves them without, and the next one does not see that.
          - HAProxy, which serves all pools of the provider C(amphora) but those of V(UDP) and V(SCTP), sends clients
            that are bound to a member there also when its weight is V(0). So a member that is drained goes on getting
            their requests until it is removed or has O(pools[].members[].admin_state_up=false).
        type: dict
        suboptions:
          type:
            description: By what a client is known.
            type: str
            choices: [SOURCE_IP, HTTP_COOKIE, APP_COOKIE]
          cookie_name:
            description: Name of the cookie for V(APP_COOKIE).
            type: str
          persistence_timeout:
            description: Seconds. For pools of protocol V(UDP) and V(SCTP).
            type: int
          persistence_granularity:
            description: Network mask. For pools of protocol V(UDP) and V(SCTP). The provider C(ovn) does not have it.
            type: str
      healthmonitor:
        description:
          - How members are tested. An empty dictionary stands for not at all.
          - C(type), C(delay), C(timeout) and C(max_retries) are required in it.
          - One of another C(type) is replaced. Until the new one has judged, all members get requests.
          - The provider C(ovn) tests members for one listener. When another one comes, it may need another health
            monitor, which the module makes. One that is not declared is lost when a run is interrupted then.
        type: dict
        suboptions:
          name:
            description: Name of the health monitor.
            type: str
          type:
            description: What is tried.
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
              - Status codes that mean success, for the types V(HTTP) and V(HTTPS). One, a list C(200,202) or a range
                C(200-204).
            type: str
          http_version:
            description: Version of HTTP, for the types V(HTTP) and V(HTTPS).
            type: str
            choices: ["1.0", "1.1"]
          domain_name:
            description: Host name in the request. It needs version 1.1.
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
          - The members, known by address and port. If omitted, members are not managed. Leave it out when
            M(model_serving.openstack.pool_members) or an autoscaling group fills the pool.
          - A member that this module made and that is no longer in the list is removed. Others stay, see O(purge).
          - What is left out of a member is not managed, so a member that was drained stays drained.
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
            description: Share of the requests, from 0 to 256. V(0) drains the member. A new member has 1.
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
            description: Port to test instead.
            type: int
          request_sriov:
            description:
              - Whether the load balancer reaches the member through an SR-IOV port. The
                cloud's operator must have made that possible. Octavia cannot change it.
            type: bool
          tags:
            description: Tags to set. Other tags stay; see O(purge).
            type: list
            elements: str
      tls_enabled:
        description:
          - Whether the members speak TLS.
          - When it is switched on, the pool gets the cloud's ciphers and versions of TLS where it has none.
          - It needs version 2.24 of Octavia's API, also without O(pools[].alpn_protocols).
        type: bool
      tls_container_ref:
        description: Reference to the certificate and key to present to members.
        type: str
      ca_tls_container_ref:
        description: Reference to the certificates of the authorities that members' certificates come from.
        type: str
      crl_container_ref:
        description: Reference to the list of members' certificates that are revoked.
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
        description: Application protocols offered in the TLS handshake, the preferred one first.
        type: list
        elements: str
        choices: [h2, http/1.1, http/1.0]
"""
