# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of a model server's unit, which a profile means. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils import _runtimes as runtimes
from ansible_collections.model_serving.openstack.plugins.plugin_utils._units import OPEN_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Facts = Mapping[str, Any]

CONTAINER = "model-server"
INSTALL = (
    'trap exit TERM; while ! [ -x "$0" ]; do sleep 10; rm -f /var/lib/cloud/instance/sem/update_sources;'
    " if command -v dpkg; then DEBIAN_FRONTEND=noninteractive dpkg --configure -a; fi;"
    " cloud-init single --name package-update-upgrade-install --frequency always; done"
)
"""Lets cloud-init install its packages until a program is there. It refreshes their lists once, which its semaphore
C(update_sources) says, also when that failed. When the unit is stopped meanwhile, the shell waits for what it has
begun; after a reboot in the middle of it, dpkg refuses everything until it was told to go on."""


def run_command(profile: Facts, places: Facts, baked: Sequence[str] = ()) -> list[str]:
    """Return the program that serves the models, with its arguments.

    :param baked: paths of models that the image has, which a container must see, too
    """
    container = profile["container"]
    if not container:
        return [runtimes.filled(str(part), places) for part in profile["command"]]
    engine = profile["engine"]
    command = [f"/usr/bin/{engine}", "run", "--rm", f"--name={CONTAINER}", "--network=host", "--log-driver=none"]
    # Where SELinux is enforced, containers read only what has a label for them. What is in the image keeps its own.
    command.append(f"--volume={runtimes.MODELS}:{runtimes.MODELS}:ro,z")
    command += [f"--volume={path}:{path}:ro" for path in baked]
    command += [f"--env={name}" for name in profile["environment"]]
    if engine == "docker":
        # From Docker 29 on, a container may have 1024 open files, which are connections. Podman allows more by itself.
        command.append(f"--ulimit=nofile={OPEN_FILES}")
    if profile["gpus"] == "required":
        # Podman takes the devices that the NVIDIA container toolkit describes (CDI), docker asks the toolkit itself.
        command.append("--device=nvidia.com/gpu=all" if engine == "podman" else "--gpus=all")
    arguments = [runtimes.filled(str(part), places) for part in container["arguments"]]
    command.append(f"--stop-signal={profile['drain']['signal']}")
    if container["entrypoint"]:
        # Here and not among the options, which the user's own may replace.
        command.append(f"--entrypoint={container['entrypoint']}")
    return [
        *command,
        *container["options"],
        container["image"],
        *arguments,
    ]


def stop_command(profile: Facts, drain_seconds: int) -> list[str] | None:
    """Return the program that stops a container; None for what a signal ends."""
    if not profile["container"]:
        return None
    return [f"/usr/bin/{profile['engine']}", "stop", "-t", str(drain_seconds), CONTAINER]


def clean_command(profile: Facts) -> list[str] | None:
    """Return the program that removes what a server that died left behind."""
    return [f"/usr/bin/{profile['engine']}", "rm", "--force", CONTAINER] if profile["container"] else None


def install_command(profile: Facts) -> list[str] | None:
    """Return the program that waits for the container engine; None when no package brings it.

    At boot, cloud-init tries to install packages once. A mirror that does not answer then would be the replica's end.
    """
    if not (profile["container"] and profile["packages"]):
        return None
    return ["/bin/sh", "-c", INSTALL, f"/usr/bin/{profile['engine']}"]
