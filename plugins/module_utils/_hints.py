# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about what a cloud answered. Pure."""

from __future__ import annotations

_BY_STATUS = {
    401: (
        "Check the credentials (option 'cloud' or 'auth', or the OS_* variables), and whether the access rules of an"
        " application credential allow this request."
    ),
    403: "A quota is used up or the user lacks the role for this; see capacity_info for the quotas of the project.",
    404: "It was deleted meanwhile, or belongs to another project or region.",
    409: "Something else is changing the resource, or another one depends on it; run again when that has ended.",
    413: "A quota or the size limit of a request is exceeded.",
    429: "The cloud limits the rate of requests; run again later.",
    500: "This is a fault of the cloud; its operator finds it in the logs by the request id.",
    503: "The service does not answer at the moment; run again later.",
}
"""Usual remedies."""
_NO_ADDRESS = ("No more IP addresses", "No valid service subnet")
"""What Neutron answers when there is no address for a port (C(neutron/ipam/exceptions.py)). Waiting does not help."""
NEEDS_VOLUME = "Most clouds let only servers with a boot volume have a flavor without a disk: set 'boot_volume.size'"
"""Nova's rule C(os_compute_api:servers:create:zero_disk_flavor) allows others to administrators."""
NEEDS_OTHER_NETWORK = "Most clouds let only administrators put servers on an external network that is not shared"
"""Nova's rule C(network:attach_external_network). A server in ERROR says only that it got no network."""
_TOO_OLD = ("Unknown attribute", "The Resource Type (", "Unknown Property")
"""What Octavia and Heat answer about what came with a later version.

C(wsme/exc.py), C(heat/engine/environment.py), C(heat/engine/properties.py). Octavia is sent more than was declared.
"""
_QUOTA = ("Quota exceeded", "Quota has been met")
"""What Nova, Neutron and Octavia say, also with a status that otherwise means that somebody else is at work."""
_GROUP_FULL = ("too many servers in group", "server_group_members is over limit")
"""What Nova says when a server group takes no more members, the latter with unified limits (C(nova/compute/api.py),
C(oslo_limit/exception.py))."""
_BY_WORDS = {
    _NO_ADDRESS: (
        "No address is left there: name another subnet (of a VIP: 'vip_subnet') or network, or delete ports that nobody"
        " needs."
    ),
    ("flavors with zero disk",): f"{NEEDS_VOLUME}.",
    _GROUP_FULL: (
        "The quota server_group_members is used up. With unified limits, Nova counts deleted servers, too: see 'Quotas'"
        " in docs/cloud.md of the collection."
    ),
    _QUOTA: "A quota of the project is used up; capacity_info shows them. Remove what is not needed, or ask for more.",
    ("cannot manage trusts",): (
        "Keystone lets no application credential make trusts; see 'Users and autoscaling groups' in docs/cloud.md of"
        " the collection."
    ),
    _TOO_OLD: "This service is older than what an option needs: docs/cloud.md of the collection names the versions.",
}
"""What helps against that of which the status tells too little."""
_UNREACHABLE = frozenset({"ConnectFailure", "ConnectTimeout", "ConnectionError", "UnknownConnectionError"})

NO_JSON = "JSONDecodeError"
"""What requests raises about an answer with a page of HTML, or with nothing."""


def hint_of(error: str, status: object, answer: str) -> str | None:
    """Return what to do about an error; None when nothing is known.

    :param error: name of its class
    """
    if error in _UNREACHABLE:
        return (
            "Check the address, and that it can be reached from the host that runs the module. If it can, run again:"
            " whether the request was carried out is not known, and is found then."
        )
    if error == NO_JSON:
        return (
            "Something else may have answered for the service, for example a proxy: check the address of the service."
            " Whether the request was carried out is not known; run again to find out."
        )
    known = [hint for words, hint in _BY_WORDS.items() if any(word in answer for word in words)]
    return known[0] if known else _BY_STATUS.get(status) if isinstance(status, int) else None


def no_address_left(answer: str) -> bool:
    """Return whether this is the answer of a Neutron that has no address for a port."""
    return any(text in answer for text in _NO_ADDRESS)


def group_is_full(answer: str) -> bool:
    """Return whether this is the answer of a Nova whose server group takes no more members."""
    return any(text in answer for text in _GROUP_FULL)
