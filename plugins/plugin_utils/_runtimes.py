# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runtime profiles: what a user changes in one, and what is wrong with it and the models for it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_values import PATH, PATH_RULE
from ansible_collections.model_serving.openstack.plugins.module_utils._texts import nested
from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import checked, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import Spec

    Facts = Mapping[str, Any]

HOME = "/var/lib/model-server"
MODELS = f"{HOME}/models"
"""Folder of all models on a server."""
CONFIGURATION = "/etc/model-server"
PROGRAMS = "/usr/local/lib/model-server"
SOURCES = f"{CONFIGURATION}/sources.json"
ENVIRONMENT = f"{CONFIGURATION}.environment"
"""Beside the folder, which the model server's user owns: variables such as C(LD_PRELOAD) can become what root does."""
BOOTSTRAP = ("model_fetch.py", "model_sources.py")
"""Programs that bring models from somewhere else."""
LOCAL = "file://"
"""How URLs of models begin that the image has."""
OF_ONE_MODEL = ("{name}", "{version}", "{folder}", "{path}")
PLACES = {*OF_ONE_MODEL, "{port}", "{models}", "{settings}", "{drain_seconds}"}
ENGINES: dict[str, tuple[str, ...]] = {"podman": ("podman",), "docker": ()}
"""What runs containers, and the packages with it. Docker's are called differently everywhere, so the image has it."""
WHERE = "runtime profile"
"""What messages call a profile."""
OPTIONS = "model_server_runtime_options"
"""What they call the user's options."""
REFUSED = 78
"""Exit status (C(EX_CONFIG) of sysexits.h) after which starting again cannot help."""
MODEL_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
"""Names and versions of models: they become parts of paths, on a server and in URLs."""
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PLACE = re.compile(r"(?<!\$)\{[a-z_]+\}")
"""What is filled in. With a dollar before it, it is a variable of a shell."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PINNED = re.compile(r"[^\s@]+(:[\w][\w.-]*|@sha256:[0-9a-f]{64})")


def runtime_profile(
    profile: Any, spec: Spec, options: Facts | None = None, options_spec: Spec | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return a profile with defaults and with a user's options applied, and what is wrong with it.

    :param spec: options of a profile, as in C(meta/argument_specs.yml) of the role C(model_server)
    :param options: the user's C(model_server_runtime_options)
    :param options_spec: the options in them, likewise
    """
    problems: list[str] = []
    # A role's argument spec is checked, but the values stay as they were written: "false" is a text that is not empty.
    wanted = plain(options or {})
    if options_spec:
        wanted = checked(wanted, plain(options_spec), OPTIONS, problems)
    given = _changed(plain(profile), wanted) if isinstance(profile, dict) else profile
    complete = checked(given, plain(spec), WHERE, problems)
    return complete, [*problems, *_rules(complete)]


def _changed(profile: dict[str, Any], options: Facts) -> dict[str, Any]:
    """Return a profile with what a user wants different."""
    given = {key: value for key, value in options.items() if value is not None}
    result = {**profile, "user": given.get("user") or "model-server", "engine": given.get("container_engine", "podman")}
    if "command" in given:
        result["command"], result["container"] = given["command"], None
    if "container_image" in given:
        result["container"] = {**(profile.get("container") or {}), "image": given["container_image"]}
        result["command"] = given.get("command")
    if "container_options" in given and result.get("container"):
        result["container"] = {**result["container"], "options": given["container_options"]}
    if more := given.get("arguments"):
        if result.get("container"):
            result["container"] = {**result["container"], "arguments": [*_arguments(result), *more]}
        else:
            result["command"] = [*(result.get("command") or []), *more]
    for key in ("packages", "ready_path", "model_ready_path", "infer_path"):
        if key in given:
            result[key] = given[key]
    if result.get("container") and "packages" not in given:
        result["packages"] = [*(profile.get("packages") or ()), *ENGINES[result["engine"]]]
    metrics = {key: given[f"metrics_{key}"] for key in ("path", "port") if f"metrics_{key}" in given}
    result["metrics"] = {**(profile.get("metrics") or {}), **metrics}
    environments = (profile.get("environment") or {}, given.get("environment", {}))
    result["environment"] = {name: value for each in environments for name, value in each.items() if value is not None}
    if "gpus" in given:
        result["gpus"] = "required" if given["gpus"] else "none"
    return result


def _arguments(profile: Facts) -> list[str]:
    return list((profile.get("container") or {}).get("arguments") or ())


def _rules(profile: Facts) -> Iterator[str]:
    """Yield what types cannot say. What is wrong already is None."""
    if bool(profile["command"]) == bool(profile["container"]):
        yield (
            f"{WHERE} needs either a command or a container; with the runtime 'custom', say which in"
            f" {OPTIONS} (runtime_options of a service file)"
        )
    image = (profile["container"] or {}).get("image")
    if image and not _PINNED.fullmatch(image):
        yield f"{WHERE}.container.image is {image!r}, but must have a tag or a digest: replicas have to be the same"
    if profile["command"] and not str(profile["command"][0]).startswith("/"):
        yield f"{WHERE}.command begins with {profile['command'][0]!r}, but must begin with an absolute path"
    if profile["user"] and not _USER.fullmatch(profile["user"]):
        # systemd has no quotes for it.
        yield f"{WHERE}.user is {profile['user']!r}, but must be the name of a user: letters, digits, '-' and '_'"
    for key in ("ready_path", "model_ready_path", "infer_path"):
        # The load balancer asks for it, too, and model names are good in a path.
        if profile[key] and not PATH.search(_PLACE.sub("x", profile[key])):
            yield f"{WHERE}.{key} is {profile[key]!r}, but must be {PATH_RULE}"
    for name, value in (profile["environment"] or {}).items():
        if kind := nested(value):
            yield f"{WHERE}.environment.{name} is {kind}, but a variable is one text"
        elif not _VARIABLE.fullmatch(str(name)) or "\n" in str(value):
            yield f"{WHERE}.environment has {name!r}, which is no variable with a value of one line"
    yield from _place_rules(profile)


def _place_rules(profile: Facts) -> Iterator[str]:
    for key, text in _texts(profile):
        if unknown := sorted(set(_PLACE.findall(text)) - PLACES):
            yield f"{WHERE}.{key} has {', '.join(unknown)}, which nothing is known to fill in"


def _ambiguous(profile: Facts) -> Iterator[str]:
    """Yield what stands for a model where there is one text for all of them."""
    for key, text in _texts(profile):
        if key in ("command", "container.arguments", "ready_path"):
            for place in OF_ONE_MODEL:
                if place in _PLACE.findall(text):
                    yield f"{WHERE}.{key} has {place}, which says nothing when there are several models"


def _texts(profile: Facts) -> Iterator[tuple[str, str]]:
    """Yield the texts that are filled in, with their place."""
    for key in ("model_folder", "archive_folder", "ready_path", "model_ready_path", "infer_path"):
        if profile[key]:
            yield key, profile[key]
    yield from (("command", str(part)) for part in profile["command"] or ())
    yield from (("container.arguments", str(part)) for part in _arguments(profile))


def filled(text: str, places: Facts) -> str:
    """Return a text with its places filled in."""
    return _PLACE.sub(lambda found: str(places.get(found[0][1:-1], found[0])), text)


def places_of(model: Facts, profile: Facts) -> dict[str, str]:
    """Return what is filled in for a model."""
    places = {"models": MODELS, "name": model["name"], "version": model["version"]}
    folder = filled(profile["model_folder"], places)
    path = f"{folder}/{profile['model_file']}" if profile["model_file"] else folder
    return {**places, "folder": folder, "path": path}


def set_problems(models: Sequence[Facts], where: str) -> Iterator[str]:
    """Yield why models are not what one server can have.

    :param where: what messages call them
    """
    if not models:
        yield f"{where} is empty: name at least one model"
    for name, count in Counter(model.get("name") for model in models).items():
        if name is not None and count > 1:
            # Both would have the same place on the server.
            yield f"{where} has {count} models named {name!r}"


def model_problems(models: Sequence[Facts], profile: Facts) -> list[str]:
    """Return why a runtime cannot serve models."""
    # The role is used without a service file, too, whose models preflight checks.
    problems = [*set_problems(models, "model_server_models")]
    if len(models) > 1 and not profile["several_models"]:
        problems.append(f"{profile['description']} serves one model, not {len(models)}: give each a fleet of its own")
    elif len(models) > 1:
        problems.extend(_ambiguous(profile))
    for model in models:
        where = f"model {model['name']!r}"
        for key in ("name", "version"):
            if not MODEL_NAME.fullmatch(model[key]):
                problems.append(f"{where}: {key} is {model[key]!r}, but must be letters, digits and '-', '_', '.'")
        if profile["numeric_versions"] and not model["version"].isdecimal():
            problems.append(
                f"{where}: version is {model['version']!r}, but {profile['description']} takes numbers only"
            )
        in_image = (model["url"] or "").startswith(LOCAL)
        if in_image and profile["container"] and ":" in model["url"].removeprefix(LOCAL):
            problems.append(
                f"{where}: the path in its url has a ':', where container engines split what they mount: give the model"
                " another place in the image"
            )
        if not profile["model_file"] and not (model["unpack"] or in_image):
            problems.append(
                f"{where}: {profile['description']} takes a directory: give the url of an archive with 'unpack: true',"
                " or of a directory in the image (file:///...)"
            )
    return problems
