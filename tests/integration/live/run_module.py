# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one module in a process of its own: name and arguments (JSON) on the command line, its answer on stdout.

With the environment variable KILLED_AFTER_WRITE it ends itself by SIGKILL when that many requests that write have been
answered. A moment by the clock would be another one on each machine.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import signal
import sys
from typing import Any

from ansible.module_utils.testing import patch_module_args
from keystoneauth1.session import Session


def end_after(writes: int) -> None:
    """Let this process end by SIGKILL after some requests that write; asking for a token is none."""
    numbers, request = itertools.count(1), Session.request

    def counted(self: Session, url: str, method: str, *arguments: Any, **options: Any) -> Any:
        answer = request(self, url, method, *arguments, **options)
        if method not in ("GET", "HEAD") and not url.endswith("/auth/tokens") and next(numbers) == writes:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    Session.request = counted  # type: ignore[method-assign]  # it has no hook


def main() -> None:
    name, arguments = sys.argv[1:]
    if writes := os.environ.get("KILLED_AFTER_WRITE"):
        end_after(int(writes))
    with patch_module_args(json.loads(arguments)):
        importlib.import_module(f"ansible_collections.model_serving.openstack.plugins.modules.{name}").main()


if __name__ == "__main__":
    main()
