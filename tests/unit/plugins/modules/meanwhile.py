# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else does to an autoscaling group while a run is at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import Response

    from .fake_heat import Heat

PREVIEW, WRITE = "/stacks/chat/st1/preview", "/stacks/chat/st1"


class Meanwhile:
    """Lets something happen when Heat has previewed or begun updates of a stack, and remembers their parameters.

    A preview lies between the look of a run and its update.
    """

    def __init__(self, heat: Heat) -> None:
        self.heat = heat
        self.asked: list[dict[str, Any]] = []
        self.acts: dict[str, list[Callable[[], object]]] = {}
        self.before_write: Callable[[], object] = lambda: None
        heat.conn.orchestration.put.side_effect = self.put

    def after(self, path: str, *acts: Callable[[], object]) -> None:
        self.acts[path] = list(acts)

    def put(self, path: str, json: dict[str, Any], **more: Any) -> Response:
        if path == WRITE:
            self.before_write()
            self.asked.append(json["parameters"])
        answer = self.heat.put(path, json, **more)
        if acts := self.acts.get(path):
            acts.pop(0)()
        return answer


def suspend(heat: Heat) -> None:
    """Do what autoscaling_capacity does."""
    assert heat.stack is not None
    heat.stack["tags"] = ["model_serving.suspended=scaling", *heat.stack["tags"]]
    heat.parameters = {**heat.parameters, "scaling_enabled": False}


def is_suspended(heat: Heat) -> bool:
    assert heat.stack is not None
    # Heat tells parameters as texts, and takes them so.
    stopped = str(heat.parameters["scaling_enabled"]) == "False"
    assert stopped is ("model_serving.suspended=scaling" in heat.stack["tags"])
    return stopped
