# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OVN: its databases, and how each node's Open vSwitch joins it."""

from __future__ import annotations

from .layout import NETWORK_NODE, OCTAVIA, Cloud, Node, run
from .namespaces import connect

DEVICE = "o-hm0"


def prepare(cloud: Cloud) -> list[str]:
    """Make the northbound and southbound database files that are missing."""
    made = []
    for name in ("nb", "sb"):
        path = cloud.state / "ovn" / f"{name}.db"
        if not path.exists():
            run("ovsdb-tool", "create", path, f"/usr/share/ovn/ovn-{name}.ovsschema")
            made.append(f"OVN database {name} made")
    return made


def initialise(cloud: Cloud) -> None:
    """Write the first rows of both databases; harmless when they are there."""
    run("ovn-nbctl", f"--db=unix:{cloud.run}/ovn/nb.sock", "--no-wait", "init")
    run("ovn-sbctl", f"--db=unix:{cloud.run}/ovn/sb.sock", "--no-leader-only", "init")


def _vsctl(cloud: Cloud, node: Node, *words: str) -> str:
    return run("ovs-vsctl", f"--db=unix:{cloud.run}/{node.name}/openvswitch/db.sock", "--no-wait", *words)


def configure(cloud: Cloud) -> list[str]:
    """Make every node an OVN chassis, each with a bridge to the underlay; the nodes that were not one yet."""
    configured = []
    for node in cloud.nodes:
        _vsctl(cloud, node, "init")
        if "br-int" in _vsctl(cloud, node, "list-br").split():
            continue
        settings = {
            "system-id": node.name,
            "hostname": node.name,
            "ovn-remote": f"unix:{cloud.run}/ovn/sb.sock",
            "ovn-encap-type": "geneve",
            "ovn-encap-ip": f"192.0.2.{10 + node.index}",
            "ovn-bridge-datapath-type": "netdev",
            "ovn-openflow-probe-interval": "60",
        }
        if node.name == NETWORK_NODE:
            settings |= {"ovn-bridge-mappings": "physnet1:br-u", "ovn-cms-options": "enable-chassis-as-gw"}
        _vsctl(cloud, node, "set", "open", ".", *(f'external_ids:{key}="{value}"' for key, value in settings.items()))
        netdev = "datapath_type=netdev"
        _vsctl(cloud, node, "--may-exist", "add-br", "br-u", "--", "set", "bridge", "br-u", netdev)
        # As a real card has it. The others' switches remember for minutes which one a tunnel's end has, and would send
        # to nobody what is for a host whose power came back with another.
        _vsctl(cloud, node, "set", "bridge", "br-u", f"other-config:hwaddr={node.mac}")
        _vsctl(cloud, node, "--may-exist", "add-port", "br-u", "underlay")
        # The last step: by this bridge, a switch is known to be configured.
        _vsctl(cloud, node, "add-br", "br-int", "--", "set", "bridge", "br-int", netdev, "fail_mode=secure")
        configured.append(f"switch of {node.name} configured")
    return configured


def plug_octavia(cloud: Cloud, port_id: str, mac: str, address: str) -> list[str]:
    """Give Octavia's controllers their leg in the amphorae's management network, on the network node."""
    node = cloud.nodes[0]
    done = []
    # The address is the last step, and a half-made cable of a killed run is in the way.
    if f" {address}/" not in run("ip", "-n", OCTAVIA, "-o", "address", "show"):
        run("ip", "-n", OCTAVIA, "link", "delete", DEVICE, check=False)
        connect(OCTAVIA, DEVICE, node.namespace, f"{DEVICE}p")
        run("ip", "-n", OCTAVIA, "link", "set", DEVICE, "address", mac, "mtu", "1442", "up")
        run("ip", "-n", OCTAVIA, "address", "replace", f"{address}/24", "dev", DEVICE)
        done.append(f"{DEVICE} plugged")
    if f"{DEVICE}p" not in _vsctl(cloud, node, "list-ports", "br-int").split():
        _vsctl(
            cloud,
            node,
            "add-port",
            "br-int",
            f"{DEVICE}p",
            "--",
            "set",
            "interface",
            f"{DEVICE}p",
            f"external_ids:iface-id={port_id}",
        )
        done.append(f"{DEVICE} bound")
    return done
