# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User data of a model server, from a profile and the models that were read. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import USER_DATA_LIMIT
from ansible_collections.model_serving.openstack.plugins.plugin_utils import _commands as commands
from ansible_collections.model_serving.openstack.plugins.plugin_utils import _runtimes as runtimes
from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import unquoted
from ansible_collections.model_serving.openstack.plugins.plugin_utils._lean import lean
from ansible_collections.model_serving.openstack.plugins.plugin_utils._units import (
    Unit,
    environment_file,
    size,
    user_data,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Facts = Mapping[str, Any]

NAME = "model-server"
PRIVATE = "0600"


@dataclass(frozen=True, kw_only=True)
class ModelServer:
    """What a server is made of.

    :param models: as the lookup C(model_files) returns them
    :param profile: complete, see :func:`_runtimes.runtime_profile`
    :param programs: contents of the programs of the role, by name
    """

    models: Sequence[Facts]
    profile: Facts
    programs: Mapping[str, str]
    port: int
    drain_seconds: int = 30
    object_storage: Facts = field(default_factory=dict)
    log_to_console: bool = True

    def problems(self) -> list[str]:
        """Return why it cannot be made."""
        problems = runtimes.model_problems(self.models, self.profile)
        for key, value in (self.object_storage or {}).items():
            problems += unquoted(value, f"object_storage.{key}", hidden=True)
        problems += [f"the program {name} is missing" for name in self._programs() if name not in self.programs]
        if not problems and (needed := size(self.user_data())) > USER_DATA_LIMIT:
            problems.append(
                f"the user data takes {needed} characters in base64, but Nova takes {USER_DATA_LIMIT} at most: let the"
                " servers fetch models from somewhere (url), or serve smaller or fewer ones"
            )
        return problems

    def user_data(self) -> str:
        """Return its user data."""
        return user_data(NAME, self.unit(), self.files(), self.profile["packages"])

    def served(self) -> list[dict[str, Any]]:
        """Return how its models are asked."""
        return [
            {
                **{key: model[key] for key in ("name", "version", "sha256", "known_answer")},
                "ready_path": self._filled("model_ready_path", model),
                "infer_path": self._filled("infer_path", model),
                "protocol": self.profile["protocol"],
            }
            for model in self.models
        ]

    @property
    def ready_path(self) -> str:
        """Path that answers 200 when all models are ready."""
        return str(self._filled("ready_path", self.models[0]))

    def _filled(self, key: str, model: Facts) -> str | None:
        pattern = self.profile[key]
        return runtimes.filled(pattern, runtimes.places_of(model, self.profile)) if pattern else None

    def unit(self) -> Unit:
        """Return the systemd unit."""
        profile = self.profile
        common = {
            "port": self.port,
            "models": runtimes.MODELS,
            "settings": profile["settings_file"] or "",
            "drain_seconds": self.drain_seconds,
        }
        own = runtimes.places_of(self.models[0], profile) if len(self.models) == 1 else {}
        baked = [
            model["url"].removeprefix(runtimes.LOCAL)
            for model in self._fetched()
            if model["url"].startswith(runtimes.LOCAL)
        ]
        command = commands.run_command(profile, {**common, **own}, baked)
        if self._fetched():
            fetch = f"{runtimes.PROGRAMS}/{runtimes.BOOTSTRAP[0]}"
            command = ["/usr/bin/python3", fetch, runtimes.SOURCES, "--", *command]
        before = (commands.install_command(profile), commands.clean_command(profile))
        return Unit(
            description=f"Model server ({profile['description']})",
            command=command,
            user="root" if profile["container"] else profile["user"],
            before=[each for each in before if each],
            stop=commands.stop_command(profile, self.drain_seconds),
            stop_signal=profile["drain"]["signal"],
            stop_seconds=self.drain_seconds,
            environment_file=runtimes.ENVIRONMENT if profile["environment"] else None,
            final=runtimes.REFUSED if self._fetched() else None,
            owned=[] if profile["container"] else [runtimes.HOME, runtimes.CONFIGURATION],
            log_to_console=self.log_to_console,
            connections=not profile["container"],
        )

    def _fetched(self) -> list[Facts]:
        return [model for model in self.models if model["url"]]

    def _programs(self) -> list[str]:
        return [*self.profile["programs"], *(runtimes.BOOTSTRAP if self._fetched() else ())]

    def files(self) -> list[dict[str, str]]:
        """Return the files to write on a server."""
        files = [
            {"path": f"{runtimes.PROGRAMS}/{name}", "content": lean(self.programs[name])} for name in self._programs()
        ]
        if self.profile["settings_file"]:
            files.append({"path": self.profile["settings_file"], "content": json.dumps(self._settings())})
        if self.profile["environment"]:
            content = environment_file(self.profile["environment"])
            files.append({"path": runtimes.ENVIRONMENT, "content": content, "permissions": PRIVATE})
        if self._fetched():
            files.append({"path": runtimes.SOURCES, "content": json.dumps(self._sources()), "permissions": PRIVATE})
        for model in self.models:
            places = runtimes.places_of(model, self.profile)
            if model["content"]:
                files.append({"path": places["path"], "base64": model["content"]})
            if path := self._known_answer(model):
                files.append({"path": path, "content": json.dumps(model["known_answer"])})
        # The folder that the user owns must be there.
        if not self.profile["container"] and not any(file["path"].startswith(f"{runtimes.HOME}/") for file in files):
            files.append({"path": f"{runtimes.HOME}/README", "content": "Models that the model server serves.\n"})
        if not any(file["path"].startswith(f"{runtimes.CONFIGURATION}/") for file in files):
            files.append({"path": f"{runtimes.CONFIGURATION}/README", "content": "Settings of the model server.\n"})
        return files

    def _known_answer(self, model: Facts) -> str | None:
        name = self.profile["known_answer_file"]
        if not name or not model["known_answer"]:
            return None
        # Beside models that come from elsewhere, whose folder is theirs.
        if model["url"]:
            return f"{runtimes.CONFIGURATION}/known_answers/{model['name']}-{model['version']}.json"
        return f"{runtimes.places_of(model, self.profile)['folder']}/{name}"

    def _settings(self) -> dict[str, Any]:
        """Return the settings of a program of ours."""
        models = []
        for model in self.models:
            path = runtimes.places_of(model, self.profile)["path"]
            placed = {"name": model["name"], "version": model["version"], "path": path}
            if model["sha256"] and not model["unpack"]:
                placed["sha256"] = model["sha256"]
            if answer := self._known_answer(model):
                placed["known_answer"] = answer
            models.append(placed)
        return {"http_port": self.port, "drain_seconds": self.drain_seconds, "models": models}

    def _sources(self) -> dict[str, Any]:
        """Return where models come from, for the program that fetches them."""
        models = []
        for model in self._fetched():
            places = runtimes.places_of(model, self.profile)
            archive = runtimes.filled(self.profile["archive_folder"] or self.profile["model_folder"], places)
            target = archive if model["unpack"] else places["path"]
            source = {"name": model["name"], "url": model["url"], "path": target, "unpack": model["unpack"]}
            models.append({**source, **({"sha256": model["sha256"]} if model["sha256"] else {})})
        storage = {key: value for key, value in self.object_storage.items() if value is not None}
        return {"models": models, "storage": storage}
