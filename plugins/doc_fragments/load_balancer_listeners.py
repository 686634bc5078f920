# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Listeners of a load balancer, with their L7 policies. Everything Octavia's v2 API has, in its words."""

    DOCUMENTATION = r"""
options:
  listeners:
    description:
      - The listeners, identified by name. If omitted, listeners are not managed.
      - A listener that this module created is deleted when it is no longer in the list. Others stay; see O(purge).
      - Omitted settings of a listener are not managed. A new listener gets the cloud's defaults.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the listener.
        type: str
        required: true
      description:
        description: Free text.
        type: str
      protocol:
        description:
          - Protocol of the listener.
          - Octavia cannot change it. When O(listeners[].protocol) or O(listeners[].protocol_port) changes, the listener
            is replaced, which interrupts its traffic.
          - If the port changes, the other settings and L7 policies are kept.
          - If the protocol changes, the default pool, L7 policies, O(listeners[].description),
            O(listeners[].admin_state_up), O(listeners[].connection_limit), O(listeners[].allowed_cidrs),
            O(listeners[].tags) and the timeouts are kept. Between V(HTTP) and V(TERMINATED_HTTPS), so are
            O(listeners[].insert_headers) except for C(X-SSL-) headers. You must give all other settings again. As long
            as the listener has L7 policies, a protocol without support for them is refused.
          - If the port changes and this module created the old listener, it is removed once the new one exists with its
            L7 policies. If a run is interrupted in between, there are two listeners with this name, and the owner's
            next run removes one of them. If the port stays the same, the old listener must be removed first. If
            Octavia then refuses the new one, the old one is created again with its L7 policies.
        type: str
        required: true
        choices: [TCP, HTTP, HTTPS, TERMINATED_HTTPS, UDP, SCTP, PROMETHEUS]
      protocol_port:
        description: Port to listen on.
        type: int
        required: true
      default_pool:
        description:
          - Name of the pool for requests that match no L7 policy. It is one of O(pools) or an existing pool.
          - An empty string stands for no pool.
        type: str
      admin_state_up:
        description: Whether the listener is enabled.
        type: bool
      connection_limit:
        description: Maximum number of simultaneous connections. V(-1) for no limit.
        type: int
      timeout_client_data:
        description: Milliseconds without data from the client after which the connection is closed.
        type: int
      timeout_member_connect:
        description: Maximum time in milliseconds to connect to a member.
        type: int
      timeout_member_data:
        description: Milliseconds without data from the member after which the connection is closed.
        type: int
      timeout_tcp_inspect:
        description: Milliseconds to wait for more TCP packets to inspect.
        type: int
      insert_headers:
        description:
          - Headers to add to requests, with V(true) as value, for example C(X-Forwarded-For), C(X-Forwarded-Port),
            C(X-Forwarded-Proto). An empty dictionary removes them.
        type: dict
      allowed_cidrs:
        description:
          - Networks whose clients are allowed, in CIDR notation. Each must have the IP version of a VIP. An empty list
            allows all clients.
        type: list
        elements: str
      default_tls_container_ref:
        description: Reference to the certificate and key in the cloud's key manager.
        type: str
      sni_container_refs:
        description: References to certificates and keys for additional host names.
        type: list
        elements: str
      client_authentication:
        description: Whether clients must authenticate with a certificate.
        type: str
        choices: [NONE, OPTIONAL, MANDATORY]
      client_ca_tls_container_ref:
        description: Reference to the certificates of the authorities that issue client certificates.
        type: str
      client_crl_container_ref:
        description: Reference to the list of revoked client certificates.
        type: str
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
      hsts_max_age:
        description: Seconds for which browsers must use only HTTPS.
        type: int
      hsts_include_subdomains:
        description: Whether HSTS also applies to subdomains.
        type: bool
      hsts_preload:
        description: Whether browsers may include the domain in their HSTS preload lists.
        type: bool
      tags:
        description: Tags to set. Other tags stay; see O(purge).
        type: list
        elements: str
      l7policies:
        description:
          - What to do with requests that match rules, in this order. If omitted, L7 policies are not managed.
          - HAProxy of the provider C(amphora) first evaluates all policies that reject, then those that redirect to a
            URL or prefix, then those that redirect to a pool.
          - A policy that this module created is deleted when it is no longer in the list. Others stay behind the
            declared ones; see O(purge).
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          description:
            description: Free text.
            type: str
          action:
            description: What to do with a request that matches all rules.
            type: str
            required: true
            choices: [REDIRECT_TO_POOL, REDIRECT_TO_URL, REDIRECT_PREFIX, REJECT]
          redirect_pool:
            description: Name of the pool for O(listeners[].l7policies[].action=REDIRECT_TO_POOL).
            type: str
          redirect_url:
            description: URL for O(listeners[].l7policies[].action=REDIRECT_TO_URL).
            type: str
          redirect_prefix:
            description: Text to put before the path for O(listeners[].l7policies[].action=REDIRECT_PREFIX).
            type: str
          redirect_http_code:
            description: Status code of the redirect. Octavia's default is 302.
            type: int
            choices: [301, 302, 303, 307, 308]
          admin_state_up:
            description: Whether the policy is enabled.
            type: bool
            default: true
          tags:
            description: Tags to set. Other tags stay; see O(purge).
            type: list
            elements: str
          rules:
            description: The conditions, all of which must hold. Other rules of the policy are deleted.
            type: list
            elements: dict
            required: true
            suboptions:
              type:
                description: Part of the request that is compared.
                type: str
                required: true
                choices:
                  - HOST_NAME
                  - PATH
                  - FILE_TYPE
                  - HEADER
                  - COOKIE
                  - SSL_CONN_HAS_CERT
                  - SSL_VERIFY_RESULT
                  - SSL_DN_FIELD
              compare_type:
                description: Type of comparison.
                type: str
                required: true
                choices: [REGEX, STARTS_WITH, ENDS_WITH, CONTAINS, EQUAL_TO]
              key:
                description: Name of the header, cookie or certificate field.
                type: str
              value:
                description: Value to compare with.
                type: str
                required: true
              invert:
                description: Whether to invert the result of the comparison.
                type: bool
                default: false
              admin_state_up:
                description: Whether the rule is enabled.
                type: bool
              tags:
                description: Tags to set. Other tags stay; see O(purge).
                type: list
                elements: str
"""
