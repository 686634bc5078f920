# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""local-cloud: command line of the cloud; the role calls `up` phase by phase, people call `status`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from openstack.exceptions import SDKException

from . import (
    certificates,
    databases,
    fakes,
    files,
    haproxy,
    identity,
    namespaces,
    power,
    processes,
    resources,
    smoke,
    status,
    switches,
)
from .layout import EXTERNAL, NETWORK_NODE, OCTAVIA, Cloud, CloudError

Phase = Callable[[Cloud], list[str]]


def infrastructure(cloud: Cloud) -> list[str]:
    files.prepare(cloud)
    done = databases.prepare(cloud) + switches.prepare(cloud) + certificates.ensure(cloud)
    done += processes.ensure_supervisor(cloud)
    return done + processes.start(cloud, ["infrastructure"])


def identity_service(cloud: Cloud) -> list[str]:
    return processes.start(cloud, ["identity"]) + identity.ensure(cloud)


def network(cloud: Cloud) -> list[str]:
    made = namespaces.ensure(cloud)
    # Their old processes live in namespaces that are gone. The other nodes go on.
    lost = {node.name for node in cloud.nodes if node.namespace in made}
    central = {EXTERNAL, OCTAVIA, f"lc-{NETWORK_NODE}"} & set(made)
    processes.stop(
        cloud,
        [
            program.name
            for program in cloud.programs
            if program.node in lost or (central and program.stage in ("relays", "balancer"))
        ],
    )
    switches.initialise(cloud)
    done = [f"namespace {name} made" for name in made]
    done += processes.start(cloud, ["network", "switches"])
    done += switches.configure(cloud)
    return done + processes.start(cloud, ["forwarding", "libvirt"])


def control(cloud: Cloud) -> list[str]:
    return processes.start(cloud, ["apis", "control"])


def hypervisors(cloud: Cloud) -> list[str]:
    done = processes.start(cloud, ["compute"]) + resources.hosts(cloud) + fakes.ensure(cloud)
    # Nova forgets the device of a guest that it started again after its host had lost its power.
    return done + namespaces.detach_loops(f"{cloud.state}/", namespaces.DELETED)


def offer(cloud: Cloud) -> list[str]:
    return resources.offer(cloud) + resources.images(cloud)


def balancer(cloud: Cloud) -> list[str]:
    templates = haproxy.ensure(cloud)
    done, port = resources.balancer(cloud)
    if templates or "Octavia told about its network" in done:
        processes.stop(cloud, [program.name for program in cloud.programs if program.stage == "balancer"])
    done += templates + processes.start(cloud, ["relays"])
    done += switches.plug_octavia(cloud, port.id, port.mac_address, cloud.settings["octavia_address"])
    return done + processes.start(cloud, ["balancer"])


PHASES: dict[str, Phase] = {
    "infrastructure": infrastructure,
    "databases": databases.migrate,
    "network": network,
    "identity": identity_service,
    "control": control,
    "hypervisors": hypervisors,
    "offer": offer,
    "balancer": balancer,
}


def down(directory: Path) -> list[str]:
    """Leave no process, namespace, mount, virtual cable or loop device."""
    if not (directory / "etc" / "cloud.json").exists():  # The first run died before it wrote any configuration.
        return processes.kill_all(Cloud(directory, {}))
    cloud = Cloud.load(directory)
    return processes.shut_down(cloud) + namespaces.remove(cloud)


def up(cloud: Cloud, phases: list[str]) -> list[str]:
    """Run these phases, or all of them."""
    done: list[str] = []
    for name in phases or list(PHASES):
        begin = time.monotonic()
        here = PHASES[name](cloud)
        done += here
        print(f"{name}: {time.monotonic() - begin:.1f} s, {len(here)} changes", file=sys.stderr)
    return done


def configure(directory: Path, contents: dict[str, str]) -> list[str]:
    """Write configuration files, and stop the programs that ran with an older one."""
    written = files.configure(directory, contents)
    services = {Path(name).parts[1] for name in written if len(Path(name).parts) > 2}  # noqa: PLR2004
    cloud = Cloud.load(directory)
    using = [program.name for program in cloud.programs if any(program.uses(service) for service in services)]
    return [f"{name} written" for name in written] + [f"{name} stopped" for name in processes.stop(cloud, using)]


def report(done: list[str]) -> int:
    """Say in JSON what was changed."""
    print(json.dumps({"changed": done}, indent=2))
    return 0


def forget_the_user() -> None:
    """Leave nothing of the user's own settings that would break the cloud, to this process and all that it starts."""
    os.umask(0o022)  # MariaDB is an account of its own, and enters the folders that are made here.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # No proxy leads to what is on this machine.


def main() -> int:
    forget_the_user()
    parser = argparse.ArgumentParser(prog="local-cloud", description="A complete OpenStack on this machine.")
    parser.add_argument("--directory", type=Path, default=Path(__file__).resolve().parents[2])
    commands = parser.add_subparsers(dest="command", required=True)
    up_parser = commands.add_parser("up", help="start or repair everything, or some phases")
    up_parser.add_argument("phases", nargs="*", metavar="PHASE", help=", ".join(PHASES))
    commands.add_parser("down", help="stop everything")
    off_parser = commands.add_parser("power-off", help="kill a hypervisor with all its guests, without a goodbye")
    off_parser.add_argument("hypervisor")
    kill_parser = commands.add_parser("kill", help="kill programs, without a goodbye, and leave them down")
    kill_parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    commands.add_parser("status", help="every service with state, pid, memory and last error")
    commands.add_parser("smoke", help="prove each link: guests, networks, balancers, autoscaling")
    commands.add_parser("configure", help="write the files that standard input describes (JSON: path, content)")
    options = parser.parse_args()
    # The kernel tells of mounts and loop devices by the paths that links lead to.
    options.directory = options.directory.resolve()
    try:
        if options.command == "configure":
            return report(configure(options.directory, json.load(sys.stdin)))
        if options.command == "down":
            return report(down(options.directory))
        cloud = Cloud.load(options.directory)
        if options.command == "status":
            table, healthy = status.show(cloud)
            print(table)
            return 0 if healthy else 1
        if options.command == "up":
            done = up(cloud, options.phases)
        elif options.command == "power-off":
            done = power.off(cloud, options.hypervisor)
        elif options.command == "kill":
            done = power.kill(cloud, options.programs)
        else:
            done = smoke.check(cloud)
    except (CloudError, SDKException) as error:
        print(f"local-cloud: {error}", file=sys.stderr)
        return 1
    return report(done)


if __name__ == "__main__":
    sys.exit(main())
